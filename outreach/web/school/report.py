"""What came of a school's messages: counts alone, to be printed and shown around.

Reads the counts of `reports`. A number of one to nine people is not shown, nor those from which it
could be worked out, nor a step that so few people were planned for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from outreach.campaigns.versions import step_of
from outreach.core.clock import now
from outreach.organisation.models import School
from outreach.organisation.permissions import Right
from outreach.reports.models import Dimension, RunFigure
from outreach.reports.privacy import hidden_parts, is_small
from outreach.web.access import StaffRequest, needs
from outreach.web.school.finding import school_of
from outreach.web.school.standings import StandingLine, standing_lines
from outreach.web.school.tabs import of_school

_MOST_LINES = 100


@dataclass(frozen=True)
class Count:
    """How many people. `number`: None where it is not shown; `is_few`: because it is below ten, and
    not only because another such number could be worked out from it."""

    number: int | None
    is_few: bool


_FEW, _HIDDEN = Count(None, is_few=True), Count(None, is_few=False)


@dataclass(frozen=True)
class Line:
    """One message."""

    title: str
    send: str
    day: date
    planned: Count
    reached: Count
    left_out: Count
    failed: Count
    opted_out: Count


@needs(Right.MANAGE_AUDIENCE)
@never_cache
@require_safe
def report(request: StaffRequest, school: UUID) -> HttpResponse:
    """The newest messages first, and how the parents stand today."""
    found = school_of(request.viewer, school)
    context = {
        "lines": _lines(found),
        "parents": _parents(found),
        "at": now(),
    }
    return render(request, "school/report.html", of_school(request, found) | context)


def _lines(school: School) -> list[Line]:
    figures = RunFigure.objects.filter(school=school, dimension=Dimension.SCHOOL)
    newest = figures.select_related("step_run__launch").order_by("-step_run__day", "-step_run_id")
    return [_line(each) for each in newest[:_MOST_LINES]]


def _line(figure: RunFigure) -> Line:
    run = figure.step_run
    about = (step_of(run).title, run.launch.name, run.day)
    if is_small(figure.planned):
        return Line(*about, *[_FEW] * 5)
    # Those of whom nothing is known have no column, and are a part of the sum like the others.
    parts = {name: getattr(figure, name) for name in ("reached", "left_out", "failed", "unknown")}
    shown = _shown(parts)
    return Line(
        *about,
        planned=_count(figure.planned),
        reached=shown["reached"],
        left_out=shown["left_out"],
        failed=shown["failed"],
        opted_out=_count(figure.opted_out),
    )


def _parents(school: School) -> list[tuple[StandingLine, Count]]:
    """How many there are stands on other pages, and is what a message to all was planned for."""
    lines = standing_lines(school)
    shown = _shown({each.meaning: each.number for each in lines})
    return [(each, shown[each.meaning]) for each in lines]


def _shown(parts: Mapping[str, int]) -> dict[str, Count]:
    """Of the parts of a number that is known, those that may be shown."""
    hidden = hidden_parts(parts)
    return {
        name: _HIDDEN if name in hidden and not is_small(number) else _count(number)
        for name, number in parts.items()
    }


def _count(number: int) -> Count:
    return _FEW if is_small(number) else Count(number, is_few=False)
