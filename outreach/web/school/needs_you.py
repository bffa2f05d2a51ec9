"""What a school still has to do, the gravest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext

from outreach.audience.models import Membership, MembershipState, RosterUpload, UploadState
from outreach.core.clock import now
from outreach.organisation.calendars import calendars_of
from outreach.organisation.models import School
from outreach.organisation.readiness import CONTACT_WORDS, ContactState, contacts

# A list older than this names parents who have left, and misses those who came.
OLD_LIST = timedelta(weeks=8)


@dataclass(frozen=True)
class Need:
    """`tone`: "bad" where nothing goes out before it is done, else "ask"."""

    title: str
    sentence: str
    button: str
    address: str
    tone: str = "ask"


def needs_of(school: School) -> list[Need]:
    """For whoever may change things at `school`."""
    return [*_contact(school), *_list(school), *_days(school)]


def _contact(school: School) -> Iterator[Need]:
    states = [each.state for each in contacts([school]) if each.school is not None]
    if ContactState.READY in states:
        return
    sentence = gettext(
        "When a parent's reply tells of harm, somebody at your school has to hear of it at once. "
        "Until one person has confirmed a test alert, nothing goes to your parents."
    )
    if states:
        sentence = f"{sentence} {gettext(CONTACT_WORDS[states[0]])}."
    yield Need(
        gettext("Confirm a child-protection contact"),
        sentence,
        gettext("Open contacts"),
        reverse("school-contacts", args=[school.uuid]),
        "bad",
    )


def _list(school: School) -> Iterator[Need]:
    lists = reverse("roster", args=[school.uuid])
    done = RosterUpload.objects.filter(school=school, state=UploadState.DONE)
    newest = done.order_by("-done_at").values_list("done_at", flat=True).first()
    if newest is None and _has_parents(school):
        yield Need(
            gettext("Upload a list of your own"),
            gettext("Your parents were brought in another way. A list keeps them up to date."),
            gettext("Open lists"),
            lists,
        )
    elif newest is None:
        yield Need(
            gettext("Upload your first list"),
            gettext("Nobody has uploaded a list of your parents yet."),
            gettext("Open lists"),
            lists,
        )
    elif newest < now() - OLD_LIST:
        weeks = (now() - newest).days // 7
        yield Need(
            gettext("Upload a newer list"),
            gettext("Your newest list is %(weeks)d weeks old.") % {"weeks": weeks},
            gettext("Open lists"),
            lists,
        )


def _has_parents(school: School) -> bool:
    return Membership.objects.filter(school=school, state=MembershipState.CURRENT).exists()


def _days(school: School) -> Iterator[Need]:
    calendar = calendars_of([school])[school.pk]
    if not (calendar.terms or calendar.holidays):
        yield Need(
            gettext("Enter your term dates"),
            gettext(
                "We do not know your terms and holidays. A message whose day hangs on them does "
                "not go out until you have entered them."
            ),
            gettext("Open term dates"),
            reverse("school-days", args=[school.uuid]),
        )
