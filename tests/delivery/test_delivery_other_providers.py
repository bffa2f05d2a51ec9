"""The ledger through Vonage and Amazon SES: promises 3 and 5 do not depend on who carries."""

from __future__ import annotations

import random
from datetime import timedelta

import delivery_builders as build
import pytest

from outreach.campaigns.models import StepRun
from outreach.config.environment import environment
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock, now
from outreach.core.tokens import DELIVERY_STATUS
from outreach.delivery.actions import apply_receipts, plan_step_run, send_batch
from outreach.delivery.models import Batch, Delivery, UnknownOutcome
from outreach.delivery.reconcile import reconcile_unknown
from outreach.inbox.models import ProviderEvent
from outreach.organisation import lanes
from outreach.organisation.models import Sender
from outreach.sandbox.control import SandboxControl
from outreach.sandbox.faults import FaultKind


@pytest.fixture
def carried(providers: SandboxControl, monkeypatch: pytest.MonkeyPatch) -> SandboxControl:
    """Texts go by Vonage and mails by SES, in an account that tells no topic yet."""
    Sender.objects.filter(channel="sms").update(provider="vonage")
    Sender.objects.filter(channel="email").update(provider="ses")
    monkeypatch.setenv("OUTREACH_SES_CONFIGURATION_SET", "")
    environment.cache_clear()
    return providers


def sent_run(clock: FrozenClock, count: int, channel: str) -> StepRun:
    build.build_parents(build.build_school(), count, channel)
    run = build.first_run(build.build_running_launch())
    plan_step_run(run.pk)
    clock.tick(timedelta(hours=2))
    for batch in Batch.objects.all():
        send_batch(batch.pk)
    return run


def states(run: StepRun) -> list[str]:
    return sorted(row.state for row in Delivery.objects.filter(step_run=run))


def report(row: Delivery, kind: str) -> None:
    ProviderEvent.objects.create(
        provider="ses",
        event_key=f"{row.id}|{kind}|{random.random()}",  # noqa: S311 - made up
        token=lanes.sealer().seal(DELIVERY_STATUS, row.step_run_id, row.id, row.attempt),
        kind=kind,
        received_at=now(),
    )


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_each_message_goes_out_once_with_its_token(
    carried: SandboxControl, ledger: FrozenClock, channel: str
) -> None:
    run = sent_run(ledger, 70, channel)
    for batch in Batch.objects.all():
        send_batch(batch.pk)

    counts = carried.accepted(Channel(channel))
    assert states(run) == ["accepted"] * 70
    assert (counts.accepted, counts.distinct_tokens, counts.without_token) == (70, 70, 0)


def test_lost_answer_of_a_text_is_found_in_the_reports_and_not_sent_again(
    carried: SandboxControl, ledger: FrozenClock
) -> None:
    carried.fail(Channel.SMS, FaultKind.RESET_AFTER, 1)
    run = sent_run(ledger, 1, "sms")
    assert states(run) == ["unknown"]

    ledger.tick(timedelta(minutes=2))
    assert reconcile_unknown() == 1
    assert states(run) == ["accepted"]
    assert carried.accepted(Channel.SMS).accepted == 1


def test_receipt_of_one_mail_proves_nothing_of_another_that_went_by_itself(
    carried: SandboxControl, ledger: FrozenClock
) -> None:
    carried.fail(Channel.EMAIL, FaultKind.RESET_AFTER, 1)
    run = sent_run(ledger, 4, "email")
    assert states(run) == ["accepted"] * 3 + ["unknown"]

    report(Delivery.objects.filter(step_run=run, state="accepted")[0], "delivered")
    apply_receipts()
    assert states(run) == ["accepted"] * 2 + ["delivered", "unknown"]

    report(Delivery.objects.get(step_run=run, state="unknown"), "accepted")
    apply_receipts()
    assert states(run) == ["accepted"] * 3 + ["delivered"]
    assert not UnknownOutcome.objects.exists()


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_provider_that_is_busy_gets_them_later_and_nothing_is_lost(
    carried: SandboxControl, ledger: FrozenClock, channel: str
) -> None:
    carried.fail(Channel(channel), FaultKind.HTTP_503)
    run = sent_run(ledger, 3, channel)
    assert states(run) == ["pending"] * 3
    assert carried.accepted(Channel(channel)).accepted == 0
