"""Turns a PostgreSQL URL into Django's connection settings.

The application never connects as a superuser that keeps its rights: after
connecting, each process takes the role that fits it (`options=-c role=…`).
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from outreach.config.environment import DatabaseRole, Environment
from outreach.core.errors import BadInput

# Under which PostgreSQL shows our connections: during an upgrade two releases run side by side.
PROCESS_NAME = f"outreach {version('outreach')}"
# Connections of other releases to this database. Processes that wait may have none.
OTHER_RELEASES = f"""
FROM pg_stat_activity WHERE starts_with(application_name, 'outreach ')
  AND application_name <> '{PROCESS_NAME}' AND datname = current_database()
"""
ROLE_NAMES = {
    DatabaseRole.OWNER: "outreach_owner",
    DatabaseRole.APP: "outreach_app",
    DatabaseRole.WORK: "outreach_work",
}


def django_database(env: Environment) -> dict[str, Any]:
    """Settings for DATABASES["default"] of this process's role."""
    settings = _parse(_url_for(env) or "postgresql://127.0.0.1:5432/outreach")
    settings["OPTIONS"]["options"] = f"-c role={ROLE_NAMES[env.database_role]}"
    return settings


def work_dsn(env: Environment) -> str:
    """A libpq connection string for the asynchronous doors, in role work."""
    return _dsn(env.database_url_work or env.database_url, DatabaseRole.WORK)


def app_dsn(env: Environment) -> str:
    """A libpq connection string in the role of the pages."""
    return _dsn(env.database_url_app or env.database_url, DatabaseRole.APP)


def _dsn(url: str, role: DatabaseRole) -> str:
    from psycopg.conninfo import make_conninfo

    settings = _parse(url)
    given = {
        "host": settings["HOST"],
        "port": settings["PORT"],
        "user": settings["USER"],
        "password": settings["PASSWORD"],
        "dbname": settings["NAME"],
        **settings["OPTIONS"],
        "options": f"-c role={ROLE_NAMES[role]}",
    }
    return make_conninfo(**{name: value for name, value in given.items() if value})


def _url_for(env: Environment) -> str:
    own = {
        DatabaseRole.APP: env.database_url_app,
        DatabaseRole.WORK: env.database_url_work,
        DatabaseRole.OWNER: "",
    }[env.database_role]
    return own or env.database_url


def _parse(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise BadInput(
            "DATABASE_URL does not start with postgresql://.",
            remedy="Write it like postgresql://user:password@host:5432/name.",
        )
    query = dict(parse_qsl(parts.query))
    host = query.pop("host", "") or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(query.pop("user", "") or parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or query.pop("port", "") or ""),
        "OPTIONS": {"connect_timeout": 5, "application_name": PROCESS_NAME, **query},
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 600,
    }
