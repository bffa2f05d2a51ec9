"""A delivery that failed for good goes to the person's other channel, once, in its own history."""

from __future__ import annotations

from datetime import timedelta

import delivery_builders as build
import pytest
from fallback_builders import (
    DEFINITION,
    books_balance,
    bounce,
    events,
    report,
    row,
    send_all,
    sent,
    wait_and_fall_back,
)

from outreach.audience.models import Address
from outreach.consent.actions import hold, suppress
from outreach.consent.models import Suppression
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock, now
from outreach.delivery.actions import plan_step_run
from outreach.delivery.fallback import fall_back_due
from outreach.delivery.models import (
    Batch,
    Delivery,
    DeliveryEvent,
    Fallback,
    FallbackDue,
)
from outreach.delivery.queries import launch_progress
from outreach.delivery.retries import retry_due
from outreach.delivery.rules import Event
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Sender, SmsPrice
from outreach.sandbox.control import SandboxControl


def test_a_bounced_mail_goes_out_as_a_text_in_the_same_row(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    first = sent(ledger)
    bounce()

    assert fall_back_due() == 0  # a receipt that says otherwise may still come
    assert wait_and_fall_back(ledger) == 1
    assert books_balance()
    send_all()

    assert (row().state, row().attempt) == ("accepted", 2)
    assert row().id == first.id
    assert row().address == Address.objects.get(channel="sms")
    assert providers.accepted(Channel.SMS).accepted == 1
    assert providers.accepted(Channel.EMAIL).accepted == 1
    assert events()[-3:] == ["fall_back", "claim", "accept"]
    kept = Fallback.objects.get()
    assert (kept.address_id, kept.attempt) == (first.address_id, 1)
    assert books_balance()


def test_without_the_step_saying_so_nothing_falls_back(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    sent(ledger, build.DEFINITION)

    bounce()

    assert not FallbackDue.objects.exists()


def test_an_address_refused_at_once_falls_back_too(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    dead = {"channel": "sms", "suffix": "0001", "kind": "refused", "code": "21614"}
    providers.configure(outcomes=[dead])
    sms_first = DEFINITION.replace("[email, sms]", "[sms, email]")
    sent(ledger, sms_first)
    assert row().state == "failed"

    assert wait_and_fall_back(ledger) == 1
    send_all()

    assert (row().state, row().attempt) == ("accepted", 2)
    assert providers.accepted(Channel.EMAIL).accepted == 1


def test_an_unreachable_phone_falls_back_after_its_last_try(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    sent(ledger, DEFINITION.replace("[email, sms]", "[sms, email]"))
    for attempt, minutes in ((1, 20), (2, 80)):
        report("failed", attempt=attempt, refusal="unreachable")
        assert not FallbackDue.objects.exists()
        ledger.tick(timedelta(minutes=minutes))
        retry_due()
        send_all()

    report("failed", attempt=3, refusal="unreachable")

    assert wait_and_fall_back(ledger) == 1
    send_all()
    assert (row().state, row().attempt) == ("accepted", 4)
    assert providers.accepted(Channel.EMAIL).accepted == 1


@pytest.mark.parametrize("why", ["no_consent", "suppressed", "held", "no_address", "no_price"])
def test_the_other_address_must_be_one_that_may_be_written_to(
    providers: SandboxControl, ledger: FrozenClock, why: str
) -> None:
    sent(ledger, phone=None)
    if why != "no_address":
        school = row().school
        phone = build.give_address(
            row().person, school, "sms", "+447700900001", consent=why != "no_consent"
        )
        if why == "suppressed":
            suppress("sms", phone.match_key, reason="asked", evidence="x", actor=OPERATOR)
        elif why == "held":
            hold(phone.pk, reason="unsure", actor=OPERATOR)
        elif why == "no_price":
            SmsPrice.objects.all().delete()
    bounce()

    assert wait_and_fall_back(ledger) == 0

    last = DeliveryEvent.objects.order_by("id").last()
    assert last is not None
    assert (last.event, last.detail) == (Event.NO_FALLBACK, why)
    assert row().state == "bounced"


def test_a_stop_between_the_turn_and_the_claim_is_obeyed(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    sent(ledger)
    bounce()
    wait_and_fall_back(ledger)
    suppress("sms", "+447700900001", reason="asked", evidence="x", actor=OPERATOR)

    send_all()

    assert (row().state, row().reason) == ("skipped", "suppressed")
    assert providers.accepted(Channel.SMS).accepted == 0


def test_no_address_gets_the_step_twice_by_falling_back(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    school = build.build_school()
    phone = build.build_address("sms", "+447700900001")
    build.build_parent(school, email="anna@example.org", phone=phone)
    build.build_parent(school, email="joerg@example.org", phone=phone, name="Jörg")
    launch = build.build_running_launch(definition=DEFINITION)
    plan_step_run(build.first_run(launch).pk)
    ledger.tick(timedelta(hours=2))
    send_all()
    for each in Delivery.objects.all():
        bounce(of=each)

    assert wait_and_fall_back(ledger) == 1
    send_all()

    assert sorted(each.state for each in Delivery.objects.all()) == ["accepted", "bounced"]
    assert providers.accepted(Channel.SMS).accepted == 1
    assert launch_progress(launch).by_state == {"accepted": 1, "bounced": 1}


def test_a_newcomer_does_not_get_the_address_that_somebody_fell_back_from(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    first = sent(ledger, DEFINITION.replace("[email, sms]", "[sms, email]"))
    assert first.address is not None
    report("failed", refusal="cannot_receive")
    wait_and_fall_back(ledger)
    Suppression.objects.update(lifted_at=now())
    build.build_parent(first.school, phone=first.address, name="Jörg")

    plan_step_run(first.step_run_id)

    newcomer = Delivery.objects.exclude(id=first.id).get()
    assert (newcomer.state, newcomer.reason) == ("skipped", "shared_address")


def test_it_happens_once_and_never_goes_round(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    sent(ledger)
    bounce()
    wait_and_fall_back(ledger)
    send_all()

    report("failed", attempt=2, refusal="cannot_receive")

    assert wait_and_fall_back(ledger) == 0
    assert (row().state, row().attempt) == ("failed", 2)


def test_past_its_expiry_nothing_falls_back(providers: SandboxControl, ledger: FrozenClock) -> None:
    sent(ledger)
    bounce()
    ledger.tick(timedelta(hours=6))

    assert fall_back_due() == 0
    assert row().state == "bounced"


def test_a_bounce_that_comes_later_joins_the_batch_of_the_other_channel(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    school = build.build_school()
    for n in range(2):
        build.build_parent(school, email=f"p{n}@example.org", phone=f"+44770090000{n}")
    launch = build.build_running_launch(definition=DEFINITION)
    plan_step_run(build.first_run(launch).pk)
    ledger.tick(timedelta(hours=2))
    send_all()
    for each in Delivery.objects.order_by("id"):
        bounce(of=each)
        wait_and_fall_back(ledger)
        send_all()

    assert Batch.objects.filter(channel="sms").count() == 1
    assert {each.state for each in Delivery.objects.all()} == {"accepted"}
    assert {each.attempt for each in Delivery.objects.all()} == {2}
    assert not Batch.objects.filter(is_done=False).exists()


def test_the_text_is_counted_in_the_spending(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    launch = sent(ledger).step_run.launch
    assert launch_progress(launch).spent_micros == 0
    bounce()
    wait_and_fall_back(ledger)

    send_all()

    assert launch_progress(launch).spent_micros == 40_000


def test_without_a_sender_on_the_other_channel_it_stays_bounced(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    sent(ledger)
    Sender.objects.filter(channel="sms").update(is_active=False)
    bounce()

    assert wait_and_fall_back(ledger) == 0
    last = DeliveryEvent.objects.order_by("id").last()
    assert last is not None
    assert last.detail == "no_sender"
