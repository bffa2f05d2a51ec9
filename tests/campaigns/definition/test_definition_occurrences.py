"""From a definition and a first day to what goes out when."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.campaigns.definition import place_of, plan_occurrences, read_definition
from outreach.core.errors import BadInput
from outreach.timing.zones import zone_names

MONDAY = date(2027, 1, 11)
REPOSITORY = Path(__file__).parents[3]
SAY_NO = (REPOSITORY / "campaigns/say-no/campaign.yaml").read_text(encoding="utf-8")


def test_days_are_counted_from_the_start_and_from_each_other(sound: str) -> None:
    planned = plan_occurrences(read_definition(sound, filename="campaign.yaml"), MONDAY)
    assert [(one.step_key, one.day, one.at) for one in planned] == [
        ("hello", date(2027, 1, 11), time(16, 30)),
        ("later", date(2027, 1, 18), time(17, 0)),
    ]
    assert [(one.number, one.total) for one in planned] == [(1, 2), (2, 2)]


def test_a_step_counts_from_where_the_one_before_it_was_moved_to(sound: str) -> None:
    source = sound.replace("    when: {day: 0,", "    weekdays: [wed]\n    when: {day: 0,")
    planned = plan_occurrences(read_definition(source, filename="campaign.yaml"), MONDAY)
    assert [one.day for one in planned] == [date(2027, 1, 13), date(2027, 1, 20)]


def test_a_step_in_quiet_hours_is_planned_for_when_it_really_goes_out(sound: str) -> None:
    source = sound.replace('at: "16:30"', 'at: "22:00"')
    hello = plan_occurrences(read_definition(source, filename="campaign.yaml"), MONDAY)[0]
    assert (hello.day, hello.at) == (date(2027, 1, 12), time(8))
    assert hello.window("Europe/Berlin").opens_at == datetime(2027, 1, 12, 7, tzinfo=UTC)


def test_a_moved_start_keeps_the_keys_so_that_no_step_goes_out_again(sound: str) -> None:
    definition = read_definition(sound, filename="campaign.yaml")
    keys = [
        [(one.step_key, one.occurrence_key) for one in plan_occurrences(definition, start)]
        for start in (MONDAY, MONDAY + timedelta(days=9))
    ]
    assert keys[0] == keys[1]
    assert len(set(keys[0])) == len(keys[0])


def test_a_message_expires_when_its_window_closes_unless_it_says_otherwise(sound: str) -> None:
    source = sound.replace("channels: [email]", "channels: [email]\n    expires_after: 2d", 1)
    hello, later = plan_occurrences(read_definition(source, filename="campaign.yaml"), MONDAY)
    window = hello.window("Europe/London")
    assert hello.expires_at(window) == window.closes_at
    window = later.window("Europe/London")
    assert later.expires_at(window) == window.opens_at + timedelta(days=2)


def test_a_fixed_date_before_the_start_is_refused_in_words(sound: str) -> None:
    source = sound.replace("when: {after: hello, days: 7,", "when: {date: 2027-01-08,")
    definition = read_definition(source, filename="campaign.yaml")
    with pytest.raises(BadInput) as refused:
        plan_occurrences(definition, MONDAY)
    assert str(refused.value) == (
        "The step `later` is on 2027-01-08, before the launch starts (2027-01-11). "
        "Start on 2027-01-08 or earlier, or change the step's date."
    )


def test_a_start_that_would_break_the_order_is_refused_in_words(sound: str) -> None:
    source = sound.replace("day: 0,", "day: 5,").replace(
        "when: {after: hello, days: 7,", "when: {date: 2027-01-14,"
    )
    definition = read_definition(source, filename="campaign.yaml")
    with pytest.raises(BadInput) as refused:
        plan_occurrences(definition, MONDAY)
    assert str(refused.value) == (
        "With a start on 2027-01-11, `later` (2027-01-14 17:00) would go out before `hello` "
        "(2027-01-16 16:30). Start on another day, or change the order or the dates of the steps."
    )


@settings(max_examples=200, deadline=None)
@given(
    start=st.dates(date(2025, 1, 1), date(2032, 12, 31)),
    zone=st.sampled_from(sorted(zone_names())),
)
def test_say_no_sends_at_most_two_messages_a_week_and_never_in_the_evening(
    start: date, zone: str
) -> None:
    definition = read_definition(SAY_NO, filename="campaign.yaml")
    planned = [
        one
        for one in plan_occurrences(definition, start)
        if place_of(definition, one.step_key).number or one.step_key == "thank-you"
    ]
    windows = [one.window(zone) for one in planned]
    assert len(planned) == 6
    for first, third in zip(planned, planned[2:], strict=False):
        assert (third.day - first.day).days >= 7
    for before, after in pairwise(windows):
        assert before.closes_at < after.opens_at
