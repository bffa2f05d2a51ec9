"""Retention: what is kept how long, and the nightly job that forgets the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from outreach.config.environment import environment
from outreach.core.clock import monotonic, now
from outreach.core.locks import Lock
from outreach.operations.forgetting import DEEDS
from outreach.operations.kept import KEPT, Kept
from outreach.operations.models import UpkeepKind
from outreach.operations.runs import noted

# What is left after a night is forgotten in the next one.
_MOST_SECONDS = 1_800.0
EVERY = timedelta(hours=24)


@dataclass(frozen=True)
class Line:
    """One line of the table now. `days`: None where another rule says how long. `due`: rows."""

    kept: Kept
    days: int | None
    due: int


def retention_lines() -> list[Line]:
    """What would go, were the job run now. Changes nothing."""
    env, moment = environment(), now()
    return [
        Line(
            each,
            each.days(env) if each.setting else None,
            DEEDS[each.key].due(_before(each, moment)),
        )
        for each in KEPT
    ]


def forget_what_is_old() -> dict[str, object]:
    """Carries out the whole table; returns how many rows of each line went.

    Returns {} when another process is at it. What fails leaves the lines before it done, and is
    noted for `outreach retention show`.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [Lock.RETENTION])
        if not cursor.fetchone()[0]:
            return {}
    try:
        return _forget()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [Lock.RETENTION])


def _forget() -> dict[str, object]:
    until, moment = monotonic() + _MOST_SECONDS, now()
    with noted(UpkeepKind.RETENTION) as result:
        for each in KEPT:
            result[each.key] = _carry_out(each, moment, until)
    return result


def _carry_out(each: Kept, moment: datetime, until: float) -> int:
    done, before = 0, _before(each, moment)
    while monotonic() < until and (number := DEEDS[each.key].forget(before)):
        done += number
    return done


def _before(each: Kept, moment: datetime) -> datetime:
    return moment - timedelta(days=each.days(environment())) if each.setting else moment
