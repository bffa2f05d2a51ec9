"""What the machine has to give: the time, zones, Redis, room on the disk."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import redis
from django.db import DatabaseError, connection

from outreach.config.environment import environment
from outreach.core.clock import installed
from outreach.operations.doctor.finding import Finding, Verdict
from outreach.organisation.models import School
from outreach.timing.zones import zone_names

_MOST_CLOCK_DIFFERENCE = timedelta(seconds=2)
# A release has the name of its year only: two and a half years after it began.
_OLD_ZONES = timedelta(days=915)
_LEAST_FREE_SHARE = 0.10
_LEAST_FREE_BYTES = 2 * 1024**3


def database_answers() -> Iterator[Finding]:
    """Said once, here: the other checks that ask it then have nothing to say."""
    if not environment().database_url:
        remedy = "Start everything with `outreach up`, or set DATABASE_URL."
        yield Finding("database", Verdict.BAD, "DATABASE_URL is not set.", remedy)
        return
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        yield no_way_in(str(error))
    else:
        yield Finding("database", Verdict.GOOD, "PostgreSQL answers.")


def no_way_in(error: str) -> Finding:
    """A server that refuses says FATAL; one that is not there says nothing, libpq does."""
    reason = next(iter(error.strip().splitlines()), "no answer").rstrip(".")
    if "FATAL:" not in error:
        remedy = "Start PostgreSQL, and check host and port, or the socket, in DATABASE_URL."
        return Finding("database", Verdict.BAD, f"PostgreSQL does not answer: {reason}.", remedy)
    # Our roles are made by `migrate`; the login itself is not.
    remedy = (
        "Run: outreach migrate"
        if 'parameter "role"' in error
        else "Check user, password and the name of the database in DATABASE_URL."
    )
    return Finding("database", Verdict.BAD, f"PostgreSQL does not let us in: {reason}.", remedy)


def time_of_day() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (theirs,) = cursor.fetchone()
    apart = abs(theirs - datetime.now(UTC))
    if apart > _MOST_CLOCK_DIFFERENCE:
        seconds = apart.total_seconds()
        yield Finding(
            "time",
            Verdict.BAD,
            f"This machine and PostgreSQL are {seconds:.0f} seconds apart.",
            "Let both follow a time server (chrony, systemd-timesyncd).",
        )
    else:
        yield Finding("time", Verdict.GOOD, "This machine and PostgreSQL agree on the time.")
    if installed().speed != 1.0:
        yield Finding("time", Verdict.LOOK, "The time-lapse of the demo runs.")


def zones() -> Iterator[Finding]:
    known = zone_names()
    unknown = sorted(set(School.objects.values_list("zone", flat=True).distinct()) - known)
    if unknown:
        words = f"Zones of schools that this machine does not know: {', '.join(unknown)}."
        yield Finding("time zones", Verdict.BAD, words, "Update the package tzdata.")
    try:
        release = version("tzdata")
    except PackageNotFoundError:
        release = ""
    year = release.partition(".")[0]
    old = not year.isdigit() or _since(int(year)) > _OLD_ZONES
    verdict = Verdict.LOOK if old else Verdict.GOOD
    remedy = "Update the package tzdata: governments change summer time." if old else ""
    yield Finding("time zones", verdict, f"Rules of {release or 'an unknown year'}.", remedy)


def broker_url() -> str:
    """Redis as Celery writes it."""
    return environment().redis_url or "redis://127.0.0.1:6379/0"


def redis_is_up() -> bool:
    url = broker_url().replace("redis+socket://", "unix://").replace("virtual_host=", "db=")
    try:
        client = redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)
        client.ping()
    except redis.RedisError:
        return False
    return True


def redis_answers() -> Iterator[Finding]:
    if not redis_is_up():
        yield Finding(
            "redis",
            Verdict.BAD,
            "Redis does not answer: nothing is lost, and sending waits.",
            "Start it, or correct REDIS_URL.",
        )
        return
    yield Finding("redis", Verdict.GOOD, "Redis answers.")


def disk() -> Iterator[Finding]:
    folders = {"temporary files": tempfile.gettempdir()}
    if environment().backup_dir:
        folders["backups"] = environment().backup_dir
    for name, folder in folders.items():
        if not Path(folder).is_dir():
            words = f"The folder {folder} is not there."
            yield Finding(f"disk: {name}", Verdict.BAD, words, "Make it, writable for us.")
            continue
        usage = shutil.disk_usage(folder)
        tight = usage.free < min(usage.total * _LEAST_FREE_SHARE, _LEAST_FREE_BYTES)
        words = f"{usage.free / 1024**3:.1f} GB of {usage.total / 1024**3:.1f} GB are free."
        remedy = "Make room, or give it a larger disk." if tight else ""
        yield Finding(f"disk: {name}", Verdict.BAD if tight else Verdict.GOOD, words, remedy)


def _since(year: int) -> timedelta:
    return datetime.now(UTC) - datetime(year, 1, 1, tzinfo=UTC)
