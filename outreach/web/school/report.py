"""What came of a school's messages: counts alone, to be printed and shown around.

Reads the counts of `reports`. A number of one to nine people is not shown, nor a step that so few
people were planned for.
"""

from __future__ import annotations

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
from outreach.reports.privacy import is_small
from outreach.web.access import StaffRequest, needs
from outreach.web.school.finding import school_of
from outreach.web.school.standings import standing_lines
from outreach.web.school.tabs import of_school

_MOST_LINES = 100


@dataclass(frozen=True)
class Line:
    """One message. Numbers are None where they would tell of a few people."""

    title: str
    send: str
    day: date
    planned: int | None
    reached: int | None
    left_out: int | None
    failed: int | None
    opted_out: int | None


@needs(Right.MANAGE_AUDIENCE)
@never_cache
@require_safe
def report(request: StaffRequest, school: UUID) -> HttpResponse:
    """The newest messages first, and how the parents stand today."""
    found = school_of(request.viewer, school)
    context = {
        "lines": _lines(found),
        "parents": [(each, _shown(each.number)) for each in standing_lines(found)],
        "at": now(),
    }
    return render(request, "school/report.html", of_school(request, found) | context)


def _lines(school: School) -> list[Line]:
    figures = RunFigure.objects.filter(school=school, dimension=Dimension.SCHOOL)
    newest = figures.select_related("step_run__launch").order_by("-step_run__day", "-step_run_id")
    return [_line(each) for each in newest[:_MOST_LINES]]


def _line(figure: RunFigure) -> Line:
    run = figure.step_run
    is_hidden = is_small(figure.planned)
    numbers = (figure.planned, figure.reached, figure.left_out, figure.failed, figure.opted_out)
    shown = [None if is_hidden else _shown(number) for number in numbers]
    return Line(step_of(run).title, run.launch.name, run.day, *shown)


def _shown(number: int) -> int | None:
    """None for one to nine."""
    return None if is_small(number) else number
