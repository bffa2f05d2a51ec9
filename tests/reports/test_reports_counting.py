"""What finished steps came to is counted from the ledger, and hidden where groups are small."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from outreach.consent.actions import withdraw
from outreach.core.clock import FrozenClock, now
from outreach.core.errors import NotFound
from outreach.delivery.models import Answer, Delivery
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import School
from outreach.reports.counting import count_due_runs
from outreach.reports.models import RunFigure
from outreach.reports.queries import Report, campaign_sums, report_of
from outreach.subscriptions.opt_out import opt_out
from tests.delivery.delivery_builders import (
    build_organisation,
    build_parent,
    build_running_launch,
    build_school,
)
from tests.reports.report_builders import build_finished_run, build_message, build_messages

pytestmark = pytest.mark.django_db


@pytest.fixture
def school(db: None, frozen_clock: FrozenClock) -> School:
    build_organisation()
    return build_school()


def numbers(report: Report, name: str) -> dict[str, int | None]:
    return {line.key: getattr(line.figures, name) for line in report.lines}


def answer(delivery: Delivery) -> None:
    Answer.objects.create(
        step_run_id=delivery.step_run_id,
        delivery_id=delivery.id,
        person_id=delivery.person_id,
        school_id=delivery.school_id,
        choice=1,
        way="page",
        at=now(),
    )


def test_what_was_planned_is_the_sum_of_what_became_of_it(school: School) -> None:
    run = build_finished_run(build_running_launch())
    for state, number in (("delivered", 20), ("accepted", 11), ("failed", 3), ("skipped", 12)):
        build_messages(run, school, number, state)
    build_messages(run, school, 2, "bounced")
    build_messages(run, school, 1, "unknown")
    assert count_due_runs() == 1
    found = report_of("tiny").together
    assert (found.planned, found.left_out, found.reached) == (49, 12, 31)
    assert (found.delivered, found.failed, found.unknown) == (20, 5, 1)


def test_each_dimension_has_the_same_sum(school: School) -> None:
    run = build_finished_run(build_running_launch())
    other = build_school("elsewhere")
    build_messages(run, school, 30)
    build_messages(run, other, 20, language="de")
    count_due_runs()
    assert numbers(report_of("tiny", by="school"), "planned") == {"greenhill": 30, "elsewhere": 20}
    assert numbers(report_of("tiny", by="language"), "planned") == {"en": 30, "de": 20}
    assert numbers(report_of("tiny", by="channel"), "planned") == {"email": 50}
    assert [line.figures.planned for line in report_of("tiny").lines] == [50]
    assert [figures.planned for _, figures in campaign_sums()] == [50]


def test_a_small_school_is_hidden_and_so_is_the_one_that_would_tell_it(school: School) -> None:
    run = build_finished_run(build_running_launch())
    build_messages(run, school, 40)
    build_messages(run, build_school("small"), 4)
    build_messages(run, build_school("middle"), 20)
    count_due_runs()
    found = report_of("tiny", by="school")
    shown = numbers(found, "planned")
    assert shown == {"greenhill": 40, "middle": None, "small": None}
    assert found.together.planned == 64
    assert found.hides


def test_few_who_stopped_or_answered_are_hidden_in_a_large_group(
    school: School, frozen_clock: FrozenClock
) -> None:
    run = build_finished_run(build_running_launch())
    messages = build_messages(run, school, 40)
    for each in messages[:9]:
        answer(each)
    count_due_runs()
    assert report_of("tiny").together.answered is None
    answer(messages[9])
    frozen_clock.tick(timedelta(days=1))
    count_due_runs()
    assert report_of("tiny").together.answered == 10


@pytest.mark.django_db(transaction=True)
def test_a_stop_counts_at_the_last_message_before_it(
    school: School, frozen_clock: FrozenClock
) -> None:
    launch = build_running_launch()
    first, second = build_finished_run(launch), build_finished_run(launch, 1)
    stops, withdraws, late = (
        build_parent(school, email=f"{name}@mailbox.example").email
        for name in ("stops", "withdraws", "late")
    )
    for run in (first, second):
        build_message(run, school, stops, "delivered")
    build_message(first, school, withdraws, "delivered")
    build_message(first, school, late, "delivered")
    opt_out("email", stops.match_key, evidence="inbound:1", actor=OPERATOR)
    withdraw(withdraws.pk, None, None, source="page", wording="No", actor=OPERATOR)
    frozen_clock.tick(timedelta(days=8))
    opt_out("email", late.match_key, evidence="inbound:2", actor=OPERATOR)
    count_due_runs()
    counted = RunFigure.objects.filter(dimension="all").values_list("step_run", "opted_out")
    assert dict(counted) == {first.pk: 1, second.pk: 1}


def test_runs_are_counted_daily_until_nothing_more_can_come(
    school: School, frozen_clock: FrozenClock
) -> None:
    run = build_finished_run(build_running_launch())
    build_messages(run, school, 12, "accepted")
    assert [count_due_runs(), count_due_runs()] == [1, 0]
    Delivery.objects.filter(step_run=run).update(state="delivered")
    frozen_clock.tick(timedelta(days=1, minutes=1))
    assert count_due_runs() == 1
    assert report_of("tiny").together.delivered == 12
    frozen_clock.tick(timedelta(days=31))
    assert [count_due_runs(), count_due_runs()] == [1, 0]
    frozen_clock.tick(timedelta(days=31))
    assert count_due_runs() == 0


def test_a_report_that_is_not_there_is_not_found(school: School) -> None:
    with pytest.raises(NotFound):
        report_of("nothing")
    launch = build_running_launch()
    with pytest.raises(NotFound):
        report_of("tiny", launch=UUID(int=1))
    assert report_of("tiny", launch=launch.uuid).lines == ()
