"""Leases that run out, answers that come after it, and the gap that holds claims back."""

from __future__ import annotations

from datetime import timedelta

import delivery_builders as build
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now

from outreach.core.clock import FrozenClock, now
from outreach.delivery.actions import plan_step_run, send_batch, stop_school
from outreach.delivery.connections import connection as pooled
from outreach.delivery.ledger import News, move
from outreach.delivery.models import Batch, Delivery
from outreach.delivery.rules import Event
from outreach.delivery.sending import claiming, lease
from outreach.delivery.upkeep import lose_orphans
from outreach.inbox.door import open_gap
from outreach.inbox.models import Door
from outreach.organisation import lanes
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import School
from outreach.sandbox.control import SandboxControl

NOON = timedelta(hours=2)


def planned_batch(clock: FrozenClock, people: int = 3) -> Batch:
    build.build_parents(build.build_school(), people)
    plan_step_run(build.first_run(build.build_running_launch()).pk)
    clock.tick(NOON)
    return Batch.objects.get()


def leased(batch: Batch) -> lease.LeasedBatch:
    async def take() -> lease.LeasedBatch | None:
        async with pooled() as db:
            return await lease.take(db, batch.pk, now())

    found = lanes.run_async(take())
    assert found is not None
    return found


def run_out(batch: Batch) -> None:
    Batch.objects.filter(pk=batch.pk).update(lease_until=Now() - timedelta(seconds=1))


def happened(run: int, event: Event, ids: list[int]) -> None:
    with connection.cursor() as cursor:
        move(cursor, run, [News(each, event) for each in ids], now=now(), actor="t", worker="t")


def states() -> set[str]:
    return set(Delivery.objects.values_list("state", flat=True))


def test_what_comes_back_after_its_batch_was_done_is_sent_after_all(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    batch = planned_batch(ledger)
    slow_worker = leased(batch)
    ids = list(Delivery.objects.values_list("id", flat=True))
    happened(batch.step_run_id, Event.CLAIM, ids)
    run_out(batch)
    lose_orphans()
    send_batch(batch.pk)
    assert Batch.objects.get().is_done

    async def answer_at_last() -> None:
        news = [News(each, Event.GIVE_BACK) for each in ids]
        async with pooled() as db:
            await claiming.record(db, slow_worker, news, actor="slow")

    lanes.run_async(answer_at_last())
    send_batch(batch.pk)

    assert states() == {"accepted"}


def test_a_worker_that_lost_its_lease_leaves_the_calls_of_the_next_one_alone(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    batch = planned_batch(ledger)
    first = leased(batch)
    run_out(batch)
    leased(batch)
    ids = list(Delivery.objects.values_list("id", flat=True))
    happened(batch.step_run_id, Event.CLAIM, ids)

    async def give_up() -> int:
        async with pooled() as db:
            return await lease.lose_open_calls(db, first, now(), "first")

    assert lanes.run_async(give_up()) == 0
    assert states() == {"sending"}


def test_a_batch_of_a_stopped_school_is_left_to_the_sweeper(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    batch = planned_batch(ledger)
    stop_school(School.objects.get(), launch=None, actor=OPERATOR, why="asked by its head")

    result = send_batch(batch.pk)

    assert (result.is_done, result.is_left) == (False, False)
    assert states() == {"pending"}


def test_no_text_is_claimed_while_texts_to_us_may_have_been_missed(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    batch = planned_batch(ledger)
    Door.objects.create(id=1, seen_at=Now() - timedelta(minutes=5))
    send_batch(batch.pk)
    assert states() == {"pending"}

    Door.objects.update(read_back_at=Now())
    send_batch(batch.pk)
    assert states() == {"accepted"}


def test_a_gap_stays_open_until_it_is_read_back_although_the_door_is_back(
    ledger: FrozenClock,
) -> None:
    Door.objects.create(id=1, seen_at=Now())
    assert open_gap() is None

    Door.objects.update(missed_since=F("seen_at") - timedelta(minutes=1))
    assert open_gap() is not None
