"""When-rules: the day that each kind names, and how a day moves off the weekend."""

from __future__ import annotations

from datetime import date, time

import pytest

from outreach.core.errors import BadInput
from outreach.timing import (
    AfterStep,
    FixedDate,
    LaunchDay,
    LocalMoment,
    QuietHours,
    settle,
    step_day,
)

START = date(2027, 1, 11)
NIGHT = QuietHours(time(20), time(8))


def test_launch_days_count_from_the_start() -> None:
    assert step_day(LaunchDay(0), start=START, days={}) == START
    assert step_day(LaunchDay(30), start=START, days={}) == date(2027, 2, 10)


def test_a_step_after_another_counts_from_the_day_it_really_goes_out() -> None:
    days = {"launch": date(2027, 1, 18)}
    assert step_day(AfterStep("launch", 3), start=START, days=days) == date(2027, 1, 21)


def test_a_fixed_date_ignores_the_start() -> None:
    assert step_day(FixedDate(date(2027, 2, 9)), start=START, days={}) == date(2027, 2, 9)


def test_counting_from_a_step_without_a_day_is_refused() -> None:
    with pytest.raises(BadInput, match="'launch' has no day yet"):
        step_day(AfterStep("launch", 3), start=START, days={})


def test_a_good_moment_is_kept() -> None:
    moment = settle(START, time(16, 30), quiet=NIGHT)
    assert moment == LocalMoment(START, time(16, 30))


def test_a_quiet_moment_on_friday_settles_on_monday_morning() -> None:
    moment = settle(date(2027, 1, 15), time(21), quiet=NIGHT, weekdays=frozenset({0, 1, 2, 3, 4}))
    assert moment == LocalMoment(date(2027, 1, 18), time(8))
