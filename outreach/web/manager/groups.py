"""How far a send is by school, by language or by channel: a count of the last minutes.

The count is made by the clock (`reports.live`), so that looking costs nothing; its time is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from outreach.campaigns.models import Launch
from outreach.campaigns.queries import launch_by_uuid
from outreach.core.channels import Channel
from outreach.delivery.models import SchoolStop
from outreach.organisation.models import Organisation, School
from outreach.organisation.permissions import Right
from outreach.reports.live import LiveGroup, LiveGroups, live_groups
from outreach.reports.models import LiveDimension
from outreach.web.access import StaffRequest, Viewer, needs
from outreach.web.manager.bar import Bar, bar_of
from outreach.web.templatetags.shown import language_words, said

_PAGE_SIZE = 50
BY_WORDS = {
    LiveDimension.CHANNEL: gettext_noop("Channel"),
    LiveDimension.LANGUAGE: gettext_noop("Language"),
    LiveDimension.SCHOOL: gettext_noop("School"),
}
_CHANNELS = {Channel.EMAIL: gettext_noop("Email"), Channel.SMS: gettext_noop("Text message")}


@dataclass(frozen=True)
class Line:
    """A group with its words. `school`: None for what is no school; `stop`: why it is stopped."""

    words: str
    group: LiveGroup
    bar: Bar
    school: School | None = None
    stop: SchoolStop | None = None


@needs(Right.SEE_LAUNCHES)
@never_cache
@require_safe
def groups(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """The part of the launch's page alone, asked for twice a minute."""
    launch = launch_by_uuid(str(uuid))
    context = groups_part(request, launch, request.viewer) | {"launch": launch}
    return render(request, "manager/groups.html", context)


def groups_part(request: HttpRequest, launch: Launch, viewer: Viewer) -> dict[str, Any]:
    """What the part shows; `?by=` and `?page=` say of what."""
    by = request.GET.get("by", LiveDimension.CHANNEL.value)
    if by not in BY_WORDS:
        raise Http404
    found = live_groups(launch, LiveDimension(by))
    names = _names(by, found)
    ordered = sorted(found.groups, key=lambda group: _order(group, names))
    page = Paginator(ordered, _PAGE_SIZE).get_page(request.GET.get("page"))
    organisation = Organisation.objects.filter(pk=1).first()
    return {
        "by": by,
        "by_choices": [(each.value, words) for each, words in BY_WORDS.items()],
        "groups_page": page,
        "groups_lines": _lines(launch, by, list(page), names),
        "counted_at": found.counted_at,
        "groups_currency": organisation.currency if organisation else "",
        "may_stop_groups": by == LiveDimension.SCHOOL and viewer.rights.has(Right.STOP_SCHOOL),
    }


def _names(by: str, found: LiveGroups) -> dict[str, str]:
    """Key -> what people call it."""
    if by == LiveDimension.SCHOOL:
        return dict(School.objects.values_list("slug", "name"))
    if by == LiveDimension.LANGUAGE:
        return {group.key: language_words(group.key) for group in found.groups if group.key}
    return {channel.value: said(words) for channel, words in _CHANNELS.items()}


def _order(group: LiveGroup, names: Mapping[str, str]) -> tuple[bool, str]:
    """By name; what has none last."""
    return not group.key, names.get(group.key, group.key).casefold()


def _lines(
    launch: Launch, by: str, groups: Sequence[LiveGroup], names: Mapping[str, str]
) -> list[Line]:
    schools: dict[str, School] = {}
    stops: dict[int, SchoolStop] = {}
    if by == LiveDimension.SCHOOL:
        shown = School.objects.filter(slug__in=[group.key for group in groups])
        schools = {school.slug: school for school in shown}
        bears = Q(launch=None) | Q(launch=launch)
        active = SchoolStop.objects.filter(bears, school__in=shown, lifted_at=None)
        stops = {
            stop.school_id: stop for stop in active.order_by(F("launch").asc(nulls_first=True))
        }
    return [_line(group, names, schools.get(group.key), stops) for group in groups]


def _line(
    group: LiveGroup,
    names: Mapping[str, str],
    school: School | None,
    stops: Mapping[int, SchoolStop],
) -> Line:
    words = names.get(group.key, group.key) or gettext("None was found")
    stop = stops.get(school.pk) if school else None
    return Line(words, group, bar_of(group.by_state), school, stop)
