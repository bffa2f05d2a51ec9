"""Windows against zoneinfo, in every zone, with an eye on the nights when clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from outreach.core.errors import BadInput
from outreach.timing import EVERY_WEEKDAY, QuietHours, Window, earliest_opening, send_window
from outreach.timing.zones import zone_names

NIGHT = QuietHours(time(20), time(8))
NONE = QuietHours(time(0), time(0))
BERLIN = "Europe/Berlin"
HOWE = "Australia/Lord_Howe"


@cache
def clock_change_days(zone: str) -> tuple[date, ...]:
    """Days on which `zone` changes its clocks (or next to one), 2025 to 2028."""
    rules = ZoneInfo(zone)
    noons = [datetime(2025, 1, 1, 12, tzinfo=UTC) + timedelta(days=n) for n in range(4 * 365)]
    offsets = [noon.astimezone(rules).utcoffset() for noon in noons]
    pairs = zip(noons[1:], offsets, offsets[1:], strict=False)
    return tuple(noon.astimezone(rules).date() for noon, old, new in pairs if old != new)


@st.composite
def zone_and_day(draw: st.DrawFn) -> tuple[str, date]:
    """Any zone and day; half of the time a night when its clocks change, or a neighbour."""
    zone = draw(st.sampled_from(sorted(zone_names())))
    changes = clock_change_days(zone)
    if changes and draw(st.booleans()):
        return zone, draw(st.sampled_from(changes)) + timedelta(days=draw(st.integers(-1, 1)))
    return zone, draw(st.dates(date(2015, 1, 1), date(2037, 12, 31)))


minutes = st.builds(time, st.integers(0, 23), st.integers(0, 59))
quiet_hours = st.builds(QuietHours, minutes, minutes)
lengths = st.builds(timedelta, minutes=st.integers(1, 24 * 60))
weekday_sets = st.frozensets(st.integers(0, 6), min_size=1)


def probes(window: Window) -> list[datetime]:
    """Instants throughout a window: its ends and every five minutes between."""
    last = window.closes_at - timedelta(microseconds=1)
    count = int((last - window.opens_at) / timedelta(minutes=5))
    between = [window.opens_at + timedelta(minutes=5 * n) for n in range(count + 1)]
    return [*between, last]


@given(zone_and_day(), minutes, lengths, quiet_hours, weekday_sets)
@example((BERLIN, date(2027, 3, 28)), time(2, 30), timedelta(hours=3), NIGHT, EVERY_WEEKDAY)
@example(
    (BERLIN, date(2027, 10, 31)),
    time(1, 30),
    timedelta(hours=3),
    QuietHours(time(22), time(1, 30)),
    EVERY_WEEKDAY,
)
@example(
    (HOWE, date(2026, 10, 4)),
    time(2, 15),
    timedelta(hours=1),
    QuietHours(time(1), time(2, 15)),
    EVERY_WEEKDAY,
)
@settings(max_examples=400, deadline=None)
def test_no_instant_of_a_window_is_quiet_or_on_a_forbidden_day(
    where: tuple[str, date],
    at: time,
    within: timedelta,
    quiet: QuietHours,
    weekdays: frozenset[int],
) -> None:
    zone, day = where
    window = send_window(day=day, at=at, within=within, zone=zone, quiet=quiet, weekdays=weekdays)
    assert timedelta(0) < window.closes_at - window.opens_at <= within
    for probe in probes(window):
        wall = probe.astimezone(ZoneInfo(zone))
        assert not quiet.covers(wall.time())
        assert wall.weekday() in weekdays


@given(zone_and_day(), minutes, lengths, quiet_hours, weekday_sets)
@settings(max_examples=200, deadline=None)
def test_an_opening_moves_only_over_time_that_is_forbidden(
    where: tuple[str, date],
    at: time,
    within: timedelta,
    quiet: QuietHours,
    weekdays: frozenset[int],
) -> None:
    zone, day = where
    asked = send_window(
        day=day, at=at, within=within, zone=zone, quiet=NONE, weekdays=EVERY_WEEKDAY
    ).opens_at
    window = send_window(day=day, at=at, within=within, zone=zone, quiet=quiet, weekdays=weekdays)
    assert window.opens_at >= asked
    skipped = asked
    while skipped < window.opens_at:
        wall = skipped.astimezone(ZoneInfo(zone))
        assert quiet.covers(wall.time()) or wall.weekday() not in weekdays
        skipped += timedelta(minutes=15)


@given(zone_and_day(), st.tuples(minutes, minutes), st.integers(0, 3), quiet_hours, weekday_sets)
@settings(max_examples=300, deadline=None)
def test_a_later_step_never_opens_before_an_earlier_one(
    where: tuple[str, date],
    times: tuple[time, time],
    days_between: int,
    quiet: QuietHours,
    weekdays: frozenset[int],
) -> None:
    zone, day = where
    moments = sorted([(day, times[0]), (day + timedelta(days=days_between), times[1])])
    openings = [
        send_window(
            day=on, at=at, within=timedelta(hours=1), zone=zone, quiet=quiet, weekdays=weekdays
        ).opens_at
        for on, at in moments
    ]
    assert openings == sorted(openings)


def test_an_afternoon_is_kept_as_it_is() -> None:
    window = send_window(
        day=date(2027, 1, 11), at=time(16, 30), within=timedelta(hours=3), zone=BERLIN, quiet=NIGHT
    )
    assert window == Window(
        datetime(2027, 1, 11, 15, 30, tzinfo=UTC), datetime(2027, 1, 11, 18, 30, tzinfo=UTC)
    )


def test_late_evening_moves_to_the_next_morning() -> None:
    window = send_window(
        day=date(2027, 1, 11), at=time(21), within=timedelta(hours=3), zone=BERLIN, quiet=NIGHT
    )
    assert window.opens_at == datetime(2027, 1, 12, 7, 0, tzinfo=UTC)


def test_a_window_closes_when_the_evening_begins() -> None:
    window = send_window(
        day=date(2027, 1, 11), at=time(18), within=timedelta(hours=6), zone=BERLIN, quiet=NIGHT
    )
    assert window.closes_at == datetime(2027, 1, 11, 19, 0, tzinfo=UTC)


def test_a_friday_night_moves_over_the_weekend() -> None:
    window = send_window(
        day=date(2027, 1, 15),
        at=time(21),
        within=timedelta(hours=3),
        zone=BERLIN,
        quiet=NIGHT,
        weekdays=frozenset(range(5)),
    )
    assert window.opens_at == datetime(2027, 1, 18, 7, 0, tzinfo=UTC)


def test_a_window_ends_at_midnight_before_a_forbidden_day() -> None:
    window = send_window(
        day=date(2027, 1, 15),
        at=time(22),
        within=timedelta(hours=6),
        zone=BERLIN,
        quiet=NONE,
        weekdays=frozenset(range(5)),
    )
    assert window.closes_at == datetime(2027, 1, 15, 23, 0, tzinfo=UTC)


def test_the_second_half_past_one_of_the_autumn_night_is_quiet_again() -> None:
    # Clocks in New York go from 02:00 back to 01:00. Quiet hours end at 01:30, and when the
    # wall clock shows 01:00 for the second time they have begun again.
    window = send_window(
        day=date(2027, 11, 7),
        at=time(0, 15),
        within=timedelta(hours=5),
        zone="America/New_York",
        quiet=QuietHours(time(22), time(1, 30)),
    )
    assert window == Window(
        datetime(2027, 11, 7, 5, 30, tzinfo=UTC), datetime(2027, 11, 7, 6, 0, tzinfo=UTC)
    )


def test_quiet_hours_that_start_and_end_together_are_none() -> None:
    window = send_window(
        day=date(2027, 1, 11), at=time(23), within=timedelta(hours=24), zone=BERLIN, quiet=NONE
    )
    assert window.closes_at - window.opens_at == timedelta(hours=24)


def test_the_earliest_zone_decides_when_planning_must_be_done() -> None:
    zones = ["America/Bogota", "Pacific/Auckland", BERLIN]
    opening = earliest_opening(
        day=date(2027, 1, 11), at=time(16), within=timedelta(hours=1), zones=zones, quiet=NIGHT
    )
    assert opening == datetime(2027, 1, 11, 3, 0, tzinfo=UTC)


def test_no_zones_is_refused_in_words() -> None:
    with pytest.raises(BadInput, match="no time zone to plan for"):
        earliest_opening(
            day=date(2027, 1, 11), at=time(16), within=timedelta(hours=1), zones=[], quiet=NIGHT
        )


@pytest.mark.parametrize(
    ("within", "weekdays", "sentence"),
    [
        (timedelta(0), EVERY_WEEKDAY, "longer than nothing"),
        (timedelta(hours=1), frozenset[int](), "No weekday is left"),
    ],
)
def test_a_window_that_could_never_open_is_refused(
    within: timedelta, weekdays: frozenset[int], sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        send_window(
            day=date(2027, 1, 11),
            at=time(16),
            within=within,
            zone=BERLIN,
            quiet=NIGHT,
            weekdays=weekdays,
        )


@pytest.mark.parametrize(
    ("opens_at", "closes_at"),
    [
        (datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        (
            datetime(2027, 1, 1, tzinfo=ZoneInfo(BERLIN)),
            datetime(2027, 1, 2, tzinfo=ZoneInfo(BERLIN)),
        ),
    ],
)
def test_a_window_is_never_empty_and_always_utc(opens_at: datetime, closes_at: datetime) -> None:
    with pytest.raises(ValueError, match=r"empty|UTC"):
        Window(opens_at, closes_at)
