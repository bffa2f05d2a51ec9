"""The end of a school year: until when the consents count that a school's lists bring.

Memberships roll over by themselves: people stay at the school until a newer list leaves them
out. What has an end is the consent that rests on a form or another paper of the school; what
a parent agreed to personally has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet

from outreach.consent.models import ConsentState, ConsentTerm
from outreach.core.clock import now
from outreach.core.errors import BadInput
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import ConsentBasis, School

# On the school's own papers. A confirmed invitation is the parent's own word.
OF_THE_SCHOOL = (ConsentBasis.SIGNED_FORM.value, ConsentBasis.DOCUMENTED.value)
_LONGEST = timedelta(days=2 * 366)


@dataclass(frozen=True)
class Term:
    """`ends_on`: None while the consents of a school have no end. `consents`: how many rest on
    its papers now. `lapsed`: how many have ended and were not renewed."""

    ends_on: date | None
    consents: int
    lapsed: int


def term_of(school: School) -> Term:
    """Until when the consents of the school's lists count, and how many there are."""
    found = ConsentTerm.objects.filter(school=school).first()
    lapsed = ConsentState.objects.filter(school=school, lapsed_at__isnull=False)
    return Term(found.ends_on if found else None, _on_paper(school).count(), lapsed.count())


def end_of(school: School) -> datetime | None:
    """The moment (UTC) at which consents end that come in now; None for no end."""
    found = ConsentTerm.objects.filter(school=school).first()
    return _end_of_day(found.ends_on, school) if found and found.ends_on else None


def roll_over(school: School, until: date, *, why: str, actor: Actor) -> int:
    """From now on the consents of the school's papers count to the end of `until` there.

    Those on record too; one that has lapsed does not come back by this. Returns how many were
    on record. Raises BadInput for a day that is over or more than two years away, and without
    the reason: what makes the papers count so long.
    """
    today = now().astimezone(ZoneInfo(school.zone)).date()
    if not today <= until <= today + _LONGEST:
        raise BadInput(
            f"{until:%d %B %Y} cannot be the last day.",
            remedy="Name a day from today on, two years away at most.",
        )
    if not why.strip():
        raise BadInput(
            "The reason is missing.", remedy="Say what makes the consents count until then."
        )
    with transaction.atomic():
        ConsentTerm.objects.update_or_create(
            school=school, defaults={"ends_on": until, "set_by": actor.name, "set_at": now()}
        )
        number = _on_paper(school).update(ends_at=_end_of_day(until, school))
        record(
            actor,
            "roster.rolled-over",
            f"school:{school.slug}",
            why=why.strip(),
            details={"until": until.isoformat(), "consents": number},
        )
    return number


def _on_paper(school: School) -> QuerySet[ConsentState]:
    return ConsentState.objects.filter(
        school=school, granted=True, consent__basis__in=OF_THE_SCHOOL
    )


def _end_of_day(day: date, school: School) -> datetime:
    after = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(school.zone))
    return after.astimezone(now().tzinfo)
