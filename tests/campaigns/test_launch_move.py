"""A running launch goes on with another version: what moves, what stays, who decides."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from outreach.campaigns.actions import approve_move, ask_move, decline_move
from outreach.campaigns.models import CampaignVersion, Launch, LaunchMove, MoveState, StepRun
from outreach.campaigns.moves import open_move
from outreach.campaigns.moving import effect_of_move
from outreach.campaigns.renewal import renew_launches
from outreach.campaigns.versions import step_of
from outreach.core.clock import FrozenClock, now
from outreach.core.errors import BadInput, NotAllowed, NotNow
from outreach.delivery.actions import plan_step_run
from outreach.delivery.models import Delivery
from outreach.organisation.audit import Actor
from outreach.organisation.models import AuditEntry, Role, Staff
from outreach.organisation.staff import give_role
from tests.delivery import delivery_builders as build

HEAD = """
schema: 1
campaign: tiny
title: Tiny
topic: online-safety
languages: [en, de]
default_language: en
"""
WHY = "a mistake in the second step"


def step(key: str, when: str, title: str = "") -> str:
    return (
        f"  - {{key: {key}, title: {title or key}, to: guardians, channels: [email, sms], "
        f"when: {when}}}\n"
    )


def campaign(*steps: str, more: str = "") -> str:
    return f"{HEAD}{more}steps:\n{''.join(steps)}"


FIRST = step("first", '{day: 0, at: "12:00"}')
SECOND = step("second", '{day: 2, at: "12:00"}')
THIRD = step("third", '{day: 4, at: "12:00"}')


@pytest.fixture
def clock(as_work: None, frozen_clock: FrozenClock) -> FrozenClock:
    build.build_organisation()
    build.build_parents(build.build_school(), 3, "email")
    return frozen_clock


def running(*steps: str) -> Launch:
    """Its first step is planned; a person may approve who did not ask."""
    launch = build.build_running_launch(definition=campaign(*steps))
    plan_step_run(build.first_run(launch).pk)
    return launch


def version(launch: Launch, definition: str) -> CampaignVersion:
    number = launch.version.campaign.versions.count() + 1
    return CampaignVersion.objects.create(
        campaign=launch.version.campaign,
        number=number,
        sha256=f"{number:064x}",
        definition=definition,
        files=launch.version.files,
        imported_at=now(),
        imported_by="test",
    )


def person(name: str) -> Actor:
    staff = Staff.objects.get(name=name)
    return Actor(staff.email, staff.pk)


def move(launch: Launch, definition: str) -> None:
    ask_move(launch, version(launch, definition), actor=person("maker"), why=WHY)
    approve_move(launch, actor=person("approver"))


def days(launch: Launch) -> dict[str, date]:
    runs = launch.step_runs.order_by("day", "position")
    return {f"{run.step_key} {run.occurrence_key}": run.day for run in runs}


@pytest.mark.usefixtures("clock")
def test_what_ran_keeps_its_version_and_what_waits_takes_the_new_one() -> None:
    launch = running(FIRST, SECOND, THIRD)
    old = launch.version
    new_first = step("first", '{day: 0, at: "12:00"}', "Another title")
    new_second = step("second", '{day: 3, at: "12:00"}', "Better")
    move(launch, campaign(new_first, new_second, step("fourth", '{day: 5, at: "12:00"}')))
    assert launch.version.number == 2
    assert days(launch) == {
        "first once": date(2026, 11, 2),
        "second once": date(2026, 11, 5),
        "fourth once": date(2026, 11, 7),
    }
    first, second = (launch.step_runs.get(step_key=key) for key in ("first", "second"))
    assert (first.version, step_of(first).title) == (old, "first")
    assert (second.version, step_of(second).title) == (None, "Better")
    plan_step_run(second.pk)
    assert StepRun.objects.get(pk=second.pk).version == launch.version


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    "again",
    [
        '{day: 0, at: "12:00", every: week}',
        '{date: 2026-11-04, at: "12:00", every: month}',
        '{day_named: safer-internet-day, at: "12:00", every: year}',
        '{day_named: world-childrens-day, at: "12:00"}',
        '{after_opt_in: {days: 3}, at: "12:00"}',
    ],
)
def test_nobody_gets_again_what_ran_for_them_however_the_step_is_written_now(again: str) -> None:
    launch = running(FIRST, SECOND)
    move(launch, campaign(SECOND, step("first", again)))
    renew_launches()
    for run in launch.step_runs.filter(step_key="first", day__lt=date(2026, 11, 30)):
        plan_step_run(run.pk)
    rows = Delivery.objects.filter(step_run__step_key="first", state="pending")
    soon = rows.filter(step_run__day__lt=date(2026, 11, 9))
    assert soon.count() == 3
    assert soon.values("person_id").distinct().count() == 3
    once = {"after_opt_in", "day_named: world"}
    if any(word in again for word in once):
        assert rows.count() == 3


@pytest.mark.usefixtures("clock")
def test_a_weekly_step_that_changes_its_day_comes_a_whole_week_later() -> None:
    weekly = step("first", '{day: 0, at: "12:00", every: week, until: 2026-11-20}')
    launch = running(weekly)
    changed = step("first", '{day: 2, at: "12:00", every: week, until: 2026-11-20}')
    effect = effect_of_move(launch, version(launch, campaign(changed)))
    assert [run.after for run in effect.not_again] == [date(2026, 11, 4)]
    move(launch, campaign(changed))
    assert sorted(days(launch).values()) == [
        date(2026, 11, 2),
        date(2026, 11, 11),
        date(2026, 11, 18),
    ]


def test_what_would_have_been_due_before_the_move_is_not_sent(clock: FrozenClock) -> None:
    launch = running(FIRST, THIRD)
    clock.tick(timedelta(days=3))
    effect = effect_of_move(
        launch, version(launch, campaign(FIRST, step("between", '{day: 1, at: "12:00"}'), THIRD))
    )
    assert not effect.come
    assert [run.step_key for run in effect.go_on] == ["third"]
    earlier = version(launch, campaign(FIRST, step("third", '{day: 1, at: "12:00"}')))
    assert [run.step_key for run in effect_of_move(launch, earlier).go] == ["third"]


@pytest.mark.usefixtures("clock")
def test_a_second_person_decides_and_the_log_says_who() -> None:
    launch = running(FIRST, SECOND)
    new = version(launch, campaign(FIRST, THIRD))
    maker, approver = person("maker"), person("approver")
    for name in ("maker", "approver"):
        give_role(Staff.objects.get(name=name), Role.APPROVER, actor=maker)
    ask_move(launch, new, actor=maker, why=WHY)
    with pytest.raises(NotAllowed):
        approve_move(launch, actor=maker)
    with pytest.raises(NotNow):
        ask_move(launch, new, actor=approver, why=WHY)
    assert launch.version.number == 1
    approve_move(launch, actor=approver)
    entries = AuditEntry.objects.filter(action__startswith="launch.move").order_by("pk")
    assert [(each.actor, each.action, each.why) for each in entries] == [
        ("maker@example.org", "launch.move-asked", WHY),
        ("approver@example.org", "launch.moved", WHY),
    ]


def test_who_is_alone_may_approve_a_day_later(clock: FrozenClock) -> None:
    launch = running(FIRST, SECOND)
    maker = person("maker")
    give_role(Staff.objects.get(name="maker"), Role.APPROVER, actor=maker)
    ask_move(launch, version(launch, campaign(FIRST, THIRD)), actor=maker, why=WHY)
    with pytest.raises(NotNow):
        approve_move(launch, actor=maker)
    clock.tick(timedelta(hours=24))
    approve_move(launch, actor=maker)
    assert launch.version.number == 2


@pytest.mark.usefixtures("clock")
def test_what_was_asked_can_be_declined_and_asked_again() -> None:
    launch = running(FIRST, SECOND)
    new = version(launch, campaign(FIRST, THIRD))
    ask_move(launch, new, actor=person("maker"), why=WHY)
    decline_move(launch, actor=person("approver"), why="not now")
    assert open_move(launch) is None
    assert LaunchMove.objects.get().state == MoveState.DECLINED
    ask_move(launch, new, actor=person("maker"), why=WHY)
    assert launch.version.number == 1


@pytest.mark.usefixtures("clock")
def test_a_version_that_breaks_the_order_or_is_the_same_is_refused_when_asked() -> None:
    launch = running(FIRST, SECOND)
    maker = person("maker")
    with pytest.raises(BadInput):
        ask_move(launch, launch.version, actor=maker, why=WHY)
    before = version(launch, campaign(step("first", '{date: 2026-10-01, at: "12:00"}')))
    with pytest.raises(BadInput):
        ask_move(launch, before, actor=maker, why=WHY)
    assert not LaunchMove.objects.exists()
