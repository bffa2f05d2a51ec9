"""From the day that a rule names to the one on which a step may go out: never on weekdays that
are not its own, on public holidays or in the school's holidays, where it says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from outreach.campaigns.definition.spec import CampaignDefinition, FreeDay, Step
from outreach.timing import (
    NO_DAYS,
    LocalMoment,
    Missing,
    SchoolCalendar,
    settle,
)

# No holidays are longer.
_LONGEST_HOLIDAYS_DAYS = 120


@dataclass(frozen=True)
class GoodDay:
    """When it goes out, and the days around on which it may not."""

    moment: LocalMoment
    closed: frozenset[date]


def good_day(
    definition: CampaignDefinition, step: Step, day: date, calendar: SchoolCalendar
) -> GoodDay | Missing:
    """The moment from `day` on at which `step` may go out; Missing where it expires instead, or
    where nobody knows whether the day is a holiday."""
    quiet, weekdays = definition.quiet_hours.hours(), step.weekday_numbers()
    asked = settle(day, step.when.at, quiet=quiet)
    free = definition.free_days(step)
    closed = _closed(step, free, asked.day, calendar) if free else NO_DAYS
    if isinstance(closed, Missing):
        return closed
    moment = settle(day, step.when.at, quiet=quiet, weekdays=weekdays, closed=closed)
    if moment != asked and definition.expires_on_such_days(step):
        return Missing(f"{asked.day} is no day for it, and it expires", is_unknown=False)
    return GoodDay(moment, closed)


def _closed(
    step: Step, free: frozenset[FreeDay], first: date, calendar: SchoolCalendar
) -> frozenset[date] | Missing:
    """Holidays from `first` up to a good day, and as long after it as the message may wait."""
    weekdays = step.weekday_numbers()
    wait = (step.expires_after or timedelta(0)) + step.when.within + timedelta(days=1)
    closed: set[date] = set()
    last: date | None = None
    for count in range(_LONGEST_HOLIDAYS_DAYS):
        day = first + timedelta(days=count)
        if last and day > last:
            return frozenset(closed)
        holiday = _is_free(free, day, calendar)
        if isinstance(holiday, Missing) and last is None:
            return holiday
        if holiday:  # past what is known it is better not to
            closed.add(day)
        elif last is None and day.weekday() in weekdays:
            last = day + wait
    return frozenset(closed) if last else Missing("its holidays have no end", is_unknown=True)


def _is_free(free: frozenset[FreeDay], day: date, calendar: SchoolCalendar) -> bool | Missing:
    """Missing where the school's own holidays are asked for and nobody entered them. Of a country
    whose public holidays nobody knows every day is a good one: it is said, and nobody could
    enter them, so to plan nothing would leave its families out for ever."""
    if FreeDay.PUBLIC_HOLIDAYS in free and calendar.is_public_holiday(day) is True:
        return True
    return calendar.is_school_holiday(day) if FreeDay.SCHOOL_HOLIDAYS in free else False
