"""When help lines are open: every way in which the directory writes hours."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from outreach.content import help_directory
from outreach.content.opening_hours import is_open, lines_at, week_of

# Their times cannot be told for certain, so they are never called open.
UNCERTAIN = {
    "every day, in the evening to 24:00",
    "every day 14:00-22:00, public holidays 16:00-22:00",
    "Mon-Fri 8:30-16:00 Central Time, not on holidays",
}
MONDAY, TUESDAY, SATURDAY = 2, 3, 7


def test_all_checked_hours_of_the_directory_are_read_or_known_to_be_uncertain() -> None:
    shown = {e.hours for e in help_directory().entries if e.hours and e.hours_verified}
    assert {hours for hours in shown if week_of(hours) is None} <= UNCERTAIN


@pytest.mark.parametrize(
    ("hours", "day", "hour", "is_expected"),
    [
        ("24/7", SATURDAY, 3, True),
        ("every day 8:00-23:00", SATURDAY, 22, False),  # 23:00 in Berlin
        ("every day 8:00-23:00", SATURDAY, 21, True),
        ("Mon-Fri 9:00-17:00, Tue and Thu to 19:00", MONDAY, 17, False),
        ("Mon-Fri 9:00-17:00, Tue and Thu to 19:00", TUESDAY, 17, True),
        ("Mon-Sat 14:00-20:00", SATURDAY, 13, True),
        ("working days 9:00-17:00", SATURDAY, 10, False),
        ("every day 20:00-24:00", MONDAY, 22, True),
        ("in the evening", MONDAY, 19, False),
        (None, MONDAY, 12, False),
    ],
)
def test_line_is_open_by_the_time_of_its_country(
    hours: str | None, day: int, hour: int, is_expected: bool
) -> None:
    moment = datetime(2026, 11, day, hour, 30, tzinfo=UTC)
    assert is_open(hours, "DE", moment.replace(minute=0)) is is_expected


def test_in_a_country_of_several_zones_a_line_has_to_be_open_in_all() -> None:
    assert is_open("every day 8:00-23:00", "ES", datetime(2026, 11, 2, 7, tzinfo=UTC)) is False
    assert is_open("every day 8:00-23:00", "ES", datetime(2026, 11, 2, 9, tzinfo=UTC)) is True


def test_open_lines_come_first_and_none_is_lost() -> None:
    for country in help_directory().countries():
        before = help_directory().for_country(country)
        after = lines_at(before, datetime(2026, 11, 2, 22, tzinfo=UTC))
        called = {line for line in before.helplines if line.phone}
        assert {*after.helplines, *after.others} == called
