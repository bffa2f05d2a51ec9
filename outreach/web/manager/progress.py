"""One send, live: what has gone out, how fast, until when, and who was left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from outreach.campaigns.launch_plan import launch_schools
from outreach.campaigns.models import Launch, LaunchEvent, LaunchState
from outreach.campaigns.moves import open_move
from outreach.campaigns.queries import events, launch_by_uuid
from outreach.core.clock import now
from outreach.delivery.queries import (
    LaunchProgress,
    launch_pace,
    launch_progress,
    unknown_to_decide,
)
from outreach.organisation.models import Organisation
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest, Viewer, needs
from outreach.web.manager.bar import bar_of
from outreach.web.manager.decisions import VERBS
from outreach.web.manager.groups import groups_part
from outreach.web.manager.next_step import next_step
from outreach.web.manager.pace import pace_part
from outreach.web.manager.problems import problems_of, remedies
from outreach.web.manager.schools import school_list
from outreach.web.manager.texts import texts_of
from outreach.web.manager.timeline import school_zones, timeline
from outreach.web.words import launch_badge, reason_words, state_words

MOVING = frozenset({LaunchState.RUNNING, LaunchState.PAUSED})
_EVENT_WORDS = {
    ("", "draft"): gettext_noop("Made as a draft"),
    ("draft", "in_review"): gettext_noop("Sent for review"),
    ("approved", "running"): gettext_noop("Started"),
    ("paused", "running"): gettext_noop("Resumed"),
}


@dataclass(frozen=True)
class LeftOut:
    """Why so many were left out. `remedy`: what helps, "" where it is as it should be."""

    words: str
    number: int
    remedy: str


@needs(Right.SEE_LAUNCHES)
@never_cache
@require_safe
def page(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """The whole page."""
    launch = launch_by_uuid(str(uuid))
    step = next_step(launch, request.viewer)
    context = _live(launch, request.viewer) | {
        "next": step,
        "verbs": [VERBS[key] for key in step.buttons],
        "schools": school_list(launch_schools(launch), launch, named=request.GET.get("school", "")),
        "texts": texts_of(launch),
        "events": [(_event_words(event), event) for event in events(launch)],
        "may_stop": request.viewer.rights.has(Right.STOP_SCHOOL),
        "is_moving": launch.state in MOVING,
        "move": open_move(launch) if launch.state in MOVING else None,
    }
    context |= pace_part(launch, request.viewer)
    context |= groups_part(request, launch, request.viewer)
    return render(request, "manager/launch.html", context)


@needs(Right.SEE_LAUNCHES)
@never_cache
@require_safe
def live(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """The part that changes, asked for every two seconds.

    When the launch moved to another state, or messages wait for a decision that did not
    before, the buttons are others too: the whole page is then asked to load again.
    """
    launch = launch_by_uuid(str(uuid))
    context = _live(launch, request.viewer)
    shown = (request.GET.get("state"), request.GET.get("asks"))
    if shown != (launch.state, _asks(context["unknown"])):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "manager/live.html", context)


@needs(Right.SEE_LAUNCHES)
@never_cache
@require_safe
def pace(request: StaffRequest, uuid: UUID) -> JsonResponse:
    """For the plot: messages per minute by what became of them.

    `minutes`: seconds since 1970; `series`: one list of numbers per state, as long.
    """
    series = launch_pace(launch_by_uuid(str(uuid)))
    return JsonResponse(
        {
            "minutes": [int(minute.timestamp()) for minute in series.minutes],
            "series": [
                {"state": state, "words": state_words(state), "numbers": list(numbers)}
                for state, numbers in series.by_state.items()
            ],
        }
    )


def _live(launch: Launch, viewer: Viewer) -> dict[str, Any]:
    progress = launch_progress(launch)
    unknown = unknown_to_decide(launch)
    helps = remedies(code for code, _ in progress.reasons)
    organisation = Organisation.objects.filter(pk=1).first()
    return {
        "launch": launch,
        "badge": launch_badge(launch.state),
        "bar": bar_of(progress.by_state),
        "progress": progress,
        "finish": _finish(launch, progress),
        "steps": timeline(launch, progress),
        "left_out": [
            LeftOut(reason_words(code), number, helps[code]) for code, number in progress.reasons
        ],
        "problems": problems_of(launch, progress, viewer),
        "may_decide": viewer.rights.has(Right.MANAGE_LAUNCHES),
        "currency": organisation.currency if organisation else "",
        "unknown": unknown,
        "asks": _asks(unknown),
        "read_at": now(),
    }


def _event_words(event: LaunchEvent) -> str:
    """What somebody did; the new state's name where that says it."""
    words = _EVENT_WORDS.get((event.from_state, event.to_state))
    return gettext(words or LaunchState(event.to_state).label)


def _asks(unknown: int) -> str:
    return "yes" if unknown else "no"


def _finish(launch: Launch, progress: LaunchProgress) -> list[datetime]:
    """The estimated end as the viewer's clock and each school's show it; [] without one."""
    end = progress.finish_estimate_at
    if end is None:
        return []
    zones = [timezone.get_current_timezone(), *(ZoneInfo(zone) for zone in school_zones(launch))]
    shown: dict[str, datetime] = {}
    for there in map(end.astimezone, zones):
        shown.setdefault(f"{there:%d %H:%M}", there)
    return list(shown.values())
