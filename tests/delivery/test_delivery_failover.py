"""A sender that does not work is replaced by its stand-in, and comes back after good probes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import delivery_builders as build
import pytest
from django.db.models import F

from bench.chaos.mail import MailServer
from outreach.config.environment import environment
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock
from outreach.core.errors import BadInput
from outreach.delivery import health
from outreach.delivery.actions import plan_step_run, send_batch
from outreach.delivery.failover import turn_batches
from outreach.delivery.models import (
    Batch,
    Delivery,
    HealthState,
    SenderHealth,
    SenderPulse,
    SenderSwitch,
    UnknownOutcome,
)
from outreach.delivery.pulse import Pulse
from outreach.delivery.queries import launch_progress
from outreach.delivery.reconcile import reconcile_unknown
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import AuditEntry, OptOutHandler, Sender
from outreach.organisation.stand_ins import name_stand_in
from outreach.sandbox.control import SandboxControl
from outreach.sandbox.faults import FaultKind

PEOPLE = 60


@pytest.fixture(autouse=True)
def nothing_unwritten() -> None:
    """A process keeps good news for two seconds; tests are shorter."""
    health._unwritten.clear()
    health._written_at.clear()


@pytest.fixture
def relay(providers: SandboxControl, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """A mail server, and a second sender that writes through it when SendGrid does not work."""
    with MailServer() as server:
        monkeypatch.setenv("OUTREACH_SMTP_URL", server.url)
        environment.cache_clear()
        name_stand_in(
            first_sender(), add_sender("smtp", "hello@relay.outreach.test"), actor=OPERATOR
        )
        yield server


def add_sender(provider: str, identity: str, **more: object) -> Sender:
    return Sender.objects.create(
        **{
            "channel": Channel.SMS if provider == "twilio" else Channel.EMAIL,
            "provider": provider,
            "identity": identity,
            "can_receive": True,
            "opt_out_handled_by": OptOutHandler.US,
            "rate_per_second": 1000,
            **more,
        }
    )


def first_sender(channel: str = "email") -> Sender:
    return Sender.objects.filter(channel=channel).order_by("pk")[0]


def planned(clock: FrozenClock, channel: str = "email", people: int = PEOPLE) -> None:
    build.build_parents(build.build_school(), people, channel)
    plan_step_run(build.first_run(build.build_running_launch()).pk)
    clock.tick(timedelta(hours=2))


def send_once() -> None:
    """Every open batch once, as if it was woken after its rest."""
    Sender.objects.update(paused_until=None)
    for batch in Batch.objects.filter(is_done=False).order_by("pk"):
        Batch.objects.filter(pk=batch.pk).update(try_after=None)
        send_batch(batch.pk)


def state_of(sender: Sender) -> str:
    return SenderHealth.objects.get(sender=sender).state


def rest_is_over() -> None:
    SenderHealth.objects.exclude(probe_at=None).update(probe_at=F("probe_at") - timedelta(hours=1))


def states() -> Counter[str]:
    return Counter(Delivery.objects.values_list("state", flat=True))


def trip() -> None:
    health.trip(first_sender(), "3 of 3 calls failed within two minutes.")


@pytest.mark.parametrize("fault", [FaultKind.HTTP_503, FaultKind.REFUSED])
def test_a_provider_that_is_away_is_replaced_and_nobody_is_written_to_twice(
    providers: SandboxControl, relay: MailServer, ledger: FrozenClock, fault: FaultKind
) -> None:
    planned(ledger)
    providers.fail(Channel.EMAIL, fault)

    for _ in range(health.FEWEST_CHUNKS):
        assert relay.taken == []
        send_once()
    assert state_of(first_sender()) == HealthState.TRIPPED
    send_once()

    assert states() == {"accepted": PEOPLE}
    assert len(relay.taken) == len(set(relay.taken)) == PEOPLE
    providers.clear_faults()
    assert providers.accepted(Channel.EMAIL).accepted == 0
    launch = Delivery.objects.all()[0].step_run.launch
    assert launch_progress(launch).by_state == {"accepted": PEOPLE}
    assert SenderSwitch.objects.get().why.startswith("3 of 3 calls failed")
    assert AuditEntry.objects.filter(action="sender.tripped").count() == 1


def test_what_may_have_been_taken_never_goes_to_the_other_provider(
    providers: SandboxControl, relay: MailServer, ledger: FrozenClock
) -> None:
    planned(ledger)
    Sender.objects.update(rate_per_second=20)
    providers.fail(Channel.EMAIL, FaultKind.RESET_AFTER)
    send_once()
    lost = set(Delivery.objects.filter(state="unknown").values_list("id", flat=True))
    assert lost
    trip()

    for _ in range(4):
        send_once()

    assert set(Delivery.objects.filter(state="unknown").values_list("id", flat=True)) == lost
    reached = set(Delivery.objects.exclude(id__in=lost).values_list("address__value", flat=True))
    assert set(relay.taken) <= reached
    assert len(relay.taken) == len(set(relay.taken))
    assert {each.sender_id for each in UnknownOutcome.objects.all()} == {first_sender().pk}


def test_a_batch_with_an_open_call_stays_with_its_sender(
    providers: SandboxControl, relay: MailServer, ledger: FrozenClock
) -> None:
    planned(ledger, people=2)
    first = Delivery.objects.order_by("id")[0]
    Delivery.objects.filter(id=first.id).update(state="sending", attempt=1)
    trip()

    assert turn_batches() == 0
    send_once()

    assert relay.taken == []


def test_it_comes_back_only_after_three_good_probes(
    providers: SandboxControl, relay: MailServer, ledger: FrozenClock
) -> None:
    planned(ledger, people=50)
    trip()

    for good in range(1, health.GOOD_PROBES + 1):
        rest_is_over()
        send_once()
        assert providers.accepted(Channel.EMAIL).accepted == 10 * good

    assert state_of(first_sender()) == HealthState.HEALTHY
    assert AuditEntry.objects.filter(action="sender.recovered").count() == 1
    send_once()
    assert (providers.accepted(Channel.EMAIL).accepted, relay.taken) == (50, [])


def test_between_two_probes_the_stand_in_writes(
    providers: SandboxControl, relay: MailServer, ledger: FrozenClock
) -> None:
    planned(ledger, people=50)
    trip()
    rest_is_over()
    send_once()

    send_once()

    assert (providers.accepted(Channel.EMAIL).accepted, len(relay.taken)) == (10, 40)
    assert state_of(first_sender()) == HealthState.PROBING
    assert Batch.objects.get().instead_of == first_sender()


def test_a_bad_probe_rests_it_twice_as_long(
    providers: SandboxControl, relay: MailServer, ledger: FrozenClock
) -> None:
    planned(ledger, people=100)
    providers.fail(Channel.EMAIL, FaultKind.HTTP_503)
    trip()
    rest_is_over()
    assert SenderHealth.objects.get().rest_seconds == health.FIRST_REST_SECONDS

    send_once()

    found = SenderHealth.objects.get()
    assert (found.state, found.rest_seconds) == ("tripped", 2 * health.FIRST_REST_SECONDS)
    assert states()["pending"] == 100
    send_once()
    assert relay.taken


def test_a_few_bad_calls_among_good_ones_trip_nobody(ledger: FrozenClock) -> None:
    sender = first_sender()
    health.note_pass(sender, Pulse(chunks=8, failing=0, milliseconds=800))

    assert not health.note_pass(sender, Pulse(chunks=3, failing=3, milliseconds=300))
    assert not SenderHealth.objects.exists()
    assert health.note_pass(sender, Pulse(chunks=6, failing=6, milliseconds=600))


def test_two_bad_calls_are_too_few_to_judge(ledger: FrozenClock) -> None:
    assert not health.note_pass(first_sender(), Pulse(chunks=2, failing=2))


def test_answers_that_take_long_trip_it_too(ledger: FrozenClock) -> None:
    sender = first_sender()

    assert health.note_pass(sender, Pulse(chunks=3, failing=0, milliseconds=60_000))
    assert "20 seconds each" in SenderHealth.objects.get(sender=sender).why


def test_what_was_judged_before_is_not_judged_again(ledger: FrozenClock) -> None:
    sender = first_sender()
    SenderPulse.objects.all().delete()
    assert health.note_pass(sender, Pulse(chunks=5, failing=5))
    SenderPulse.objects.update(slot_at=F("slot_at") - timedelta(seconds=20))
    for _ in range(health.GOOD_PROBES):
        known = Sender.objects.select_related("health").get(pk=sender.pk)
        health.note_pass(known, Pulse(chunks=1))
    assert state_of(sender) == HealthState.HEALTHY

    again = Sender.objects.select_related("health").get(pk=sender.pk)

    assert not health.note_pass(again, Pulse(chunks=1, failing=1))


def test_good_news_is_written_together(ledger: FrozenClock) -> None:
    sender = first_sender()
    for _ in range(5):
        health.note_pass(sender, Pulse(chunks=1, milliseconds=10))

    assert [each.chunks for each in SenderPulse.objects.all()] == [1]


@pytest.mark.parametrize("forced", [HealthState.TRIPPED, HealthState.HEALTHY])
def test_staff_may_decide_in_place_of_the_numbers(
    providers: SandboxControl, relay: MailServer, ledger: FrozenClock, forced: HealthState
) -> None:
    planned(ledger, people=5)
    if forced is HealthState.HEALTHY:
        trip()

    health.force_sender(first_sender(), forced, actor=OPERATOR, why="we know better")
    send_once()

    assert len(relay.taken) == (5 if forced is HealthState.TRIPPED else 0)
    entry = AuditEntry.objects.get(action="sender.forced")
    assert (entry.actor, entry.why) == (OPERATOR.name, "we know better")


def test_refused_credentials_turn_to_the_stand_in_and_pause_nobody(
    providers: SandboxControl,
    relay: MailServer,
    ledger: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    planned(ledger, people=5)
    monkeypatch.setenv("OUTREACH_SENDGRID_API_KEY", "SG.wrong")
    environment.cache_clear()

    send_once()
    send_once()

    assert len(relay.taken) == 5
    assert Delivery.objects.all()[0].step_run.launch.state == "running"


def test_a_stand_in_without_an_account_is_not_asked(
    providers: SandboxControl,
    relay: MailServer,
    ledger: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    planned(ledger, people=5)
    trip()
    monkeypatch.delenv("OUTREACH_SMTP_URL")
    environment.cache_clear()

    assert turn_batches() == 0
    send_once()

    assert providers.accepted(Channel.EMAIL).accepted == 5


def test_a_text_by_a_name_instead_of_a_number_carries_the_stop_link(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    name = add_sender("twilio", "SafeNet", can_receive=False)
    name_stand_in(first_sender("sms"), name, actor=OPERATOR)
    planned(ledger, "sms", people=1)
    health.trip(first_sender("sms"), "away")

    send_once()

    (message,) = providers.messages(Channel.SMS, "+447700900000")
    assert "/u/" in message["body"]
    assert message["from"] == "SafeNet"


def test_an_unknown_text_is_looked_up_where_it_was_sent_from(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    name_stand_in(first_sender("sms"), add_sender("twilio", "+447700900998"), actor=OPERATOR)
    planned(ledger, "sms", people=1)
    providers.fail(Channel.SMS, FaultKind.RESET_AFTER, count=1)
    send_once()
    providers.clear_faults()
    health.trip(first_sender("sms"), "away")
    Batch.objects.update(is_done=False)
    assert turn_batches() == 1
    ledger.tick(timedelta(minutes=2))

    assert reconcile_unknown() == 1
    assert states()["unknown"] == 0


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"provider": "smtp", "identity": "a@outreach.test"}, "does not carry"),
        ({"provider": "twilio", "identity": "+4477009998", "countries": ["IE"]}, "does not write"),
    ],
)
def test_who_cannot_reach_everybody_stands_in_for_nobody(
    ledger: FrozenClock, more: dict[str, object], words: str
) -> None:
    other = add_sender(**more)  # type: ignore[arg-type]  # as the table above names them

    with pytest.raises(BadInput, match=words):
        name_stand_in(first_sender("sms"), other, actor=OPERATOR)


def test_a_name_stands_in_only_where_its_stop_link_would_open(
    ledger: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = add_sender("twilio", "SafeNet", can_receive=False)
    monkeypatch.setenv("OUTREACH_MODE", "trial")
    monkeypatch.setenv("OUTREACH_PUBLIC_URL", "http://localhost:8000")
    environment.cache_clear()

    with pytest.raises(BadInput, match="stop link"):
        name_stand_in(first_sender("sms"), name, actor=OPERATOR)


def test_nobody_is_planned_for_a_stand_in_while_its_sender_is_in_use(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    first = first_sender()
    older = add_sender("smtp", "hello@relay.outreach.test")
    name_stand_in(older, first, actor=OPERATOR)  # `first` has the lower id

    planned(ledger, people=1)

    assert Batch.objects.get().sender == older
