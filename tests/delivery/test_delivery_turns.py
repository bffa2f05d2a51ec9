"""Launches take turns; an urgent one goes first; what staff and the law ask for never waits."""

from __future__ import annotations

import threading
from datetime import timedelta

import delivery_builders as build
import pytest
from django.db import connection
from django.db.models.functions import Now

from outreach.campaigns.actions import (
    approve_urgent,
    ask_urgent,
    create_launch,
    end_urgent,
    pause_launch,
)
from outreach.campaigns.launches import start_launch
from outreach.campaigns.models import CampaignVersion, Launch
from outreach.consent.actions import suppress
from outreach.consent.lock import TAKE_SHARED_SQL
from outreach.consent.models import SuppressionReason
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock, now
from outreach.core.errors import NotAllowed
from outreach.delivery.actions import plan_step_run, send_batch, send_next
from outreach.delivery.connections import connection as pooled
from outreach.delivery.models import Batch, Delivery
from outreach.delivery.sending import claiming, lease
from outreach.delivery.spending import Budget
from outreach.delivery.turns import take_turn
from outreach.delivery.upkeep import wake_due_batches
from outreach.notices.actions import queue_notice
from outreach.notices.models import Notice, NoticeKind
from outreach.notices.sending import send_due_notices
from outreach.organisation import lanes
from outreach.organisation.audit import OPERATOR, Actor
from outreach.organisation.models import AccountLimit, School, Sender, Staff
from outreach.sandbox.control import SandboxControl

BUDGET = Budget(10**12, 10**12, {"GB": 40_000}, is_trial=False, key_version=1)


def another_launch(name: str, schools: list[School]) -> Launch:
    maker = Actor("maker@example.org", Staff.objects.get(name="maker").pk)
    launch = create_launch(
        CampaignVersion.objects.get(),
        name=name,
        starts_on=now().date(),
        schools=schools,
        actor=maker,
    )
    Launch.objects.filter(pk=launch.pk).update(state="approved")
    return start_launch(launch, actor=maker)


@pytest.fixture
def launches(providers: SandboxControl, ledger: FrozenClock) -> list[Launch]:
    """Two launches in one lane; the first has three batches, and its wake-ups came first."""
    north, south = build.build_school("north"), build.build_school("south")
    build.build_parents(north, 9)
    for number in range(3):
        build.build_parent(south, phone=f"+4477008{number:05d}")
    found = [build.build_running_launch([north]), another_launch("Winter", [south])]
    for launch in found:
        plan_step_run(build.first_run(launch).pk)
    split(Batch.objects.get(step_run__launch=found[0]))
    ledger.tick(timedelta(hours=2))
    return found


def split(batch: Batch) -> None:
    """Into three of three deliveries each."""
    first_id = batch.first_id
    for part in range(3):
        batch.pk = batch.pk if part == 0 else None
        batch.first_id, batch.last_id = first_id + 3 * part, first_id + 3 * part + 2
        batch.save()
        Delivery.objects.filter(
            step_run=batch.step_run, id__range=(batch.first_id, batch.last_id)
        ).update(batch=batch)


def batches_of(launch: Launch) -> list[int]:
    found = Batch.objects.filter(step_run__launch=launch).order_by("pk")
    return list(found.values_list("pk", flat=True))


def worked_in_turn(wake_ups: list[int]) -> list[Launch]:
    """Whose deliveries went out with each wake-up."""
    order: list[int] = []
    seen: set[tuple[int, int]] = set()
    for batch_id in wake_ups:
        send_next(batch_id)
        sent = set(Delivery.objects.filter(state="accepted").values_list("step_run__launch", "id"))
        order += [launch for launch, _ in sent - seen][:1]
        seen = sent
    return [Launch.objects.get(pk=pk) for pk in order]


def make_urgent(launch: Launch) -> None:
    asker = build.build_staff("asker")
    ask_urgent(launch, actor=asker, why="a case at this school")
    approve_urgent(launch, actor=Actor("approver@example.org", approver().pk))


def approver() -> Staff:
    return Staff.objects.get(name="approver")


def test_a_launch_that_came_late_has_its_turn_after_one_batch(launches: list[Launch]) -> None:
    many, few = launches

    order = worked_in_turn([*batches_of(many), *batches_of(few)])

    assert order == [many, few, many, many]


def test_an_urgent_launch_goes_first_and_the_others_wait_for_its_senders(
    launches: list[Launch],
) -> None:
    many, few = launches
    make_urgent(few)

    send_batch(batches_of(many)[0])
    assert not Delivery.objects.filter(state="accepted").exists()
    order = worked_in_turn([*batches_of(many), *batches_of(few)])

    assert order == [few, many, many, many]


def test_a_pass_under_way_makes_room_for_an_urgent_launch(launches: list[Launch]) -> None:
    many, few = launches

    async def take() -> lease.LeasedBatch | None:
        async with pooled() as db:
            return await lease.take(db, batches_of_many[0], now())

    async def is_renewed(batch: lease.LeasedBatch) -> bool:
        async with pooled() as db:
            return await lease.extend(db, batch)

    batches_of_many = batches_of(many)
    batch = lanes.run_async(take())
    assert batch is not None
    assert lanes.run_async(is_renewed(batch))
    make_urgent(few)
    assert not lanes.run_async(is_renewed(batch))


def test_an_urgent_launch_that_cannot_send_holds_nobody_up(launches: list[Launch]) -> None:
    many, few = launches
    make_urgent(few)
    Batch.objects.filter(step_run__launch=few).update(served_at=Now())

    send_batch(batches_of(many)[0])

    assert Delivery.objects.filter(state="accepted").count() == 3


def test_going_first_needs_a_second_person(launches: list[Launch]) -> None:
    asker = build.build_staff("asker")
    ask_urgent(launches[1], actor=asker, why="a case at this school")

    with pytest.raises(NotAllowed):
        approve_urgent(launches[1], actor=asker)
    second = Actor("approver@example.org", approver().pk)
    assert approve_urgent(launches[1], actor=second).is_urgent
    assert not end_urgent(launches[1], actor=asker, why="it is out").is_urgent


def test_the_sweeper_wakes_launches_in_turn(
    launches: list[Launch], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.delivery.upkeep._MOST_WAKES", 2)

    assert wake_due_batches() == 2

    woken = Batch.objects.filter(woken_at__isnull=False)
    assert {each.step_run.launch for each in woken} == set(launches)


def test_a_slow_sender_is_worked_by_one_pass_at_a_time(launches: list[Launch]) -> None:
    Sender.objects.update(rate_per_second=1)
    first, second, _ = batches_of(launches[0])
    Batch.objects.filter(pk=first).update(lease_token=7, lease_until="2999-01-01T00:00Z")

    assert lanes.run_async(take_turn(second)) is None


def test_a_stop_is_confirmed_while_bulk_waits_for_a_tight_throttle(
    launches: list[Launch], providers: SandboxControl
) -> None:
    sender = Sender.objects.get(channel="sms")
    Sender.objects.filter(pk=sender.pk).update(rate_per_second=0.001, most_a_day=0)
    AccountLimit.objects.create(provider="twilio", most_a_day=0, paused_until="2999-01-01T00:00Z")
    suppress("sms", "+447700900000", reason=SuppressionReason.ASKED, evidence="x", actor=OPERATOR)
    queue_notice(
        NoticeKind.STOP_CONFIRMATION,
        "stop:1",
        channel=Channel.SMS,
        destination="+447700900000",
        sender=sender,
        school=None,
        text="You get no more messages.",
        expires_in=timedelta(minutes=5),
        actor=OPERATOR,
    )
    for batch_id in batches_of(launches[0]):
        send_next(batch_id)

    assert send_due_notices() == 1

    assert Notice.objects.get().state == "accepted"
    assert providers.accepted(Channel.SMS).accepted == 1
    assert set(Delivery.objects.values_list("state", flat=True)) == {"pending"}


def test_no_claim_commits_after_a_pause(launches: list[Launch]) -> None:
    """A pause waits for the claim under way; the next one finds the launch paused."""
    launch = launches[0]
    batch_id = batches_of(launch)[0]
    paused = threading.Event()
    claimed: dict[str, list[int]] = {}

    def pause() -> None:
        pause_launch(launch, actor=OPERATOR, why="stop")
        paused.set()
        connection.close()

    async def claim_around_the_pause() -> None:
        async with pooled() as db, pooled() as other:
            batch = await lease.take(db, batch_id, now())
            assert batch is not None
            await other.execute("BEGIN")
            await other.execute(TAKE_SHARED_SQL)
            pausing.start()
            claimed["is_paused_while_claiming"] = [paused.wait(0.3)]
            wish = claiming.Wish(batch.first_id, 0, 1, 0)
            await other.execute("COMMIT")
            assert paused.wait(10)
            claims = await claiming.claim(
                db, batch, [wish], call_id=None, budget=BUDGET, actor="race"
            )
            claimed["after"] = list(claims.attempts)
            assert claims.is_closed

    pausing = threading.Thread(target=pause)
    lanes.run_async(claim_around_the_pause())
    pausing.join()

    assert claimed == {"is_paused_while_claiming": [False], "after": []}
