"""Local times as instants, on ordinary days and on the two nights a year that are not."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.core.errors import BadInput
from outreach.timing import check_zone, local_instant
from outreach.timing.zones import zone_names

zones = st.sampled_from(sorted(zone_names()))
days = st.dates(date(2015, 1, 1), date(2037, 12, 31))


def test_time_in_the_spring_gap_becomes_the_first_instant_after_it() -> None:
    assert local_instant(date(2027, 3, 28), time(2, 30), "Europe/Berlin") == datetime(
        2027, 3, 28, 1, 0, tzinfo=UTC
    )


def test_time_in_the_autumn_fold_is_the_first_of_the_two() -> None:
    assert local_instant(date(2027, 10, 31), time(2, 30), "Europe/Berlin") == datetime(
        2027, 10, 31, 0, 30, tzinfo=UTC
    )


def test_lord_howe_changes_its_clocks_by_half_an_hour() -> None:
    in_the_gap = local_instant(date(2026, 10, 4), time(2, 15), "Australia/Lord_Howe")
    in_the_fold = local_instant(date(2027, 4, 4), time(1, 45), "Australia/Lord_Howe")
    assert in_the_gap == datetime(2026, 10, 3, 15, 30, tzinfo=UTC)
    assert in_the_fold == datetime(2027, 4, 3, 14, 45, tzinfo=UTC)


def test_a_day_that_samoa_never_had_becomes_the_start_of_the_next() -> None:
    assert local_instant(date(2011, 12, 30), time(9, 0), "Pacific/Apia") == datetime(
        2011, 12, 30, 10, 0, tzinfo=UTC
    )


@given(zone=zones, day=days, at=st.times())
def test_every_local_time_in_every_zone_is_shown_or_is_in_a_gap(
    zone: str, day: date, at: time
) -> None:
    wall = datetime.combine(day, at)
    instant = local_instant(day, at, zone)
    shown = instant.astimezone(ZoneInfo(zone))
    assert instant.utcoffset() is not None
    if shown.replace(tzinfo=None) == wall:
        assert shown.fold == 0
    else:
        second_before = datetime.fromtimestamp(instant.timestamp() - 1, ZoneInfo(zone))
        assert second_before.replace(tzinfo=None) < wall < shown.replace(tzinfo=None)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("Europe/Berln", "'Europe/Berln' is not a time zone. Did you mean 'Europe/Berlin'?"),
        ("europe/berlin", "'europe/berlin' is not a time zone. Did you mean 'Europe/Berlin'?"),
        ("London", "'London' is not a time zone. Did you mean 'Europe/London'?"),
        ("New York", "'New York' is not a time zone. Did you mean 'America/New_York'?"),
        ("Mars/Base One", "'Mars/Base One' is not a time zone. Write it like 'Europe/Berlin'."),
        ("", "'' is not a time zone. Write it like 'Europe/Berlin'."),
        (
            "../../etc/passwd",
            "'../../etc/passwd' is not a time zone. Write it like 'Europe/Berlin'.",
        ),
        (
            "UTC+1",
            "'UTC+1' is not a time zone. An offset knows no summer time; "
            "name a place instead, for instance 'Europe/Berlin'.",
        ),
    ],
)
def test_a_zone_that_does_not_exist_is_refused_with_the_nearest(
    written: str, sentence: str
) -> None:
    with pytest.raises(BadInput) as refused:
        check_zone(written)
    assert str(refused.value) == sentence


def test_a_megabyte_of_zone_name_is_refused_in_a_short_sentence() -> None:
    with pytest.raises(BadInput) as refused:
        check_zone("x" * 1_000_000)
    assert len(str(refused.value)) < 200


@given(zone=zones)
def test_every_zone_of_the_database_passes_unchanged(zone: str) -> None:
    assert check_zone(zone) == zone
