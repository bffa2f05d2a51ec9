"""Sessions in a table of ours: who is signed in where, until when, and how to end that.

A session ends twelve hours after it began, or after an hour in which nobody opened a page,
whichever is first. Refuses to know pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as TableStore
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from outreach.core.errors import NotFound
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import Staff
from outreach.organisation.sign_in_models import StaffSession

LONGEST = timedelta(hours=12)
LONGEST_IDLE = timedelta(hours=1)
# A page in a browser is not written down more often than this.
_SEEN_STEP = timedelta(minutes=1)
# Names in the session's data.
BEGUN = "begun"
NETWORK = "network"
DEVICE = "device"


@dataclass(frozen=True)
class OpenSession:
    """A session as its owner sees it. `is_this`: the one that asks."""

    uuid: UUID
    begun_at: datetime
    seen_at: datetime
    network: str
    device: str
    is_this: bool


class SessionStore(TableStore):
    """Django's store of sessions, on our table."""

    seen_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[StaffSession]:
        return StaffSession

    def create_model_instance(self, data: dict[str, Any]) -> StaffSession:
        """The row of `data`; a session keeps its beginning however often it is saved."""
        moment = timezone.now()
        begun = data.setdefault(BEGUN, int(moment.timestamp()))
        begun_at = datetime.fromtimestamp(begun, UTC)
        self.seen_at = moment
        return StaffSession(
            session_key=self._get_or_create_session_key(),  # type: ignore[attr-defined]  # of Django's base
            session_data=self.encode(data),
            expire_date=begun_at + LONGEST,
            staff_id=_staff_id(data),
            begun_at=begun_at,
            seen_at=moment,
            network=data.get(NETWORK, ""),
            device=data.get(DEVICE, ""),
        )

    def _get_session_from_db(self) -> StaffSession | None:
        """None for a session that is over; Django then begins an empty one."""
        found = _open().filter(session_key=self.session_key).first()
        if found is None:
            self._session_key = None
            return None
        self.seen_at = found.seen_at
        return found

    def touch(self) -> None:
        """Somebody opened a page, so the hour of nobody begins anew."""
        moment = timezone.now()
        if self.seen_at is not None and moment - self.seen_at > _SEEN_STEP:
            StaffSession.objects.filter(session_key=self.session_key).update(seen_at=moment)


def sessions_of(staff: Staff, *, key: str | None = None) -> list[OpenSession]:
    """The open sessions, the latest used first. `key`: of the session that asks."""
    return [
        OpenSession(
            each.uuid,
            each.begun_at,
            each.seen_at,
            each.network,
            each.device,
            each.session_key == key,
        )
        for each in _open().filter(staff=staff).order_by("-seen_at")
    ]


def end_session(staff: Staff, uuid: UUID, *, actor: Actor) -> None:
    """Ends one session of `staff`. Raises NotFound."""
    with transaction.atomic():
        gone, _ = StaffSession.objects.filter(staff=staff, uuid=uuid).delete()
        if not gone:
            raise NotFound("There is no such session.", remedy="It may be over already.")
        record(actor, "staff.session-ended", f"staff:{staff.uuid}")


def end_sessions(staff: Staff, *, actor: Actor, keep: str | None = None, why: str = "") -> int:
    """Ends all sessions of `staff` but the one with the key `keep`; returns how many."""
    with transaction.atomic():
        gone, _ = StaffSession.objects.filter(staff=staff).exclude(session_key=keep).delete()
        if gone:
            details = {"number": gone}
            record(actor, "staff.sessions-ended", f"staff:{staff.uuid}", why=why, details=details)
    return gone


def forget_old_sessions() -> None:
    """Deletes the rows of sessions that are over."""
    moment = timezone.now()
    idle = Q(seen_at__lte=moment - LONGEST_IDLE)
    StaffSession.objects.filter(idle | Q(expire_date__lte=moment)).delete()


def _open() -> QuerySet[StaffSession]:
    moment = timezone.now()
    return StaffSession.objects.filter(expire_date__gt=moment, seen_at__gt=moment - LONGEST_IDLE)


def _staff_id(data: Mapping[str, Any]) -> int | None:
    found = data.get(SESSION_KEY)
    return int(found) if found is not None else None
