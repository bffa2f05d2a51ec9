"""Consents that end: at their time by themselves, or a whole school at once.

From the commit of a lapse no claim of that consent commits; at its time the claim itself
refuses, whether or not this has run. Every lapse is a line in the history. Only a form signed
later, or the parent's own yes, makes the consent count again.
"""

from __future__ import annotations

from django.db import transaction

from outreach.audience.models import (
    Membership,
    MembershipRole,
    MembershipState,
    PersonAddress,
    RosterUpload,
    UploadState,
)
from outreach.consent.actions import lapse_ended, lapse_school
from outreach.consent.models import ConsentTerm
from outreach.core import queues
from outreach.core.clock import now
from outreach.core.errors import BadInput
from outreach.core.wake import wake
from outreach.organisation.audit import CLOCK, Actor, record
from outreach.organisation.models import School
from outreach.subscriptions.rollover import OF_THE_SCHOOL
from outreach.subscriptions.roster.ending import end_memberships

# A claim waits for each chunk: some tens of milliseconds.
_CHUNK = 2_000
_TOO_LONG = "Nobody could bring the list in for an hour. Upload it again, or ask an administrator."


def lapse_due() -> int:
    """Writes down the consents whose time is over. Returns how many."""
    done = 0
    while number := lapse_ended(_CHUNK, actor=CLOCK):
        done += number
    return done


def close_year(school: School, *, why: str, actor: Actor) -> int:
    """Ends the school's year: the consents of its papers have lapsed when this returns, and no
    end is set for those that come. Returns how many lapsed.

    The parents whom its lists brought are let go by `let_parents_go`, which needs the rights of
    a worker. Must not run in a transaction. Raises BadInput without a reason.
    """
    why = why.strip()
    if not why:
        raise BadInput("The reason is missing.", remedy="Say why, for example: end of the year.")
    consents = 0
    while number := lapse_school(school.pk, OF_THE_SCHOOL, _CHUNK, why=why[:200], actor=actor):
        consents += number
    values = {"ends_on": None, "closing": why[:300], "set_by": actor.name, "set_at": now()}
    with transaction.atomic():
        ConsentTerm.objects.update_or_create(school=school, defaults=values)
        details = {"consents": consents}
        record(actor, "roster.year-closed", f"school:{school.slug}", why=why, details=details)
    return consents


def let_parents_go() -> int:
    """Where a school has closed its year: the parents whom its lists brought leave, until a new
    list names them again. Parents with a consent of their own there stay. Returns how many left.
    """
    left = 0
    for term in ConsentTerm.objects.exclude(closing="").select_related("school"):
        ids = _listed(term.school)
        left += end_memberships(term.school, ids, why=term.closing, actor=Actor(term.set_by))
        ConsentTerm.objects.filter(pk=term.pk, closing=term.closing).update(closing="")
    return left


def _listed(school: School) -> list[int]:
    """Whom lists alone brought: no consent of their own stands beside it."""
    brought = PersonAddress.objects.filter(school=school).values("person")
    own = PersonAddress.objects.filter(
        address__consentstate__school=school, address__consentstate__granted=True
    ).values("person")
    found = Membership.objects.filter(
        school=school,
        role=MembershipRole.GUARDIAN,
        state=MembershipState.CURRENT,
        person__in=brought,
    )
    return list(found.exclude(person__in=own).order_by("pk").values_list("pk", flat=True))


def look_after_rosters() -> None:
    """What the clock does for lists: consents end, files that nobody looks at any more are
    deleted, and a worker is woken for a list that waits."""
    lapse_due()
    let_parents_go()
    over = RosterUpload.objects.filter(expires_at__lte=now())
    over.filter(state=UploadState.OPEN).delete()
    over.filter(state=UploadState.CONFIRMED).update(
        state=UploadState.FAILED, sealed=None, mends=None, failure=_TOO_LONG, done_at=now()
    )
    if RosterUpload.objects.filter(state=UploadState.CONFIRMED).exists():
        wake(queues.BRING_IN_ROSTERS, queues.CONTROL)
