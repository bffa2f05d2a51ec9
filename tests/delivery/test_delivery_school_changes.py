"""A school leaves a step out or has it on another day, and planning obeys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import delivery_builders as build
import pytest

from outreach.audience.models import Person
from outreach.campaigns.actions import (
    found_step,
    move_step,
    set_bounds,
    skip_step,
    undo_change,
)
from outreach.campaigns.coming import coming_at
from outreach.campaigns.models import Launch, SchoolChange, StepRun
from outreach.campaigns.renewal import renew_launches
from outreach.core.clock import FrozenClock
from outreach.core.errors import BadInput, NotNow
from outreach.delivery.actions import plan_step_run
from outreach.delivery.models import Delivery
from outreach.delivery.rehearsal import Plan, rehearse
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import AuditEntry, School

pytestmark = pytest.mark.usefixtures("ledger")

DEFINITION = """
schema: 1
campaign: tiny
title: Tiny
topic: online-safety
languages: [en]
default_language: en
quiet_hours: {from: "20:00", to: "09:00"}
steps:
  - {key: first, title: First, to: guardians, channels: [email], when: {day: 0, at: "12:00"}}
  - {key: second, title: Second, to: guardians, channels: [email], when: {day: 7, at: "12:00"}}
  - {key: third, title: Third, to: guardians, channels: [email], when: {day: 9, at: "12:00"}}
"""
SECOND_DAY = date(2026, 11, 9)
WHY = "sports week"


@pytest.fixture
def greenhill() -> School:
    return build.build_school()


@pytest.fixture
def launch(greenhill: School) -> Launch:
    """Of three steps, over two schools with a parent each; schools may move by 3 days and skip."""
    build.build_parent(greenhill, email="a@example.org", name="Anna")
    build.build_parent(build.build_school("hillside"), email="b@example.org", name="Ben")
    found = build.build_running_launch(definition=DEFINITION)
    set_bounds(found, move_days=3, may_skip=True, actor=OPERATOR)
    return found


def second(launch: Launch, school: School) -> StepRun:
    return StepRun.objects.get(launch=launch, step_key="second", occurrence_key="once")


def move(launch: Launch, school: School, day: date) -> None:
    one = found_step(school, launch.uuid, "second", SECOND_DAY)
    move_step(one, school, day, actor=OPERATOR, why=WHY)


def skip(launch: Launch, school: School) -> None:
    skip_step(
        found_step(school, launch.uuid, "second", SECOND_DAY), school, actor=OPERATOR, why=WHY
    )


def plan(run: StepRun) -> Sequence[Delivery]:
    plan_step_run(run.pk)
    return list(Delivery.objects.filter(step_run=run).select_related("school"))


def outcome(rows: Sequence[Delivery]) -> dict[str, str | None]:
    return {row.school.slug: row.reason or row.state for row in rows}


def test_a_step_left_out_has_a_row_with_the_reason_and_others_get_it(
    launch: Launch, greenhill: School
) -> None:
    skip(launch, greenhill)
    rows = plan(second(launch, greenhill))
    assert outcome(rows) == {"greenhill": "school_skips", "hillside": "pending"}
    entry = AuditEntry.objects.get(action="school.step-skipped")
    assert (entry.subject, entry.why, entry.actor) == ("school:greenhill", WHY, OPERATOR.name)


def test_a_step_moved_goes_to_the_school_on_its_own_day_and_to_others_on_theirs(
    launch: Launch, greenhill: School
) -> None:
    move(launch, greenhill, SECOND_DAY + timedelta(days=1))
    renew_launches()
    own = StepRun.objects.get(occurrence_key="once@2026-11-10")
    assert own.school_ids == [greenhill.pk]
    assert outcome(plan(second(launch, greenhill))) == {"hillside": "pending"}
    assert outcome(plan(own)) == {"greenhill": "pending"}


def test_a_parent_at_both_schools_gets_a_moved_step_once(launch: Launch, greenhill: School) -> None:
    ben = Person.objects.get(memberships__name="Ben")
    build.enrol(ben, greenhill, "Ben")
    build.agree(ben.addresses.get().address, greenhill)
    move(launch, greenhill, SECOND_DAY - timedelta(days=1))
    renew_launches()
    for key in ("once@2026-11-08", "once"):
        plan(StepRun.objects.get(step_key="second", occurrence_key=key))
    assert Delivery.objects.filter(person=ben, state="pending").count() == 1


def test_what_is_taken_back_goes_out_as_planned(launch: Launch, greenhill: School) -> None:
    move(launch, greenhill, SECOND_DAY + timedelta(days=1))
    renew_launches()
    one = found_step(greenhill, launch.uuid, "second", SECOND_DAY)
    assert one.day == SECOND_DAY + timedelta(days=1)
    undo_change(one, greenhill, actor=OPERATOR, why="it rains")
    renew_launches()
    assert not StepRun.objects.filter(occurrence_key__contains="@").exists()
    assert outcome(plan(second(launch, greenhill))) == {
        "greenhill": "pending",
        "hillside": "pending",
    }


def test_the_bounds_of_the_manager_and_the_order_of_the_steps_are_kept(
    launch: Launch, greenhill: School
) -> None:
    with pytest.raises(BadInput, match="too far away"):
        move(launch, greenhill, SECOND_DAY - timedelta(days=4))
    with pytest.raises(BadInput, match="after “Third”"):
        move(launch, greenhill, SECOND_DAY + timedelta(days=3))
    set_bounds(launch, move_days=0, may_skip=False, actor=OPERATOR)
    with pytest.raises(NotNow, match="does not let schools"):
        move(launch, greenhill, SECOND_DAY + timedelta(days=1))
    with pytest.raises(NotNow, match="does not let schools"):
        skip(launch, greenhill)
    assert not SchoolChange.objects.exists()


def test_what_is_planned_already_can_no_longer_be_changed(
    launch: Launch, greenhill: School
) -> None:
    one = found_step(greenhill, launch.uuid, "second", SECOND_DAY)
    plan(second(launch, greenhill))
    with pytest.raises(NotNow, match="prepared already"):
        skip_step(one, greenhill, actor=OPERATOR, why=WHY)
    assert not SchoolChange.objects.exists()


def test_a_school_sees_what_comes_with_its_own_change(
    launch: Launch, greenhill: School, ledger: FrozenClock
) -> None:
    move(launch, greenhill, SECOND_DAY + timedelta(days=1))
    skip_step(
        found_step(greenhill, launch.uuid, "third", date(2026, 11, 11)),
        greenhill,
        actor=OPERATOR,
        why=WHY,
    )
    for _ in range(2):  # before and after the sweeper has made the run
        seen = [(one.step.key, one.day, one.is_skipped) for one in coming_at(greenhill)]
        assert seen == [
            ("first", date(2026, 11, 2), False),
            ("second", date(2026, 11, 10), False),
            ("third", date(2026, 11, 11), True),
        ]
        renew_launches()
    other = coming_at(School.objects.get(slug="hillside"))
    assert all(one.change is None for one in other)


def test_a_rehearsal_knows_what_schools_changed(launch: Launch, greenhill: School) -> None:
    skip(launch, greenhill)
    found = rehearse(Plan.of_launch(launch), until=SECOND_DAY)
    step = next(step for step in found.steps if step.step_key == "second")
    assert step.left_out == {"school_skips": 1}
    assert step.amount.messages == 1
