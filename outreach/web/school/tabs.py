"""The pages of one school, as the row of links above each of them."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from outreach.organisation.models import School
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest

# Words, name of the address, who may open it.
_PAGES = (
    (gettext_noop("What will be sent"), "school-home", Right.STOP_SCHOOL),
    (gettext_noop("Parents"), "school-parents", Right.MANAGE_AUDIENCE),
    (gettext_noop("Lists"), "roster", Right.MANAGE_AUDIENCE),
    (gettext_noop("Term dates"), "school-days", Right.MANAGE_AUDIENCE),
    (gettext_noop("Contacts"), "school-contacts", Right.MANAGE_AUDIENCE),
    (gettext_noop("Signing up"), "school-joining", Right.MANAGE_AUDIENCE),
    (gettext_noop("Report"), "school-report", Right.MANAGE_AUDIENCE),
)


@dataclass(frozen=True)
class Tab:
    words: str
    address: str
    is_here: bool


def of_school(request: StaffRequest, school: School) -> dict[str, object]:
    """What every page of `school` shows around its own content."""
    rights = request.viewer.rights
    tabs = [
        Tab(gettext(words), address, _is_here(request, address))
        for words, address, right in (
            (words, reverse(name, args=[school.uuid]), right) for words, name, right in _PAGES
        )
        if rights.has(right, school.pk)
    ]
    return {
        "school": school,
        "tabs": tabs,
        "may_change": rights.has(Right.MANAGE_AUDIENCE, school.pk),
    }


def _is_here(request: HttpRequest, address: str) -> bool:
    return request.path == address
