"""From the rules of a campaign ("three days after the launch") to calendar days.

Owns the meaning of each kind of rule. Refuses time zones: a step has one day and
time on the wall clock, and `windows` turns these into instants per zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta

from outreach.core.errors import BadInput
from outreach.timing.windows import EVERY_WEEKDAY, QuietHours, send_window


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
class FixedDate:
    """On this date, whenever the launch starts."""

    on: date


WhenRule = LaunchDay | AfterStep | FixedDate


@dataclass(frozen=True)
class LocalMoment:
    """What the wall clock shows when a step goes out, the same in every zone."""

    day: date
    at: time


def step_day(rule: WhenRule, *, start: date, days: Mapping[str, date]) -> date:
    """The day that `rule` names, before quiet hours and weekdays move it.

    `start`: the first day of the launch. `days`: step key -> the day on which that step goes
    out, for the steps resolved so far. Raises BadInput when `rule` counts from one that is
    not among them.
    """
    match rule:
        case LaunchDay(day=day):
            return start + timedelta(days=day)
        case AfterStep(step_key=key, days=count):
            return _day_of(key, days) + timedelta(days=count)
        case FixedDate(on=on):
            return on


def settle(
    day: date, at: time, *, quiet: QuietHours, weekdays: frozenset[int] = EVERY_WEEKDAY
) -> LocalMoment:
    """The day and time at or after (`day`, `at`) that are neither quiet nor a forbidden weekday.

    Steps that follow count from the settled day, so "three days after" is never two because
    the step before was moved over a weekend. Raises BadInput when no weekday is left.
    """
    # UTC never changes its clocks, so its window is the calendar's answer without any zone.
    moved = send_window(
        day=day, at=at, within=timedelta(minutes=1), zone="UTC", quiet=quiet, weekdays=weekdays
    ).opens_at
    return LocalMoment(moved.date(), moved.time())


def _day_of(key: str, days: Mapping[str, date]) -> date:
    if key not in days:
        raise BadInput(
            f"The step {key!r} has no day yet.", remedy="Count from a step that comes before."
        )
    return days[key]
