"""The first page of a school: what will be sent to its parents and when, and what it has to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from outreach.campaigns.coming import Coming, coming_at
from outreach.campaigns.definition import Recipients
from outreach.campaigns.models import Launch, LaunchState
from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.core.errors import OutreachError
from outreach.delivery.models import SchoolStop
from outreach.delivery.rehearsal import Plan, rehearse
from outreach.organisation.models import School
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest, needs
from outreach.web.school.finding import school_of
from outreach.web.school.needs_you import needs_of
from outreach.web.school.standings import standing_lines
from outreach.web.school.tabs import of_school
from outreach.web.words import Badge, Tone

RECIPIENT_WORDS: Mapping[Recipients, str] = {
    Recipients.GUARDIANS: gettext_noop("Parents"),
    Recipients.CONTACTS: gettext_noop("School contacts"),
    Recipients.SAFEGUARDING_LEADS: gettext_noop("Child-protection contacts"),
    Recipients.STAFF: gettext_noop("School contacts and child-protection contacts"),
}
CHANNEL_WORDS: Mapping[str, str] = {
    Channel.EMAIL: gettext_noop("email"),
    Channel.SMS: gettext_noop("text message"),
}
_Counted = Mapping[tuple[UUID, str, date], int]


@dataclass(frozen=True)
class Line:
    """One message that comes. `people`: how many would get it, None before it is counted."""

    one: Coming
    badge: Badge
    people: int | None = None

    @property
    def recipients(self) -> str:
        return gettext(RECIPIENT_WORDS[self.one.step.recipients])

    @property
    def channels(self) -> str:
        words = (gettext(CHANNEL_WORDS[each]) for each in self.one.step.channels)
        return gettext(", else ").join(words)


@needs(Right.STOP_SCHOOL)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def home(request: StaffRequest, school: UUID) -> HttpResponse:
    """POST counts whom each message would reach today; it is work for the database."""
    found = school_of(request.viewer, school, Right.STOP_SCHOOL)
    coming = coming_at(found)
    counted = _count(request, coming, found) if request.method == "POST" else {}
    stops = SchoolStop.objects.filter(school=found, launch=None, lifted_at=None)
    around = of_school(request, found)
    context = {
        "lines": [_line(one, counted, found) for one in coming],
        "stop": stops.order_by("at").first(),
        "counted": bool(counted),
        "parents": standing_lines(found),
        "needs": needs_of(found) if around["may_change"] else [],
    }
    return render(request, "school/front.html", around | context)


def _line(one: Coming, counted: _Counted, school: School) -> Line:
    people = counted.get((one.launch.uuid, one.step.key, one.day))
    return Line(one, badge_of(one, school), people)


def badge_of(one: Coming, school: School) -> Badge:
    """How it stands at this school, in its own words."""
    if one.is_over:
        return Badge(gettext("Gone out"), Tone.GOOD)
    if one.is_skipped:
        return Badge(gettext("Left out by your school"), Tone.HALT)
    if one.launch.state == LaunchState.PAUSED:
        return Badge(gettext("Paused"), Tone.HALT)
    if one.change is not None:
        return Badge(gettext("Moved by your school"), Tone.CALM)
    if one.launch.state != LaunchState.RUNNING:
        return Badge(gettext("Approved, not started"), Tone.CALM)
    return Badge(gettext("Planned"), Tone.CALM) if one.waits else _planned_badge(one, school)


def _planned_badge(one: Coming, school: School) -> Badge:
    has_begun = datetime.combine(one.day, one.at or time.min) <= _clock_of(school)
    return Badge(gettext("Going out") if has_begun else gettext("Ready"), Tone.GO)


def _clock_of(school: School) -> datetime:
    return now().astimezone(ZoneInfo(school.zone)).replace(tzinfo=None)


def _count(request: StaffRequest, coming: Sequence[Coming], school: School) -> _Counted:
    """By rehearsals of this school alone; a send that cannot be rehearsed says why."""
    found: dict[tuple[UUID, str, date], int] = {}
    launches = {one.launch.pk: one.launch for one in coming}
    for launch in launches.values():
        last = max(one.day for one in coming if one.launch.pk == launch.pk)
        try:
            found |= _rehearsed(launch, school, last)
        except OutreachError as error:
            messages.error(request, f"{launch.name}: {error}")
    return found


def _rehearsed(launch: Launch, school: School, last: date) -> dict[tuple[UUID, str, date], int]:
    plan = Plan(launch.version, launch.starts_on, [school], launch)
    return {
        (launch.uuid, step.step_key, step.day): step.amount.messages
        for step in rehearse(plan, until=last).steps
    }
