"""What failed for a passing reason is tried again within its budget; the rest never is."""

from __future__ import annotations

from datetime import timedelta

import delivery_builders as build
import pytest

from outreach.consent.actions import suppress
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock, now
from outreach.core.tokens import DELIVERY_STATUS
from outreach.delivery.actions import apply_receipts, plan_step_run, send_batch
from outreach.delivery.models import Batch, Delivery, DeliveryEvent, Retry
from outreach.delivery.retries import retry_due
from outreach.inbox.models import ProviderEvent
from outreach.organisation import lanes
from outreach.organisation.audit import OPERATOR
from outreach.sandbox.control import SandboxControl


def sent(clock: FrozenClock) -> Delivery:
    build.build_parents(build.build_school(), 1)
    plan_step_run(build.first_run(build.build_running_launch()).pk)
    clock.tick(timedelta(hours=2))
    send_batch(Batch.objects.get().pk)
    return Delivery.objects.get()


def fail(refusal: str, *, permanent: bool = False, code: str = "30003") -> None:
    row = Delivery.objects.get()
    ProviderEvent.objects.create(
        provider="twilio",
        event_key=f"{row.attempt}|{refusal}",
        token=lanes.sealer().seal(DELIVERY_STATUS, row.step_run_id, row.id, row.attempt),
        kind="failed",
        provider_code=code,
        refusal=refusal,
        permanent=permanent,
        received_at=now(),
    )
    apply_receipts()


def test_an_unreachable_phone_is_tried_again_and_twice_at_most(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    sent(ledger)
    for minutes in (20, 80):
        fail("unreachable")
        assert retry_due() == 0
        ledger.tick(timedelta(minutes=minutes))
        assert retry_due() == 1
        send_batch(Batch.objects.get().pk)

    fail("unreachable")
    ledger.tick(timedelta(hours=3))

    assert retry_due() == 0
    assert (Delivery.objects.get().state, Delivery.objects.get().attempt) == ("failed", 3)
    assert providers.accepted(Channel.SMS).accepted == 3
    assert DeliveryEvent.objects.filter(event="retry").count() == 2


def test_a_full_queue_is_given_longer_than_a_phone_that_is_switched_off(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    sent(ledger)

    fail("passing", code="30001")

    ledger.tick(timedelta(minutes=20))
    assert retry_due() == 0
    ledger.tick(timedelta(minutes=60))
    assert retry_due() == 1


def test_what_a_busy_provider_gave_back_uses_up_no_retry(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    sent(ledger)
    Delivery.objects.update(attempt=3)

    fail("unreachable")

    assert Retry.objects.exists()


@pytest.mark.parametrize("refusal", ["cannot_receive", "content", "other", ""])
def test_what_would_fail_again_is_never_tried_again(
    providers: SandboxControl, ledger: FrozenClock, refusal: str
) -> None:
    sent(ledger)

    fail(refusal, permanent=refusal == "cannot_receive")

    assert not Retry.objects.exists()


def test_whoever_said_stop_meanwhile_is_not_tried_again(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    sent(ledger)
    fail("unreachable")
    suppress("sms", "+447700900000", reason="asked", evidence="x", actor=OPERATOR)
    ledger.tick(timedelta(minutes=20))
    retry_due()

    send_batch(Batch.objects.get().pk)

    assert Delivery.objects.get().reason == "suppressed"
    assert providers.accepted(Channel.SMS).accepted == 1


def test_past_its_expiry_nothing_is_tried_again(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    sent(ledger)
    fail("unreachable")
    ledger.tick(timedelta(hours=6))

    assert retry_due() == 0
    assert Delivery.objects.get().state == "failed"
