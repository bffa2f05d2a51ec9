"""To whom a step goes: filters, newcomers, corrections, what went out before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import delivery_builders as build
import pytest

from outreach.audience.models import Membership, MembershipRole
from outreach.campaigns.models import Launch, StepRun
from outreach.campaigns.renewal import renew_launches
from outreach.core.clock import FrozenClock
from outreach.delivery.actions import plan_step_run
from outreach.delivery.models import Delivery
from outreach.organisation.audit import OPERATOR
from outreach.organisation.calendars import NewEntry, Place, enter_days
from outreach.organisation.models import CalendarKind, School
from outreach.timing import Period

pytestmark = pytest.mark.usefixtures("ledger")

HEAD = """
schema: 1
campaign: tiny
title: Tiny
topic: online-safety
languages: [en, de]
default_language: en
{more}
steps:
"""


def campaign(*steps: str, more: str = "") -> str:
    return HEAD.format(more=more) + "".join(steps)


def step(key: str, when: str, *more: str, to: str = "guardians") -> str:
    lines = (f"title: {key}", f"to: {to}", "channels: [email, sms]", f"when: {when}", *more)
    return f"  - key: {key}\n" + "".join(f"    {line}\n" for line in lines)


FIRST = step("first", '{day: 0, at: "12:00"}')


def launched(definition: str, schools: Sequence[School] = ()) -> Launch:
    return build.build_running_launch(schools, definition=definition)


def plan(launch: Launch, key: str) -> list[Delivery]:
    """Plans every step run of the step; what was planned, oldest first."""
    for run in launch.step_runs.filter(step_key=key).order_by("day"):
        plan_step_run(run.pk)
    runs = launch.step_runs.filter(step_key=key).values("pk")
    return list(Delivery.objects.filter(step_run_id__in=runs).order_by("step_run_id", "id"))


def people(deliveries: Sequence[Delivery]) -> set[int]:
    return {each.person_id for each in deliveries if each.state == "pending"}


def settle(deliveries: Sequence[Delivery], state: str) -> None:
    for each in deliveries:
        Delivery.objects.filter(step_run_id=each.step_run_id, id=each.id).update(state=state)


def second(*more: str) -> str:
    return campaign(FIRST, step("second", '{after: first, days: 1, at: "12:00"}', *more))


def test_only_and_except_choose_by_school_country_and_language() -> None:
    greenhill, hillside = build.build_school(), build.build_school("hillside")
    School.objects.filter(pk=hillside.pk).update(country="DE")
    here = build.build_parent(greenhill, email="a@example.org")
    there = build.build_parent(hillside, email="b@example.org")
    there.person.language = "de"
    there.person.save()
    chosen = {
        "only: {schools: [greenhill]}": {here.person.pk},
        "only: {countries: [DE, AT]}": {there.person.pk},
        "only: {languages: [de]}": {there.person.pk},
        "except: {languages: [de]}": {here.person.pk},
        "except: {schools: [greenhill], countries: [DE]}": {here.person.pk, there.person.pk},
    }
    steps = [step(f"step-{n}", f'{{day: {n}, at: "12:00"}}', said) for n, said in enumerate(chosen)]
    launch = launched(campaign(*steps))
    found = [people(plan(launch, f"step-{n}")) for n in range(len(chosen))]
    assert found == list(chosen.values())


def test_got_and_not_got_look_at_what_really_went_out() -> None:
    school = build.build_school()
    got = build.build_parent(school, email="a@example.org").person.pk
    bounced = build.build_parent(school, email="b@example.org").person.pk
    definition = campaign(
        FIRST,
        step("thanks", '{day: 1, at: "12:00"}', "only: {got: first}"),
        step("again", '{day: 2, at: "12:00"}', "only: {not_got: first}"),
    )
    launch = launched(definition)
    sent = {each.person_id: each for each in plan(launch, "first")}
    settle([sent[got]], "delivered")
    settle([sent[bounced]], "bounced")
    assert people(plan(launch, "thanks")) == {got}
    assert people(plan(launch, "again")) == {bounced}


def test_a_share_is_the_same_people_each_time_and_except_is_everyone_else() -> None:
    school = build.build_school()
    build.build_parents(school, 40, "email")
    definition = campaign(
        step("some", '{day: 0, at: "12:00"}', "only: {share: 30%}"),
        step("more", '{day: 1, at: "12:00"}', "only: {share: 0.6}"),
        step("others", '{day: 2, at: "12:00"}', "except: {share: 30%}"),
        step("lot", '{day: 3, at: "12:00"}', "only: {share: 30%, seed: another}"),
    )
    launch = launched(definition)
    some, more, others, lot = (
        people(plan(launch, key)) for key in ("some", "more", "others", "lot")
    )
    assert some < more
    assert some | others == more | others
    assert len(some) + len(others) == 40
    assert not some & others
    assert lot != some


def test_who_first_agreed_when_decides_about_joined_before_and_after(ledger: FrozenClock) -> None:
    school = build.build_school()
    old = build.build_parent(school, email="old@example.org").person.pk
    ledger.tick(timedelta(days=5))
    new = build.build_parent(school, email="new@example.org").person.pk
    definition = campaign(
        step("new", '{day: 0, at: "12:00"}', "only: {joined_after: 2026-11-05}"),
        step("old", '{day: 1, at: "12:00"}', "only: {joined_before: 2026-11-05}"),
    )
    launch = launched(definition)
    assert people(plan(launch, "new")) == {new}
    assert people(plan(launch, "old")) == {old}


def test_a_newcomer_is_welcomed_the_day_after_and_gets_none_of_the_past(
    ledger: FrozenClock,
) -> None:
    school = build.build_school()
    build.build_parent(school, email="old@example.org")
    ledger.tick(timedelta(days=1))
    definition = campaign(
        FIRST,
        step("welcome", '{after_opt_in: {days: 1}, at: "12:00"}'),
        step("film", '{after_opt_in: {days: 3}, at: "12:00"}'),
    )
    launch = launched(definition)
    ledger.tick(timedelta(days=2))
    new = build.build_parent(school, email="new@example.org").person.pk
    renew_launches()
    ledger.tick(timedelta(minutes=11))
    renew_launches()
    runs = launch.step_runs.filter(step_key__in=["welcome", "film"]).order_by("day")
    assert [(run.step_key, run.day) for run in runs] == [
        ("welcome", date(2026, 11, 6)),
        ("film", date(2026, 11, 8)),
    ]
    assert people(plan(launch, "welcome")) == {new}
    assert people(plan(launch, "film")) == {new}


def test_who_has_had_enough_messages_is_left_out_with_the_reason() -> None:
    school = build.build_school()
    parent = build.build_parent(school, email="a@example.org").person.pk
    steps = [step(f"step-{n}", f'{{day: {n}, at: "12:00"}}') for n in range(4)]
    launch = launched(campaign(*steps, more="at_most: 2 per week"))
    sent = [plan(launch, f"step-{n}")[0] for n in range(3)]
    assert [each.reason for each in sent] == [None, None, "too_often"]
    settle(sent[:1], "expired")
    assert people(plan(launch, "step-3")) == {parent}


def test_parents_wait_until_somebody_at_their_school_got_the_brief(ledger: FrozenClock) -> None:
    greenhill, hillside = build.build_school(), build.build_school("hillside")
    contact = build.build_parent(greenhill, email="staff@example.org")
    Membership.objects.filter(person=contact.person).update(role=MembershipRole.CONTACT)
    here = build.build_parent(greenhill, email="a@example.org").person.pk
    there = build.build_parent(hillside, email="b@example.org").person.pk
    definition = campaign(
        step("brief", '{day: 0, at: "12:00"}', to="staff"),
        step("start", '{day: 1, at: "12:00"}', "waits_for: brief"),
    )
    launch = launched(definition)
    assert plan(launch, "start") == []
    settle(plan(launch, "brief"), "accepted")
    assert people(plan(launch, "start")) == {here}
    run = StepRun.objects.get(launch=launch, step_key="start")
    ledger.set(run.last_close_at - timedelta(minutes=10))
    reasons = {each.person_id: each.reason for each in plan(launch, "start")}
    assert reasons == {here: None, there: "not_briefed"}


def test_a_correction_goes_to_exactly_those_who_got_the_wrong_one() -> None:
    school = build.build_school()
    got = build.build_parent(school, email="a@example.org").person.pk
    build.build_parent(school, email="b@example.org")
    definition = campaign(
        FIRST,
        step("fixed", '{day: 0, at: "16:00"}', "corrects: first"),
        more="at_most: 1 per day",
    )
    launch = launched(definition)
    sent = plan(launch, "first")
    settle([each for each in sent if each.person_id == got], "accepted")
    settle([each for each in sent if each.person_id != got], "failed")
    assert people(plan(launch, "fixed")) == {got}


def test_a_parent_at_two_schools_with_other_holidays_gets_the_step_once() -> None:
    north, south = build.build_school("north"), build.build_school("south")
    for school, first in ((north, date(2026, 11, 16)), (south, date(2026, 11, 23))):
        holidays = Period(first, first + timedelta(days=6))
        later = Period(date(2027, 2, 1), date(2027, 2, 7))
        enter_days(
            Place(school),
            [NewEntry(CalendarKind.HOLIDAY, "", each) for each in (holidays, later)],
            actor=OPERATOR,
        )
    both = build.build_parent(north, email="both@example.org")
    build.enrol(both.person, south)
    build.give_address(both.person, south, "email", both.email)
    only_south = build.build_parent(south, email="south@example.org").person.pk
    definition = campaign(step("reminder", '{before: holiday, days: 3, at: "12:00"}'))
    launch = launched(definition)
    runs = list(launch.step_runs.order_by("day"))
    assert [(run.day, run.school_ids) for run in runs] == [
        (date(2026, 11, 13), [north.pk]),
        (date(2026, 11, 20), [south.pk]),
    ]
    sent = plan(launch, "reminder")
    assert sorted((each.step_run_id, each.person_id) for each in sent) == sorted(
        [(runs[0].pk, both.person.pk), (runs[1].pk, only_south)]
    )


def test_term_dates_entered_while_it_runs_make_the_step_that_needs_them(
    ledger: FrozenClock,
) -> None:
    school = build.build_school()
    build.build_parent(school, email="a@example.org")
    definition = campaign(FIRST, step("reminder", '{before: holiday, days: 3, at: "12:00"}'))
    launch = launched(definition)
    assert not launch.step_runs.filter(step_key="reminder").exists()
    first = date(2026, 12, 21)
    holidays = Period(first, date(2027, 1, 3))
    enter_days(Place(school), [NewEntry(CalendarKind.HOLIDAY, "", holidays)], actor=OPERATOR)
    renew_launches()
    run = launch.step_runs.get(step_key="reminder")
    assert run.day == date(2026, 12, 18)
    assert run.plan_at < datetime(2026, 12, 18, 12, tzinfo=UTC)
