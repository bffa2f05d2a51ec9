"""From the rules of a campaign ("three days before the holidays") to calendar days.

Owns the meaning of each kind of rule. Refuses time zones: a step has one day and
time on the wall clock, and `windows` turns these into instants per zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta

from outreach.core.errors import BadInput
from outreach.timing.calendars import Edge, Missing, SchoolCalendar
from outreach.timing.windows import EVERY_WEEKDAY, NO_DAYS, QuietHours, send_window

_DAY = timedelta(days=1)
# How far ahead a named day or a holiday is looked for.
FARTHEST = timedelta(days=400)


@dataclass(frozen=True)
class LaunchDay:
    """`day` days after the day on which the launch starts; 0 is that day."""

    day: int


@dataclass(frozen=True)
class AfterStep:
    """`days` days after the day on which the step `step_key` goes out."""

    step_key: str
    days: int


@dataclass(frozen=True)
class NextWeekday:
    """The first of `weekdays` (Monday is 0) after the day on which `step_key` goes out."""

    step_key: str
    weekdays: frozenset[int]


@dataclass(frozen=True)
class FixedDate:
    """On this date, whenever the launch starts."""

    on: date


@dataclass(frozen=True)
class OnNamedDay:
    """`days` days after the day of that name; before it where negative."""

    name: str
    days: int


@dataclass(frozen=True)
class FromEdge:
    """`days` days after a term or a holiday begins or ends; before it where negative."""

    edge: Edge
    days: int


@dataclass(frozen=True)
class AfterOptIn:
    """`days` days after the day on which a person first agreed: another day for each."""

    days: int


WhenRule = LaunchDay | AfterStep | NextWeekday | FixedDate | OnNamedDay | FromEdge | AfterOptIn


@dataclass(frozen=True)
class LocalMoment:
    """What the wall clock shows when a step goes out, the same in every zone."""

    day: date
    at: time


NO_CALENDAR = SchoolCalendar()
_NO_NAMES: Mapping[str, tuple[date, ...]] = {}


def step_day(
    rule: WhenRule,
    *,
    start: date,
    days: Mapping[str, date],
    not_before: date | None = None,
    calendar: SchoolCalendar = NO_CALENDAR,
    named: Mapping[str, tuple[date, ...]] = _NO_NAMES,
) -> date | Missing:
    """The day that `rule` names, before quiet hours and weekdays move it.

    `start`: the first day of the launch. `days`: step key -> the day on which that step goes
    out, for the steps resolved so far. `not_before`: a day that comes again and again (a named
    day, a holiday) is the first from there on. `named`: days that the campaign names. Missing
    where the school's calendar does not say. Raises BadInput when `rule` counts from a step
    that is not among `days`.
    """
    match rule:
        case LaunchDay(day=day):
            return start + timedelta(days=day)
        case AfterStep(step_key=key, days=count):
            return _day_of(key, days) + timedelta(days=count)
        case NextWeekday(step_key=key, weekdays=weekdays):
            return _next_of(_day_of(key, days) + _DAY, weekdays)
        case FixedDate(on=on):
            return on
        case _:
            found = every_day(
                rule, start=max(start, not_before or start), calendar=calendar, named=named
            )
            return found if isinstance(found, Missing) else found[0]


def every_day(
    rule: WhenRule,
    *,
    start: date,
    calendar: SchoolCalendar,
    named: Mapping[str, tuple[date, ...]] = _NO_NAMES,
) -> list[date] | Missing:
    """Each day from `start` on that a rule of the calendar names, for somewhat more than a year;
    never empty. Missing with the reason where there is none."""
    match rule:
        case OnNamedDay(name=name, days=shift):
            years = range(start.year - 1, start.year + 3)
            dates = [
                day for year in years for day in calendar.named(name, year, named.get(name, ()))
            ]
            why = f"no day `{name}` is known there"
        case FromEdge(edge=edge, days=shift):
            dates = calendar.edges(edge)
            why = _why_no_edge(calendar, start)
        case _:
            raise TypeError(f"{rule} is no rule of the calendar")
    shifted = sorted(day + timedelta(days=shift) for day in dates)
    return [day for day in shifted if start <= day <= start + FARTHEST] or Missing(why)


def settle(
    day: date,
    at: time,
    *,
    quiet: QuietHours,
    weekdays: frozenset[int] = EVERY_WEEKDAY,
    closed: frozenset[date] = NO_DAYS,
) -> LocalMoment:
    """The first day and time from (`day`, `at`) on that are neither quiet nor forbidden.

    Steps that follow count from the settled day, so "three days after" is never two because
    the step before was moved over a weekend. Raises BadInput when no weekday is left.
    """
    # UTC never changes its clocks, so its window is the calendar's answer without any zone.
    moved = send_window(
        day=day,
        at=at,
        within=timedelta(minutes=1),
        zone="UTC",
        quiet=quiet,
        weekdays=weekdays,
        closed=closed,
    ).opens_at
    return LocalMoment(moved.date(), moved.time())


def _why_no_edge(calendar: SchoolCalendar, start: date) -> str:
    if not calendar.terms and not calendar.holidays:
        return "its term dates are not entered"
    return f"its term dates name none after {start}"


def _next_of(day: date, weekdays: frozenset[int]) -> date:
    return next(
        each
        for each in (day + timedelta(days=count) for count in range(7))
        if each.weekday() in weekdays
    )


def _day_of(key: str, days: Mapping[str, date]) -> date:
    if key not in days:
        raise BadInput(
            f"The step {key!r} has no day yet.", remedy="Count from a step that comes before."
        )
    return days[key]
