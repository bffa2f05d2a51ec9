"""Keys by which other systems use the API: made, checked, counted, revoked.

A key is shown once, when it is made. Kept is a SHA-256 of it: it has 256 random bits, so a slow
hash would guard nothing and cost every request. Refuses to know what the API does.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from outreach.core.clock import now
from outreach.core.errors import BadInput, NotAllowed, NotFound
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import ApiAnswer, ApiKey, ApiScope, School, Staff
from outreach.organisation.permissions import Right, require

_SHAPE = re.compile(r"ok_([a-z0-9]{8})_([A-Za-z0-9_-]{43})")
_LONGEST_NAME = 120
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
_MOST_A_MINUTE = 10_000
_ANSWERS_KEPT = timedelta(hours=24)
# One statement, so that two requests at once are counted as two. Leases and rates alone go by
# the database's clock.
_COUNT = """
UPDATE organisation_apikey SET last_used_at = %(now)s, minute = date_trunc('minute',
    clock_timestamp()), used_in_minute = CASE
    WHEN minute = date_trunc('minute', clock_timestamp()) THEN used_in_minute + 1 ELSE 1 END
WHERE id = %(id)s RETURNING used_in_minute
"""


class TooMany(NotAllowed):
    """The key was used more often in this minute than it may be."""

    code = "too-many-requests"


@dataclass(frozen=True)
class Used:
    """How often a key was used in this minute, this time counted, and how often it may be."""

    times: int
    most: int


@dataclass(frozen=True)
class NewKey:
    """`secret`: the whole key, which nobody can read again."""

    key: ApiKey
    secret: str


def create_key(
    name: str,
    scopes: Collection[ApiScope],
    *,
    school: School | None = None,
    most_a_minute: int = 120,
    expires_at: datetime | None = None,
    staff: Staff | None = None,
    actor: Actor,
) -> NewKey:
    """A new key. `school`: the only one it is for. `staff`: in whose name it drafts launches.

    Raises BadInput, and NotAllowed where that person may not make launches.
    """
    words = _check(name, scopes, most_a_minute)
    if staff is not None:
        require(staff, Right.MANAGE_LAUNCHES)
    prefix = "".join(secrets.choice(_LETTERS) for _ in range(8))
    secret = f"ok_{prefix}_{secrets.token_urlsafe(32)}"
    with transaction.atomic():
        key = ApiKey.objects.create(
            name=words,
            prefix=prefix,
            digest=_digest(secret),
            school=school,
            scopes=sorted(str(scope) for scope in scopes),
            most_a_minute=most_a_minute,
            created_at=now(),
            created_by=actor.name,
            expires_at=expires_at,
            staff=staff,
        )
        details = {
            "scopes": key.scopes,
            "school": school.slug if school else None,
            "for": staff.email if staff else None,
        }
        record(actor, "api-key.created", f"api-key:{prefix}", details=details)
    return NewKey(key, secret)


def _check(name: str, scopes: Collection[ApiScope], most_a_minute: int) -> str:
    """The name, tidied. Raises BadInput."""
    words = " ".join(name.split())
    if not words or len(words) > _LONGEST_NAME:
        raise BadInput("The key needs a name.", remedy="Name the system that will use it.")
    if not scopes:
        raise BadInput("The key may do nothing.", remedy=f"Choose of: {', '.join(ApiScope)}.")
    if not 1 <= most_a_minute <= _MOST_A_MINUTE:
        raise BadInput(f"{most_a_minute} a minute is no rate.", remedy=f"1 to {_MOST_A_MINUTE}.")
    return words


def revoke_key(prefix: str, *, why: str, actor: Actor) -> ApiKey:
    """Ends a key at once; one that has ended stays so. Raises NotFound."""
    with transaction.atomic():
        key = ApiKey.objects.select_for_update().filter(prefix=prefix).first()
        if key is None:
            raise NotFound(
                f"There is no key {prefix!r}.", remedy="`outreach api list` shows their names."
            )
        if key.revoked_at is None:
            key.revoked_at = now()
            key.save(update_fields=["revoked_at"])
            record(actor, "api-key.revoked", f"api-key:{prefix}", why=why)
    return key


def key_of(secret: str) -> ApiKey | None:
    """The key that is in force; None for anything else, whatever is wrong with it."""
    match = _SHAPE.fullmatch(secret)
    key = ApiKey.objects.filter(prefix=match[1]).first() if match else None
    if key is None or not hmac.compare_digest(bytes(key.digest), _digest(secret)):
        return None
    is_over = key.expires_at is not None and key.expires_at <= now()
    return None if key.revoked_at is not None or is_over else key


def count_use(key: ApiKey) -> Used:
    """Notes one request, committed on return. Raises TooMany when it is one too many."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"now": now(), "id": key.pk})
        used = Used(times=cursor.fetchone()[0], most=key.most_a_minute)
    if used.times > used.most:
        raise TooMany(
            f"This key may be used {key.most_a_minute} times a minute.",
            remedy="Wait for the next minute.",
        )
    return used


def forget_answers() -> int:
    """Answers to requests with an Idempotency-Key, a day later; returns how many."""
    return ApiAnswer.objects.filter(at__lt=now() - _ANSWERS_KEPT).delete()[0]


def actor_of_key(key: ApiKey) -> Actor:
    """How it appears in the audit log; a person's where the key acts in somebody's name."""
    return Actor(f"api-key:{key.prefix}", staff_id=key.staff_id)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
