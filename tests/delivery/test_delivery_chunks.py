"""How many texts are claimed together: few until the provider has shown that it is quick."""

from __future__ import annotations

from datetime import timedelta

import delivery_builders as build
import pytest
from django.db import connection

from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock, monotonic
from outreach.delivery.actions import plan_step_run, send_batch
from outreach.delivery.models import Batch, Delivery, DeliveryEvent
from outreach.delivery.sending.calling import CALLS_AT_ONCE, call_texts, rounds_that_fit
from outreach.organisation import lanes
from outreach.organisation.models import Sender
from outreach.providers.port import Accepted, OutboundSms
from outreach.sandbox.control import SandboxControl
from outreach.sandbox.faults import FaultKind


@pytest.mark.parametrize(
    ("texts", "seconds", "rounds"),
    [
        (64, 0.0, 4),
        (64, 0.24, 4),
        (64, 0.4, 2),
        (64, 0.6, 1),
        (64, 30.0, 1),
        (1, 0.4, 2),
        (256, 0.9, 4),
        (256, 1.9, 2),
        (256, 4.0, 1),
    ],
)
def test_a_chunk_has_as_many_rounds_as_fit_into_a_second(
    texts: int, seconds: float, rounds: int
) -> None:
    assert rounds_that_fit(texts, seconds) == rounds


def largest_claim() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM delivery_deliveryevent WHERE event = 'claim' "
            "GROUP BY tx ORDER BY 1 DESC LIMIT 1"
        )
        return int(cursor.fetchone()[0])


def test_a_slow_provider_gets_small_chunks_and_every_call_starts_in_time(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    build.build_parents(build.build_school(), 2 * CALLS_AT_ONCE + 10)
    run = build.first_run(build.build_running_launch())
    plan_step_run(run.pk)
    ledger.tick(timedelta(hours=2))
    providers.fail(Channel.SMS, FaultKind.SLOW, seconds=0.6)

    send_batch(Batch.objects.get().pk)

    assert largest_claim() == CALLS_AT_ONCE
    assert not DeliveryEvent.objects.filter(event="give_back").exists()
    assert set(Delivery.objects.values_list("state", "attempt")) == {("accepted", 1)}


def test_once_the_provider_asks_us_to_wait_the_rest_of_a_chunk_is_not_called(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    adapter = lanes.sms_provider(Sender.objects.get(channel=Channel.SMS))
    texts = [
        (number, 1, OutboundSms(f"+4477009{number:05d}", "+447700900999", "A text."))
        for number in range(CALLS_AT_ONCE + 20)
    ]
    providers.fail(Channel.SMS, FaultKind.HTTP_429, count=1)

    answers = lanes.run_async(call_texts(adapter, texts, monotonic()))

    assert [answer.id for answer in answers] == list(range(len(texts)))
    assert [answer.outcome for answer in answers[CALLS_AT_ONCE:]] == [None] * 20
    taken = [answer for answer in answers if isinstance(answer.outcome, Accepted)]
    assert len(taken) == CALLS_AT_ONCE - 1 == providers.accepted(Channel.SMS).accepted
