"""The calendar as a month, a year, or a list."""

from __future__ import annotations

import calendar as days_of
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from outreach.core.clock import now
from outreach.organisation.models import School
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest, needs
from outreach.web.manager.calendar.backdrop import Backing, backdrop
from outreach.web.manager.calendar.entries import Entry, entries

_VIEWS = {
    "month": gettext_lazy("Month"),
    "year": gettext_lazy("Year"),
    "list": gettext_lazy("List"),
}
_FIRST_YEAR, _LAST_YEAR = 2020, 2100
_YEAR_MONTHS = 12


@dataclass(frozen=True)
class Day:
    """One field of the grid. `is_here`: of the month that is shown."""

    day: date
    is_here: bool
    is_today: bool
    backing: Backing
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Month:
    """`address`: of this month alone."""

    first: date
    address: str
    weeks: tuple[tuple[Day, ...], ...]


@dataclass(frozen=True)
class Asked:
    """What the viewer wants to see. `school`, `country`: "" for all."""

    view: str
    month: date
    school: str
    country: str

    def address(self, **other: str) -> str:
        """The query of the same calendar with something else in it."""
        said = {
            "view": self.view,
            "month": f"{self.month:%Y-%m}",
            "school": self.school,
            "country": self.country,
        }
        return "?" + urlencode({key: value for key, value in (said | other).items() if value})

    def span(self) -> tuple[date, date]:
        """The days that the view shows; a list goes on for a year."""
        if self.view == "year":
            return date(self.month.year, 1, 1), date(self.month.year, 12, 31)
        if self.view == "list":
            return self.month, moved(self.month, _YEAR_MONTHS) - timedelta(days=1)
        weeks = days_of.Calendar().monthdatescalendar(self.month.year, self.month.month)
        return weeks[0][0], weeks[-1][-1]


@needs(Right.SEE_LAUNCHES)
@never_cache
@require_safe
def calendar(request: StaffRequest) -> HttpResponse:
    """`?view=month&month=2026-11&school=greenhill&country=GB`; all may be left out."""
    today = now().date()
    asked = _asked(request, today)
    every = list(School.objects.only("slug", "name", "country", "region").order_by("name"))
    schools = _chosen(asked, every)
    first, last = asked.span()
    narrowed = bool(asked.school or asked.country)
    found = entries(first, last, {school.pk for school in schools} if narrowed else None)
    behind = backdrop(first, last, schools)
    step = _YEAR_MONTHS if asked.view in {"year", "list"} else 1
    fields = _Fields(today, behind.days, found.by_day)
    page = {
        "asked": asked,
        "views": [(key, words, asked.address(view=key)) for key, words in _VIEWS.items()],
        "before": asked.address(month=f"{moved(asked.month, -step):%Y-%m}"),
        "after": asked.address(month=f"{moved(asked.month, step):%Y-%m}"),
        "now": asked.address(month=f"{today:%Y-%m}"),
        "months": fields.months(asked),
        "listed": [(day, behind.of(day), found.by_day[day]) for day in sorted(found.by_day)],
        "unplanned": found.unplanned,
        "is_cut": found.is_cut,
        "backdrop": behind,
        "schools": [(school.slug, school.name) for school in every],
        "countries": sorted({school.country for school in every}),
        "weekdays": [date(2024, 1, day) for day in range(1, 8)],
        "may_move": request.viewer.rights.has(Right.MANAGE_LAUNCHES),
    }
    return render(request, "manager/calendar/calendar.html", page)


@dataclass(frozen=True)
class _Fields:
    """Makes the grids."""

    today: date
    backings: Mapping[date, Backing]
    by_day: Mapping[date, list[Entry]]

    def months(self, asked: Asked) -> list[Month]:
        if asked.view == "list":
            return []
        if asked.view == "month":
            return [self.month(asked, asked.month)]
        year = asked.month.year
        return [self.month(asked, date(year, each, 1)) for each in range(1, _YEAR_MONTHS + 1)]

    def month(self, asked: Asked, first: date) -> Month:
        weeks = days_of.Calendar().monthdatescalendar(first.year, first.month)
        return Month(
            first,
            asked.address(view="month", month=f"{first:%Y-%m}"),
            tuple(tuple(self.day(day, first) for day in week) for week in weeks),
        )

    def day(self, day: date, first: date) -> Day:
        return Day(
            day=day,
            is_here=day.month == first.month,
            is_today=day == self.today,
            backing=self.backings.get(day, Backing()),
            entries=tuple(self.by_day.get(day, ())),
        )


def moved(month: date, by: int) -> date:
    """The first of the month so many months later."""
    whole = month.year * 12 + month.month - 1 + by
    return date(whole // 12, whole % 12 + 1, 1)


def _asked(request: StaffRequest, today: date) -> Asked:
    view = request.GET.get("view", "")
    return Asked(
        view=view if view in _VIEWS else "month",
        month=_month(request.GET.get("month", ""), today),
        school=request.GET.get("school", ""),
        country=request.GET.get("country", ""),
    )


def _month(text: str, today: date) -> date:
    """The month named; this one where none is, or none that we show."""
    year, _, month = text.partition("-")
    if not (year.isdecimal() and month.isdecimal()):
        return today.replace(day=1)
    number = int(month)
    if not (_FIRST_YEAR < int(year) < _LAST_YEAR and 1 <= number <= _YEAR_MONTHS):
        return today.replace(day=1)
    return date(int(year), number, 1)


def _chosen(asked: Asked, every: list[School]) -> list[School]:
    """Raises Http404 for a school or country that there is not."""
    found = [
        school
        for school in every
        if asked.school in {"", school.slug} and asked.country in {"", school.country}
    ]
    known = not asked.school or any(school.slug == asked.school for school in every)
    if not known or (asked.country and all(s.country != asked.country for s in every)):
        raise Http404
    return found
