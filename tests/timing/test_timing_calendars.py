"""A school's year: terms, holidays and named days, one out of the other, and what is missing."""

from __future__ import annotations

from datetime import date

import pytest

from outreach.timing import Edge, Missing, Period, SchoolCalendar, public_holidays
from tests.campaigns.calendar_builders import BAVARIA, ENGLAND, NOTHING_ENTERED


def test_terms_lie_between_the_holidays_without_their_weekends() -> None:
    assert BAVARIA.edges(Edge.TERM_START)[:2] == [date(2026, 9, 15), date(2026, 11, 9)]
    assert BAVARIA.edges(Edge.TERM_END)[:2] == [date(2026, 10, 30), date(2026, 12, 23)]


def test_holidays_lie_between_the_terms() -> None:
    assert ENGLAND.edges(Edge.HOLIDAY_START)[:2] == [date(2026, 10, 24), date(2026, 12, 19)]
    assert ENGLAND.edges(Edge.HOLIDAY_END)[:2] == [date(2026, 11, 1), date(2027, 1, 3)]
    assert ENGLAND.is_school_holiday(date(2026, 10, 28)) is True
    assert ENGLAND.is_school_holiday(date(2026, 10, 10)) is False  # a Saturday within a term


def test_a_day_off_is_no_holiday_to_count_from_but_no_day_to_send_on_either() -> None:
    calendar = SchoolCalendar(
        holidays=(
            Period(date(2026, 10, 5), date(2026, 10, 5)),
            Period(date(2026, 11, 2), date(2026, 11, 6)),
        )
    )
    assert calendar.edges(Edge.HOLIDAY_START) == [date(2026, 11, 2)]
    assert calendar.is_school_holiday(date(2026, 10, 5)) is True


def test_past_what_was_entered_nobody_knows() -> None:
    answer = BAVARIA.is_school_holiday(date(2027, 10, 1))
    assert answer == Missing("its term dates end on 2027-09-13")
    assert NOTHING_ENTERED.is_school_holiday(date(2026, 10, 1)) == Missing(
        "its term dates are not entered"
    )


@pytest.mark.parametrize(
    ("year", "day"),
    # https://better-internet-for-kids.europa.eu/en/saferinternetday
    [(2023, 7), (2024, 6), (2025, 11), (2026, 10), (2027, 9)],
)
def test_safer_internet_day_is_the_tuesday_of_the_second_week_of_february(
    year: int, day: int
) -> None:
    assert NOTHING_ENTERED.named("safer-internet-day", year) == [date(year, 2, day)]


def test_the_schools_own_day_stands_before_the_campaigns_and_the_organisations() -> None:
    own, campaign, common = date(2027, 3, 1), date(2027, 3, 2), date(2027, 3, 3)
    calendar = SchoolCalendar(
        own_days={"safer-internet-day": (own,)}, common_days={"safer-internet-day": (common,)}
    )
    without_own = SchoolCalendar(common_days={"safer-internet-day": (common,)})
    assert calendar.named("safer-internet-day", 2027, (campaign,)) == [own]
    assert without_own.named("safer-internet-day", 2027, (campaign,)) == [campaign]
    assert without_own.named("safer-internet-day", 2027) == [common]
    assert without_own.named("safer-internet-day", 2028) == [date(2028, 2, 8)]


def test_public_holidays_are_those_of_the_region() -> None:
    assert BAVARIA.is_public_holiday(date(2027, 1, 6)) is True  # Epiphany
    assert SchoolCalendar(country="DE", region="BE").is_public_holiday(date(2027, 1, 6)) is False
    assert SchoolCalendar(country="DE", region="no").is_public_holiday(date(2026, 10, 3)) is True
    assert public_holidays("XX", "", 2027) == Missing("public holidays of XX are not known")
