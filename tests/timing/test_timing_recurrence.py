"""What comes again each week, month and year."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from outreach.timing import Every, repeated


def test_the_31st_is_the_last_day_of_a_shorter_month() -> None:
    assert repeated(date(2027, 1, 31), Every.MONTH, date(2027, 4, 30)) == [
        date(2027, 1, 31),
        date(2027, 2, 28),
        date(2027, 3, 31),
        date(2027, 4, 30),
    ]


def test_the_29th_of_february_is_the_28th_in_other_years() -> None:
    found = repeated(date(2028, 2, 29), Every.YEAR, date(2032, 12, 31))
    assert [day.day for day in found] == [29, 28, 28, 28, 29]


@given(
    st.dates(date(2024, 1, 1), date(2032, 1, 1)),
    st.sampled_from([Every.WEEK, Every.MONTH, Every.YEAR]),
    st.integers(0, 1200),
)
def test_days_go_up_and_stay_within_the_last(first: date, every: Every, length: int) -> None:
    until = first.fromordinal(first.toordinal() + length)
    found = repeated(first, every, until)
    assert found[0] == first
    assert found == sorted(set(found))
    assert found[-1] <= until
