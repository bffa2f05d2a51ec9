"""Steps on each school's own days: named days, holidays, what comes again, what is not planned."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.campaigns.definition import (
    CampaignDefinition,
    Occurrence,
    Unplanned,
    plan_joined,
    plan_school,
)
from outreach.campaigns.launch_plan import without_public_holidays
from outreach.core.errors import BadInput
from outreach.organisation.models import School
from outreach.timing import NO_CALENDAR, Period, SchoolCalendar
from outreach.timing.zones import zone_names
from tests.campaigns.calendar_builders import (
    BAVARIA,
    ENGLAND,
    NOTHING_ENTERED,
    definition,
    step,
)

START = date(2026, 9, 21)


def days(
    campaign: CampaignDefinition, calendar: SchoolCalendar = BAVARIA, start: date = START
) -> list[tuple[str, date]]:
    plan = plan_school(campaign, start, calendar)
    return [(one.occurrence_key, one.day) for one in plan.occurrences]


def test_a_named_day_is_the_first_after_the_launch() -> None:
    campaign = definition(step("sid", '{day_named: safer-internet-day, at: "09:00"}'))
    assert days(campaign) == [("once@2027-02-09", date(2027, 2, 9))]


def test_a_step_may_be_days_before_or_after_a_named_day() -> None:
    campaign = definition(
        step("before", '{day_named: world-childrens-day, days_before: 7, at: "09:00"}')
        + step("after", '{day_named: world-childrens-day, days_after: 1, at: "09:00"}')
    )
    assert [day for _, day in days(campaign)] == [date(2026, 11, 13), date(2026, 11, 21)]


def test_the_campaign_may_give_a_named_day_its_own_date() -> None:
    head = "named_days: {safer-internet-day: [2027-02-16], open-day: [2026-10-07]}"
    steps = step("open", '{day_named: open-day, at: "09:00"}') + step(
        "sid", '{day_named: safer-internet-day, at: "09:00"}'
    )
    assert [day for _, day in days(definition(steps, head=head))] == [
        date(2026, 10, 7),
        date(2027, 2, 16),
    ]


def test_a_holiday_is_each_schools_own_and_the_first_after_the_step_above() -> None:
    campaign = definition(
        step("start", '{day: 0, at: "16:30"}')
        + step("reminder", '{before: holiday, days: 3, at: "16:30"}')
        + step("back", '{after: reminder, days: 1, at: "17:00"}')
        + step("next", '{before: holiday, days: 3, at: "16:30"}')
    )
    assert [day for _, day in days(campaign, BAVARIA)] == [
        START,
        date(2026, 10, 30),
        date(2026, 10, 31),
        date(2026, 12, 21),
    ]
    assert [day for _, day in days(campaign, ENGLAND)] == [
        START,
        date(2026, 10, 21),
        date(2026, 10, 22),
        date(2026, 12, 16),
    ]


def test_where_no_term_dates_are_entered_the_step_is_not_planned_and_says_so() -> None:
    campaign = definition(
        step("start", '{day: 0, at: "16:30"}')
        + step("reminder", '{before: holiday, days: 3, at: "16:30"}')
        + step("back", '{after: reminder, days: 1, at: "17:00"}')
    )
    plan = plan_school(campaign, START, NOTHING_ENTERED)
    assert [one.step_key for one in plan.occurrences] == ["start"]
    assert plan.unplanned == [
        Unplanned("reminder", "its term dates are not entered"),
        Unplanned("back", "it counts from `reminder`, which is not planned there"),
    ]


def test_the_next_weekday_after_a_friday_is_monday() -> None:
    campaign = definition(
        step("start", '{day: 4, at: "16:30"}')
        + step("then", '{after: start, next: weekday, at: "17:30"}')
        + step("tuesday", '{after: then, next: tue, at: "17:30"}')
    )
    assert [day for _, day in days(campaign)] == [
        date(2026, 9, 25),
        date(2026, 9, 28),
        date(2026, 9, 29),
    ]


def test_every_holiday_comes_again_until_the_last_day() -> None:
    when = '{before: holiday, days: 3, at: "16:30", every: holiday, until: 2027-03-01}'
    assert days(definition(step("reminder", when))) == [
        ("holiday@2026-10-30", date(2026, 10, 30)),
        ("holiday@2026-12-21", date(2026, 12, 21)),
        ("holiday@2027-02-05", date(2027, 2, 5)),
    ]


def test_every_month_has_a_key_of_its_own() -> None:
    when = '{date: 2026-10-31, at: "17:00", every: month, until: 2027-01-15}'
    assert days(definition(step("tip", when))) == [
        ("2026-10-31", date(2026, 10, 31)),
        ("2026-11-30", date(2026, 11, 30)),
        ("2026-12-31", date(2026, 12, 31)),
    ]


def test_every_year_of_a_named_day_ends_with_the_year_of_the_launch() -> None:
    when = '{day_named: safer-internet-day, at: "09:00", every: year}'
    assert [key for key, _ in days(definition(step("sid", when)))] == ["2027@2027-02-09"]


def test_a_message_moves_over_the_holidays_or_expires() -> None:
    moves = step("tip", '{day: 42, at: "16:30"}', "not_on: [school-holidays]")
    plan = plan_school(definition(moves), START, BAVARIA)
    # After the autumn holidays comes a weekend, which is no holiday.
    assert [one.day for one in plan.occurrences] == [date(2026, 11, 7)]
    expires = step(
        "tip", '{day: 42, at: "16:30"}', "not_on: [school-holidays]", "otherwise: expires"
    )
    plan = plan_school(definition(expires), START, BAVARIA)
    assert plan.occurrences == []
    assert plan.unplanned == [Unplanned("tip", "2026-11-02 is no day for it, and it expires")]


def test_a_public_holiday_of_one_region_is_a_good_day_in_another() -> None:
    campaign = definition(
        step("tip", '{date: 2027-01-06, at: "16:30"}', "not_on: [public-holidays]")
    )
    berlin = SchoolCalendar(country="DE", region="BE")
    assert days(campaign, berlin) == [("once@2027-01-06", date(2027, 1, 6))]
    assert days(campaign, SchoolCalendar(country="DE", region="BY")) == [
        ("once@2027-01-07", date(2027, 1, 7))
    ]


def test_a_country_without_known_public_holidays_gets_its_messages_and_is_named() -> None:
    campaign = definition(
        step("tip", '{date: 2027-01-01, at: "16:30"}', "not_on: [public-holidays]")
    )
    assert days(campaign, SchoolCalendar(country="XX")) == [("once@2027-01-01", date(2027, 1, 1))]
    schools = [School(country="XX"), School(country="DE")]
    assert without_public_holidays(campaign, schools) == ["XX"]
    free = definition(step("tip", '{date: 2027-01-01, at: "16:30"}'))
    assert without_public_holidays(free, schools) == []
    both = step(
        "tip", '{date: 2027-01-01, at: "16:30"}', "not_on: [public-holidays, school-holidays]"
    )
    plan = plan_school(definition(both), START, SchoolCalendar(country="XX"))
    assert [each.why for each in plan.unplanned] == ["its term dates are not entered"]


def test_a_weekly_tip_is_not_sent_six_times_at_once_after_the_holidays() -> None:
    when = '{day: 0, at: "16:30", every: week, until: 2026-12-31}'
    found = [day for _, day in days(definition(step("tip", when, "not_on: [school-holidays]")))]
    assert len(set(found)) == len(found)
    assert date(2026, 12, 28) not in found


def test_days_that_the_calendar_puts_out_of_order_are_not_planned_there() -> None:
    campaign = definition(
        step("reminder", '{before: holiday, days: 3, at: "16:30"}')
        + step("tip", '{day: 35, at: "16:30"}')
    )
    assert [one.step_key for one in plan_school(campaign, START, ENGLAND).occurrences] == [
        "reminder",
        "tip",
    ]
    assert plan_school(campaign, START, BAVARIA).unplanned == [
        Unplanned("tip", "it would go out before `reminder` there")
    ]


def test_what_no_calendar_moves_is_refused_when_out_of_order() -> None:
    campaign = definition(
        step("first", '{day: 5, at: "16:30"}') + step("second", '{date: 2026-09-23, at: "16:30"}')
    )
    with pytest.raises(BadInput, match="would go out before `first`"):
        plan_school(campaign, START, NO_CALENDAR)


def test_newcomers_get_each_step_so_long_after_their_own_day() -> None:
    campaign = definition(
        step("welcome", '{after_opt_in: {days: 1}, at: "16:30"}')
        + step("film", '{after_opt_in: {days: 4}, at: "16:30"}'),
        head="",
    )
    joined = [date(2026, 9, 1), date(2026, 9, 21), date(2026, 9, 24)]
    found = plan_joined(campaign, START, NO_CALENDAR, joined)
    assert [(one.occurrence_key, one.day, one.joined_days) for one in found] == [
        ("joined@2026-09-22", date(2026, 9, 22), {date(2026, 9, 21)}),
        ("joined@2026-09-25", date(2026, 9, 25), {date(2026, 9, 24)}),
        ("joined@2026-09-25", date(2026, 9, 25), {date(2026, 9, 21)}),
        ("joined@2026-09-28", date(2026, 9, 28), {date(2026, 9, 24)}),
    ]


def test_newcomers_of_a_weekend_are_welcomed_together() -> None:
    campaign = definition(
        step("welcome", '{after_opt_in: {days: 1}, at: "16:30"}', "weekdays: [mon]")
    )
    (one,) = plan_joined(campaign, START, NO_CALENDAR, [date(2026, 10, 2), date(2026, 10, 3)])
    assert (one.day, one.joined_days) == (
        date(2026, 10, 5),
        {date(2026, 10, 2), date(2026, 10, 3)},
    )


WHENS = st.sampled_from(
    [
        "day: {later}",
        "day_named: safer-internet-day",
        "day_named: world-childrens-day, days_before: 2",
        "before: holiday, days: 3",
        "after: holiday, days: 1",
        "after: term-start, days: 2",
        "before: term-end, days: 5",
        "before: holiday, days: 3, every: holiday",
        "day: 1, every: week",
        "day: 2, every: month",
    ]
)
LIMITS = st.sampled_from(
    ["", "not_on: [school-holidays]", "not_on: [public-holidays]", "weekdays: [mon, wed, fri]"]
)


@st.composite
def calendars(draw: st.DrawFn) -> SchoolCalendar:
    """A year of holidays that begin and last as they will."""
    day, spans = date(2026, 6, 1), []
    while day < date(2028, 12, 31):
        day += timedelta(days=draw(st.integers(10, 90)))
        last = day + timedelta(days=draw(st.integers(0, 45)))
        spans.append(Period(day, last))
        day = last + timedelta(days=1)
    return SchoolCalendar(holidays=tuple(spans), country="DE", region="BY")


@st.composite
def campaigns(draw: st.DrawFn) -> CampaignDefinition:
    whens = draw(st.lists(st.tuples(WHENS, LIMITS, st.integers(9, 19)), min_size=1, max_size=5))
    steps = []
    for number, (when, limit, hour) in enumerate(whens):
        more = [limit] if limit else []
        steps.append(
            step(
                f"step-{number}", f'{{{when.format(later=9 * number)}, at: "{hour:02}:00"}}', *more
            )
        )
    return definition("".join(steps))


def planned(
    campaign: CampaignDefinition, start: date, calendar: SchoolCalendar
) -> Iterator[Occurrence]:
    try:
        yield from plan_school(campaign, start, calendar).occurrences
    except BadInput:
        return  # steps of the launch that were written out of order


@settings(max_examples=60, deadline=None)
@given(
    campaigns(),
    calendars(),
    st.dates(date(2026, 6, 1), date(2028, 1, 1)),
    st.sampled_from(sorted(zone_names())),
)
def test_each_step_fires_once_in_order_and_never_on_a_day_that_it_must_not(
    campaign: CampaignDefinition, calendar: SchoolCalendar, start: date, zone: str
) -> None:
    found = list(planned(campaign, start, calendar))
    keys = [(one.step_key, one.occurrence_key) for one in found]
    assert len(set(keys)) == len(keys)
    windows = []
    for one in found:
        itself = campaign.step(one.step_key)
        window = one.window(zone)
        assert one.day >= start
        assert one.day.weekday() in itself.weekday_numbers()
        assert window.closes_at - window.opens_at <= one.within
        if "school-holidays" in campaign.free_days(itself):
            assert calendar.is_school_holiday(one.day) is False
        if "public-holidays" in campaign.free_days(itself):
            assert calendar.is_public_holiday(one.day) is False
        if not itself.when.repeats():
            windows.append(window)
    assert all(before.opens_at <= after.opens_at for before, after in pairwise(windows))
