"""For every way out: the next step is not sent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from opting_ways import ANNA, MAILS, PHONE, TEXTS, TO_A_MAILBOX

from outreach.consent.models import Suppression
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock
from outreach.delivery.actions import plan_step_run, send_batch
from outreach.delivery.models import Batch, Delivery
from outreach.delivery.receipts import apply_receipts
from tests.delivery import delivery_builders as build
from tests.imap_server import ImapServer
from tests.replies.replies_house import House, deliver_first_step

# The provider itself refuses or drops; the delivery was tried once, and is not accepted.
TRIED = {"known to the provider alone"}


def next_step(clock: FrozenClock) -> Delivery | None:
    """The second step as the workers do it, a day later."""
    launch = build.Launch.objects.get()
    run = launch.step_runs.order_by("position")[1]
    plan_step_run(run.pk)
    clock.tick(timedelta(days=1))
    for batch in Batch.objects.filter(step_run=run):
        send_batch(batch.pk)
    return Delivery.objects.filter(step_run=run).first()


def leave(house: House, channel: Channel, address: str, clock: FrozenClock, name: str) -> None:
    """What follows a way out: the next step, and the proof that it did not go."""
    before = house.sandbox.accepted(channel).accepted
    sent = next_step(clock)
    house.sandbox.wait_until_quiet()
    apply_receipts()
    assert house.sandbox.accepted(channel).accepted == before, name
    assert sent is not None
    expected = {"failed"} if name in TRIED else {"skipped"}
    assert {sent.state} == expected


@pytest.mark.parametrize("name", list(TEXTS))
def test_next_text_is_not_sent_after(house: House, frozen_clock: FrozenClock, name: str) -> None:
    build.build_parent(build.build_school(), phone=PHONE)
    deliver_first_step()
    house.sandbox.wait_until_quiet()
    assert house.sandbox.accepted(Channel.SMS).accepted == 1

    TEXTS[name](house)

    leave(house, Channel.SMS, PHONE, frozen_clock, name)
    if name in TRIED:
        assert Suppression.objects.get().reason == "provider"


@pytest.mark.parametrize("name", list(MAILS))
def test_next_mail_is_not_sent_after(house: House, frozen_clock: FrozenClock, name: str) -> None:
    build.build_parent(build.build_school(), email=ANNA)
    deliver_first_step()
    house.sandbox.wait_until_quiet()
    assert house.sandbox.accepted(Channel.EMAIL).accepted == 1

    MAILS[name](house)

    leave(house, Channel.EMAIL, ANNA, frozen_clock, name)


@pytest.mark.parametrize("name", list(TO_A_MAILBOX))
def test_next_mail_is_not_sent_after_a_mailbox_brought(
    house: House, mailbox: ImapServer, frozen_clock: FrozenClock, name: str
) -> None:
    build.build_parent(build.build_school(), email=ANNA)
    deliver_first_step()
    house.sandbox.wait_until_quiet()

    TO_A_MAILBOX[name](house, mailbox)

    leave(house, Channel.EMAIL, ANNA, frozen_clock, name)


def test_nobody_who_said_nothing_is_left_out(house: House, frozen_clock: FrozenClock) -> None:
    """The tests above would also pass if the second step went to nobody."""
    build.build_parent(build.build_school(), phone=PHONE)
    deliver_first_step()
    sent = next_step(frozen_clock)
    assert sent is not None
    assert house.sandbox.accepted(Channel.SMS).accepted == 2
