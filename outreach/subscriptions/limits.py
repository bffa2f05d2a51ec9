"""How many sign-ups there may be: by address, network, school and number range.

Owns the limits and the counting; the counts lie in PostgreSQL, so they survive every
restart and hold for all processes together. What is counted is stored as a keyed hash.
A reached limit leaves a trace for staff and tells the duty contact once.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import connection, transaction

from outreach.config.environment import environment
from outreach.consent.models import SignUpCount, SignUpFlood
from outreach.core.clock import now
from outreach.organisation import audit
from outreach.organisation.audit import Actor
from outreach.organisation.models import School

LIMITER = Actor("system:sign-up-limits")
_KEPT = timedelta(days=8)
_KEY_BYTES = 16


class Scope(StrEnum):
    """What is counted."""

    ADDRESS = "address"
    NETWORK = "network"
    SCHOOL = "school"
    NUMBERS = "numbers"
    FORM = "form"
    OWN_DATA = "own_data"


@dataclass(frozen=True)
class Limit:
    """`most` within one stretch of `hours`. `alerts`: reaching it looks like an attack."""

    most: int
    hours: int
    alerts: bool = False


# A parents' evening signs up from one network, so that limit is wide; numbers one after the
# other are how paid-for text traffic is pumped ("SMS pumping"), so that one is narrow.
LIMITS: Mapping[Scope, Limit] = {
    Scope.ADDRESS: Limit(3, 24),
    Scope.NETWORK: Limit(120, 1, alerts=True),
    Scope.SCHOOL: Limit(1_500, 24, alerts=True),
    Scope.NUMBERS: Limit(20, 24, alerts=True),
    Scope.FORM: Limit(3, 24),
    Scope.OWN_DATA: Limit(3, 24),
}

_FLOOD_WORDS: Mapping[Scope, str] = {
    Scope.NETWORK: "many from one network",
    Scope.SCHOOL: "many for one school",
    Scope.NUMBERS: "many numbers of one range",
}
FLOODS_SHOWN = timedelta(days=7)
_MOST_SHOWN = 20

_COUNT = """
INSERT INTO consent_signupcount (scope, key, began_at, number) VALUES (%s, %s, %s, 1)
ON CONFLICT (scope, key, began_at) DO UPDATE SET number = consent_signupcount.number + 1
RETURNING number
"""


@dataclass(frozen=True)
class Reached:
    """A limit that this attempt is beyond. `is_news`: the first attempt beyond it."""

    scope: Scope
    limit: Limit
    began_at: datetime
    is_news: bool


@dataclass(frozen=True)
class Flood:
    """A limit that was reached, as staff see it. `school`: "" for one of the organisation."""

    at: datetime
    words: str
    school: str


def count(scope: Scope, subject: str, *, school: School | None = None) -> Reached | None:
    """Counts one attempt; None while it is within the limit.

    `subject`: what is counted, in plain text; only its keyed hash is stored. `school`: whose
    staff see the trace; None for one that concerns the organisation.
    """
    limit = LIMITS[scope]
    began_at = _stretch(limit)
    key = _key(scope, subject)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [scope.value, key, began_at])
        number = int(cursor.fetchone()[0])
    if number <= limit.most:
        return None
    is_news = limit.alerts and _leave_trace(scope, key, began_at, school)
    return Reached(scope, limit, began_at, is_news)


def floods_since(moment: datetime) -> list[Flood]:
    """The limits that were reached, the newest first, as far as the viewer may see the school."""
    found = SignUpFlood.objects.filter(at__gte=moment).select_related("school").order_by("-id")
    return [
        Flood(each.at, _FLOOD_WORDS[Scope(each.scope)], each.school.name if each.school else "")
        for each in found[:_MOST_SHOWN]
    ]


def forget_old_counts() -> None:
    """Deletes counts that no limit looks at any more."""
    SignUpCount.objects.filter(began_at__lt=now() - _KEPT).delete()


def _leave_trace(scope: Scope, key: bytes, began_at: datetime, school: School | None) -> bool:
    """True the first time in this stretch."""
    with transaction.atomic():
        _, is_new = SignUpFlood.objects.get_or_create(
            scope=scope.value,
            key=key,
            began_at=began_at,
            defaults={"school": school, "at": now()},
        )
        if is_new:
            subject = f"school:{school.slug}" if school else "organisation"
            audit.record(LIMITER, "sign-ups.held-back", subject, details={"limit": scope.value})
    return is_new


def _stretch(limit: Limit) -> datetime:
    moment = now()
    hour = moment.replace(minute=0, second=0, microsecond=0)
    return hour - timedelta(hours=int(hour.timestamp() // 3600) % limit.hours)


def _key(scope: Scope, subject: str) -> bytes:
    secret = environment().secret_key.encode()
    message = f"sign-up limit\0{scope}\0{subject}".encode()
    return hmac.new(secret, message, hashlib.sha256).digest()[:_KEY_BYTES]
