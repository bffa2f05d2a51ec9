"""How far a running send is by school, language, channel, cause: counted at times, not at looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction

from outreach.campaigns.models import Launch, StepRun, StepRunState
from outreach.core.clock import FrozenClock, now
from outreach.delivery.models import Delivery, Tally
from outreach.organisation.models import School
from outreach.reports.live import LiveGroup, count_moving_runs, live_groups
from outreach.reports.models import LiveCount, LiveDimension, LiveFigure
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


@pytest.fixture
def launch(school: School) -> Launch:
    return build_running_launch()


@pytest.fixture
def run(launch: Launch) -> StepRun:
    """A step run that goes out at this moment."""
    found = build_finished_run(launch)
    StepRun.objects.filter(pk=found.pk).update(
        state=StepRunState.PLANNED, planned_at=now(), last_close_at=now() + timedelta(hours=2)
    )
    found.refresh_from_db()
    return found


def tell_counters(run: StepRun, number: int) -> None:
    """As workers do when they move messages."""
    Tally.objects.create(
        step_run=run, batch_key=0, worker=f"test {number}", state="accepted", number=number
    )


def by_key(launch: Launch, dimension: LiveDimension) -> dict[str, LiveGroup]:
    return {group.key: group for group in live_groups(launch, dimension).groups}


def test_groups_add_up_to_the_ledger_by_each_thing(
    launch: Launch, run: StepRun, school: School
) -> None:
    other = build_school("elsewhere")
    build_messages(run, school, 4, "accepted")
    build_messages(run, school, 2, "pending")
    build_messages(run, other, 3, "delivered", language="de")
    build_messages(run, other, 1, "failed")
    Delivery.objects.filter(state="failed").update(reason="550")
    tell_counters(run, 10)
    assert count_moving_runs() == 1
    schools = by_key(launch, LiveDimension.SCHOOL)
    assert schools[school.slug].by_state == {"accepted": 4, "pending": 2}
    assert schools["elsewhere"].by_state == {"delivered": 3, "failed": 1}
    assert by_key(launch, LiveDimension.LANGUAGE)["de"].by_state == {"delivered": 3}
    (channel,) = by_key(launch, LiveDimension.CHANNEL).values()
    assert sum(channel.by_state.values()) == Delivery.objects.filter(step_run=run).count()
    (cause,) = by_key(launch, LiveDimension.CAUSE)
    assert cause.endswith(":550")
    assert live_groups(launch, LiveDimension.SCHOOL).counted_at == now()


def test_a_run_is_counted_again_only_when_its_counters_moved_and_its_turn_came(
    launch: Launch, run: StepRun, school: School
) -> None:
    build_messages(run, school, 1, "accepted")
    tell_counters(run, 1)
    assert [count_moving_runs(), count_moving_runs()] == [1, 0]
    tell_counters(run, 2)
    assert count_moving_runs() == 0
    LiveCount.objects.update(next_at=now() - timedelta(days=3650))
    assert [count_moving_runs(), count_moving_runs()] == [1, 0]


@contextmanager
def as_role(role: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {role}")
        try:
            with transaction.atomic():
                yield
        finally:
            cursor.execute("SET ROLE outreach_owner")


def test_the_clock_counts_and_the_web_process_only_reads(
    launch: Launch, run: StepRun, school: School
) -> None:
    build_messages(run, school, 1, "accepted")
    tell_counters(run, 1)
    with as_role("outreach_work"):
        assert count_moving_runs() == 1
    with pytest.raises(ProgrammingError, match="permission denied"), as_role("outreach_app"):
        LiveFigure.objects.update(micros=1)
    with as_role("outreach_app"):  # sees no school
        assert live_groups(launch, LiveDimension.SCHOOL).groups == ()


def test_rate_and_finish_come_from_two_counts(
    launch: Launch, run: StepRun, school: School, frozen_clock: FrozenClock
) -> None:
    build_messages(run, school, 10, "pending")
    tell_counters(run, 1)
    count_moving_runs()
    (before,) = by_key(launch, LiveDimension.SCHOOL).values()
    assert (before.rate_per_minute, before.finish_at) == (0.0, None)
    frozen_clock.tick(timedelta(minutes=2))
    Delivery.objects.filter(step_run=run, id__lte=6).update(state="accepted")
    tell_counters(run, 2)
    LiveCount.objects.update(next_at=now() - timedelta(days=3650))
    count_moving_runs()
    (after,) = by_key(launch, LiveDimension.SCHOOL).values()
    assert after.rate_per_minute == pytest.approx(3.0)
    assert after.finish_at == now() + timedelta(minutes=4 / 3)
    frozen_clock.tick(timedelta(minutes=30))
    (late,) = by_key(launch, LiveDimension.SCHOOL).values()
    assert late.rate_per_minute == 0.0


def test_texts_that_a_provider_took_have_their_price(
    launch: Launch, run: StepRun, school: School
) -> None:
    for number, state in enumerate(("delivered", "accepted", "failed", "pending")):
        parent = build_parent(school, phone=f"+44770090010{number}")
        message = build_message(run, school, parent.phone, state)
        Delivery.objects.filter(step_run=run, id=message.id).update(segments=2)
    tell_counters(run, 4)
    count_moving_runs()
    assert by_key(launch, LiveDimension.CHANNEL)["sms"].micros == 2 * 2 * 40_000
