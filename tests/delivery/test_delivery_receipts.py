"""Receipts move the ledger by the written matrix: once, in any order (promises 3 and 5)."""

from __future__ import annotations

import random
from datetime import timedelta

import delivery_builders as build
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.campaigns.models import StepRun
from outreach.consent.actions import hold, suppress
from outreach.consent.models import Suppression
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock, now
from outreach.core.tokens import DELIVERY_STATUS
from outreach.delivery.actions import apply_receipts, decide_unknown, plan_step_run, send_batch
from outreach.delivery.controls import Verdict
from outreach.delivery.counters import fold_tallies
from outreach.delivery.models import (
    Batch,
    Delivery,
    DeliveryEvent,
    DeliveryState,
    Tally,
    UnknownOutcome,
)
from outreach.delivery.queries import launch_progress, unknown_to_decide
from outreach.delivery.reconcile import reconcile_unknown
from outreach.delivery.rules import MATRIX, Event, next_state
from outreach.inbox.models import ProviderEvent
from outreach.notices.models import Notice
from outreach.organisation import lanes
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Sender
from outreach.providers.port import OutboundSms
from outreach.sandbox.control import SandboxControl
from outreach.sandbox.faults import FaultKind


def sent_run(clock: FrozenClock, count: int, channel: str = "sms") -> StepRun:
    build.build_parents(build.build_school(), count, channel)
    run = build.first_run(build.build_running_launch())
    plan_step_run(run.pk)
    clock.tick(timedelta(hours=2))
    for batch in Batch.objects.all():
        send_batch(batch.pk)
    return run


def report(row: Delivery, kind: str, *, attempt: int | None = None, **more: object) -> None:
    token = lanes.sealer().seal(DELIVERY_STATUS, row.step_run_id, row.id, attempt or row.attempt)
    ProviderEvent.objects.create(
        provider="twilio",
        event_key=f"{row.id}|{kind}|{attempt}|{random.random()}",  # noqa: S311
        token=token,
        kind=kind,
        received_at=now(),
        **more,
    )


def state_of(row: Delivery) -> str:
    return Delivery.objects.get(step_run=row.step_run_id, id=row.id).state


def test_receipts_in_any_order_end_in_the_same_state(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    run = sent_run(ledger, 6)
    kinds = ["accepted", "delivered", "accepted", "", "deferred"]
    for row in Delivery.objects.filter(step_run=run):
        for kind in random.sample(kinds, len(kinds)):
            report(row, kind)

    apply_receipts()

    assert {row.state for row in Delivery.objects.filter(step_run=run)} == {"delivered"}


def test_delivered_may_become_bounced_and_nothing_else_goes_backwards(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    row = Delivery.objects.get(step_run=sent_run(ledger, 1))
    for kind, after in (
        ("delivered", "delivered"),
        ("accepted", "delivered"),
        ("failed", "delivered"),
        ("bounced", "bounced"),
        ("delivered", "bounced"),
    ):
        report(row, kind)
        apply_receipts()
        assert state_of(row) == after


def test_a_receipt_of_an_older_attempt_stops_the_next_one(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    build.build_parents(build.build_school(), 1)
    run = build.first_run(build.build_running_launch())
    plan_step_run(run.pk)
    ledger.tick(timedelta(hours=2))
    providers.fail(Channel.SMS, FaultKind.HTTP_503)
    send_batch(Batch.objects.get().pk)
    row = Delivery.objects.get(step_run=run)
    assert (row.state, row.attempt) == ("pending", 1)

    row.attempt = 2
    report(row, "failed", attempt=1)
    Delivery.objects.filter(step_run=run).update(attempt=2)
    apply_receipts()

    assert state_of(row) == "accepted"
    assert DeliveryEvent.objects.filter(event="older_accepted").count() == 1


def test_one_event_proves_the_whole_request(providers: SandboxControl, ledger: FrozenClock) -> None:
    providers.fail(Channel.EMAIL, FaultKind.RESET_AFTER)
    run = sent_run(ledger, 20, "email")
    assert {row.state for row in Delivery.objects.all()} == {"unknown"}

    report(Delivery.objects.filter(step_run=run)[3], "delivered")
    apply_receipts()

    states = sorted(row.state for row in Delivery.objects.filter(step_run=run))
    assert states == ["accepted"] * 19 + ["delivered"]
    assert not UnknownOutcome.objects.exists()


def test_a_bounce_and_a_complaint_block_the_address(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    run = sent_run(ledger, 2, "email")
    first, second = Delivery.objects.filter(step_run=run)
    report(first, "bounced", permanent=True, refusal="bad_address")
    report(second, "complained")

    apply_receipts()

    assert sorted(row.reason for row in Suppression.objects.all()) == ["bounce", "complaint"]


def test_an_unknown_text_is_found_in_the_providers_list(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    providers.fail(Channel.SMS, FaultKind.RESET_AFTER)
    run = sent_run(ledger, 3)
    providers.clear_faults()
    ledger.tick(timedelta(minutes=2))

    found = reconcile_unknown()

    assert found == 3
    assert {row.state for row in Delivery.objects.filter(step_run=run)} == {"accepted"}
    assert all(row.message_id for row in Delivery.objects.filter(step_run=run))


def test_a_notice_to_the_same_phone_proves_nothing(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    providers.fail(Channel.SMS, FaultKind.HTTP_500)
    run = sent_run(ledger, 1)
    providers.clear_faults()
    sender = Sender.objects.get(channel="sms")
    message = OutboundSms("+447700900000", sender.identity, "You are off the list.", "", 60)
    accepted = lanes.run_async(lanes.sms_provider(sender).send(message))
    Notice.objects.create(
        kind="stop_confirmation",
        dedupe_key="x",
        channel="sms",
        destination="+447700900000",
        text="You are off the list.",
        state="accepted",
        message_id=accepted.message_id or "",
        created_at=now(),
        expires_at=now(),
        not_before_at=now(),
    )
    ledger.tick(timedelta(minutes=2))

    assert reconcile_unknown() == 0
    assert Delivery.objects.get(step_run=run).state == "unknown"


def test_absence_is_never_proof_and_becomes_a_decision_after_ten_minutes(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    providers.fail(Channel.SMS, FaultKind.HTTP_500)
    run = sent_run(ledger, 3)
    launch = run.launch
    providers.clear_faults()
    ledger.tick(timedelta(minutes=2))
    assert reconcile_unknown() == 0
    assert unknown_to_decide(launch) == 0
    ledger.tick(timedelta(minutes=9))
    assert unknown_to_decide(launch) == 3

    settled = decide_unknown(launch, Verdict.SEND_AGAIN, actor=OPERATOR, why="not in the list")
    send_batch(Batch.objects.get().pk)

    assert settled == 3
    assert {row.state for row in Delivery.objects.filter(step_run=run)} == {"accepted"}
    assert {row.attempt for row in Delivery.objects.filter(step_run=run)} == {2}


def test_progress_of_a_launch_comes_from_the_counters_and_equals_the_rows(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    run = sent_run(ledger, 30)
    for row in Delivery.objects.filter(step_run=run)[:10]:
        report(row, "delivered")
    apply_receipts()

    progress = launch_progress(run.launch)

    assert progress.by_state == {"accepted": 20, "delivered": 10}
    assert progress.reasons == []
    assert progress.planned == 30
    assert progress.rate_per_minute > 0


def test_counters_of_finished_batches_are_added_up_and_late_receipts_still_count(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    run = sent_run(ledger, 30)
    before = launch_progress(run.launch).by_state
    batches = {batch.pk for batch in Batch.objects.filter(is_done=True)}

    fold_tallies()

    assert launch_progress(run.launch).by_state == before == {"accepted": 30}
    assert not Tally.objects.filter(batch_key__in=batches).exists()
    for row in Delivery.objects.filter(step_run=run)[:10]:
        report(row, "delivered")
    apply_receipts()
    assert launch_progress(run.launch).by_state == {"accepted": 20, "delivered": 10}
    fold_tallies()
    assert launch_progress(run.launch).by_state == {"accepted": 20, "delivered": 10}


def test_why_people_were_left_out_is_counted_and_uncounted_with_the_rows(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    parents = build.build_parents(build.build_school(), 5)
    run = build.first_run(build.build_running_launch())
    plan_step_run(run.pk)
    ledger.tick(timedelta(hours=2))
    for parent in parents[:2]:
        suppress("sms", parent.phone.match_key, reason="asked", evidence="x", actor=OPERATOR)
    hold(parents[2].phone.pk, reason="unsure", actor=OPERATOR)
    send_batch(Batch.objects.get().pk)
    assert launch_progress(run.launch).reasons == [("suppressed", 2), ("held", 1)]

    Delivery.objects.filter(step_run=run, reason="suppressed").update(attempt=2)
    for row in Delivery.objects.filter(step_run=run, reason="suppressed")[:1]:
        report(row, "delivered", attempt=1)
    apply_receipts()

    progress = launch_progress(run.launch)
    assert dict(progress.reasons) == {"suppressed": 1, "held": 1}
    assert progress.by_state == {"accepted": 3, "skipped": 2}


@given(st.lists(st.sampled_from(list(Event)), max_size=12))
def test_no_history_leads_out_of_the_matrix_or_back_from_the_end(events: list[Event]) -> None:
    state = DeliveryState.PENDING
    for event in events:
        before, state = state, next_state(event, state) or state
        if before is DeliveryState.DELIVERED:
            assert state in (DeliveryState.DELIVERED, DeliveryState.BOUNCED)
        if before is DeliveryState.BOUNCED:
            left = DeliveryState.PENDING if event is Event.FALL_BACK else DeliveryState.BOUNCED
            assert state is left


def test_only_staff_or_certainty_lead_back_to_waiting() -> None:
    back = {
        (event, before)
        for event, moves in MATRIX.items()
        for before, after in moves.items()
        if after is DeliveryState.PENDING
    }
    assert back == {
        (Event.GIVE_BACK, DeliveryState.SENDING),
        (Event.GIVE_BACK, DeliveryState.UNKNOWN),
        (Event.RETRY, DeliveryState.FAILED),
        (Event.FALL_BACK, DeliveryState.FAILED),
        (Event.FALL_BACK, DeliveryState.BOUNCED),
        (Event.DECIDE_AGAIN, DeliveryState.UNKNOWN),
    }


@pytest.mark.usefixtures("ledger")
def test_a_token_that_is_not_ours_moves_nothing() -> None:
    ProviderEvent.objects.create(
        provider="twilio", event_key="x", token="abc", kind="delivered", received_at=now()
    )

    assert apply_receipts() == 1
    assert ProviderEvent.objects.get().processed_at is not None
