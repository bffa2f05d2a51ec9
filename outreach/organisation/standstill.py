"""The standstill after a restore: nothing is sent until an operator says that it may.

Owns when it began and ended. What comes in is still read, and lists of providers are still
compared: that is what a standstill waits for.
"""

from __future__ import annotations

from django.db import transaction

from outreach.core.clock import now
from outreach.core.errors import NotNow
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import Standstill


def standstill() -> Standstill | None:
    """The one that lasts; None while messages may go out."""
    return Standstill.objects.filter(ended_at=None).first()


def require_moving() -> None:
    """Raises NotNow in a standstill."""
    found = standstill()
    if found is not None:
        raise NotNow(
            f"Everything stands still: {found.why}.",
            remedy="When all is checked, an operator ends it: outreach restore finish.",
        )


def begin_standstill(why: str, *, actor: Actor) -> Standstill:
    """Nothing is claimed from the commit on; one that lasts already stays as it is."""
    with transaction.atomic():
        found = standstill()
        if found is None:
            found = Standstill.objects.create(why=why[:300], began_at=now(), began_by=actor.name)
            record(actor, "standstill.began", "organisation", why=why)
    return found


def end_standstill(*, actor: Actor, why: str) -> None:
    """Messages may go out again. Raises NotNow when nothing stands still."""
    with transaction.atomic():
        open_ones = Standstill.objects.filter(ended_at=None)
        if not open_ones.update(ended_at=now(), ended_by=actor.name):
            raise NotNow("Nothing stands still.")
        record(actor, "standstill.ended", "organisation", why=why)
