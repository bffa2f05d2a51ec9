"""A launch pauses itself past an error threshold and says why."""

from __future__ import annotations

from datetime import timedelta

import delivery_builders as build
import pytest

from outreach.campaigns.actions import resume_launch
from outreach.campaigns.models import Launch
from outreach.core.clock import FrozenClock, now
from outreach.core.tokens import DELIVERY_STATUS
from outreach.delivery.actions import apply_receipts, plan_step_run, send_batch
from outreach.delivery.models import Batch, Delivery
from outreach.delivery.trouble import pause_failing_launches
from outreach.inbox.models import ProviderEvent
from outreach.organisation import lanes
from outreach.organisation.audit import OPERATOR

pytestmark = pytest.mark.usefixtures("providers")


def sent_launch(clock: FrozenClock, people: int) -> Launch:
    build.build_parents(build.build_school(), people)
    launch = build.build_running_launch()
    plan_step_run(build.first_run(launch).pk)
    clock.tick(timedelta(hours=2))
    send_batch(Batch.objects.get().pk)
    return launch


def fail(rows: list[Delivery]) -> None:
    for row in rows:
        token = lanes.sealer().seal(DELIVERY_STATUS, row.step_run_id, row.id, row.attempt)
        ProviderEvent.objects.create(
            provider="twilio",
            event_key=f"{row.id}",
            token=token,
            kind="failed",
            provider_code="30008",
            received_at=now(),
        )
    apply_receipts()


def test_a_launch_of_which_too_much_fails_pauses_and_says_why(ledger: FrozenClock) -> None:
    launch = sent_launch(ledger, 60)
    fail(list(Delivery.objects.all()[:40]))

    assert pause_failing_launches() == 1

    launch.refresh_from_db()
    assert launch.state == "paused"
    assert launch.state_reason.startswith("40 messages failed, 60 were taken by the provider.")


def test_a_person_who_looked_and_resumed_is_not_overruled(ledger: FrozenClock) -> None:
    launch = sent_launch(ledger, 60)
    fail(list(Delivery.objects.all()[:40]))
    pause_failing_launches()
    ledger.tick(timedelta(minutes=2))

    resume_launch(launch, actor=OPERATOR)

    assert pause_failing_launches() == 0


def test_the_ordinary_loss_of_old_numbers_pauses_nothing(ledger: FrozenClock) -> None:
    sent_launch(ledger, 200)
    fail(list(Delivery.objects.all()[:26]))

    assert pause_failing_launches() == 0
