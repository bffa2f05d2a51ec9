"""PostgreSQL and Redis that the user brings: whether they answer, before anything starts."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from outreach.core.errors import BadInput, Unavailable

_CONNECT_SECONDS = 5


def require_database(url: str) -> None:
    """Raises Unavailable with the reason, never the password; BadInput for an unreadable URL."""
    try:
        psycopg.connect(url, connect_timeout=_CONNECT_SECONDS).close()
    except psycopg.ProgrammingError as error:
        raise BadInput(
            "DATABASE_URL cannot be read.",
            remedy="Write it like postgresql://user:password@host:5432/name.",
        ) from error
    except psycopg.OperationalError as error:
        raise Unavailable(
            f"PostgreSQL at {_place(url)} does not answer: {_reason(error, url)}",
            remedy="Start it, mend DATABASE_URL, or unset it to use the embedded server.",
        ) from error


def require_redis(url: str) -> None:
    """Raises Unavailable when it does not answer PING, BadInput for a URL that cannot be read."""
    try:
        client = redis.Redis.from_url(
            _for_redis(url),
            socket_connect_timeout=_CONNECT_SECONDS,
            socket_timeout=_CONNECT_SECONDS,
            retry=Retry(NoBackoff(), retries=0),
        )
    except ValueError as error:
        raise BadInput(
            "REDIS_URL cannot be read.", remedy="Write it like redis://host:6379/0."
        ) from error
    try:
        client.ping()
    except (redis.RedisError, OSError) as error:
        raise Unavailable(
            f"Redis at {_place(url)} does not answer: {_reason(error, url)}",
            remedy="Start it, mend REDIS_URL, or unset it to use the embedded server.",
        ) from error
    finally:
        client.close()


def _for_redis(url: str) -> str:
    """Celery's way to name a Unix socket, turned into redis-py's."""
    return url.replace("redis+socket://", "unix://", 1).replace("virtual_host=", "db=")


def _place(url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or parse_qs(parts.query).get("host", [parts.path])[0]
    try:
        port = parts.port
    except ValueError:
        port = None
    return f"{host}:{port}" if port else host


def _reason(error: Exception, url: str) -> str:
    """The last line of what the client library said, with any password blotted out."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[-1] if lines else type(error).__name__
    password = urlsplit(url).password
    return text.replace(password, "…") if password else text
