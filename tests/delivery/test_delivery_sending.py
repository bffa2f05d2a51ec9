"""Claim, send, record: promises 2, 3, 5, 6, 7 and 12 on the real adapters over HTTP."""

from __future__ import annotations

from datetime import timedelta

import delivery_builders as build
import pytest

from outreach.campaigns.actions import pause_launch, resume_launch
from outreach.campaigns.models import Launch, StepRun
from outreach.config.environment import environment
from outreach.consent.actions import hold, suppress, withdraw
from outreach.consent.models import Suppression
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock, now
from outreach.delivery.actions import plan_step_run, send_batch, stop_school
from outreach.delivery.controls import lift_school_stop
from outreach.delivery.models import (
    Batch,
    Delivery,
    DeliveryEvent,
    Spend,
    Tally,
    UnknownOutcome,
)
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Sender, Staff, TrialDay
from outreach.sandbox.control import SandboxControl
from outreach.sandbox.faults import FaultKind

NOON = timedelta(hours=2)


def states(run: StepRun) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in Delivery.objects.filter(step_run=run):
        found[row.state] = found.get(row.state, 0) + 1
    return found


def tallies(run: StepRun) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in Tally.objects.filter(step_run=run):
        found[row.state] = found.get(row.state, 0) + row.number
    return {state: number for state, number in found.items() if number}


def planned_run(launch: Launch) -> StepRun:
    run = build.first_run(launch)
    plan_step_run(run.pk)
    return run


def send_all(clock: FrozenClock) -> None:
    for batch in Batch.objects.filter(is_done=False):
        send_batch(batch.pk)


def open_window(clock: FrozenClock) -> None:
    clock.tick(NOON)


def test_texts_go_out_once_and_the_books_balance(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    build.build_parents(build.build_school(), 150)
    run = planned_run(build.build_running_launch())
    open_window(ledger)

    send_all(ledger)
    send_all(ledger)

    assert states(run) == {"accepted": 150} == tallies(run)
    assert providers.accepted(Channel.SMS).accepted == 150
    assert not providers.accepted(Channel.SMS).duplicates
    assert Batch.objects.get().is_done
    assert all(row.message_id and row.segments for row in Delivery.objects.all())
    assert Spend.objects.get(key__startswith="launch:").micros == sum(
        (row.segments or 0) * 40_000 for row in Delivery.objects.all()
    )


def test_email_goes_out_in_requests_of_many(providers: SandboxControl, ledger: FrozenClock) -> None:
    build.build_parents(build.build_school(), 250, "email")
    run = planned_run(build.build_running_launch())
    open_window(ledger)

    send_all(ledger)

    counts = providers.accepted(Channel.EMAIL)
    assert states(run) == {"accepted": 250} == tallies(run)
    assert (counts.requests, counts.accepted, counts.distinct_tokens) == (1, 250, 250)
    message = providers.messages(Channel.EMAIL, "parent7@example.org")[0]
    assert "Greenhill via Safe Online Network" in str(message)


def test_nothing_is_sent_before_the_window_opens(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    build.build_parents(build.build_school(), 3)
    run = planned_run(build.build_running_launch())

    send_all(ledger)

    assert states(run) == {"pending": 3}
    assert providers.accepted(Channel.SMS).requests == 0


def test_nothing_is_sent_after_the_window_closed(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    build.build_parents(build.build_school(), 3)
    planned_run(build.build_running_launch())
    ledger.tick(timedelta(hours=6))

    send_all(ledger)

    assert providers.accepted(Channel.SMS).requests == 0


def test_whoever_said_stop_after_planning_is_skipped(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    school = build.build_school()
    parents = build.build_parents(school, 5)
    run = planned_run(build.build_running_launch())
    suppress("sms", parents[0].phone.match_key, reason="asked", evidence="x", actor=OPERATOR)
    hold(parents[1].phone.pk, reason="unsure", actor=OPERATOR)
    withdraw(parents[2].phone.pk, None, None, source="call", wording="", actor=OPERATOR)
    parents[3].person.memberships.update(state="ended")
    open_window(ledger)

    send_all(ledger)

    by_person = {row.person_id: row for row in Delivery.objects.filter(step_run=run)}
    assert [by_person[parent.person.pk].reason for parent in parents] == [
        "suppressed",
        "held",
        "no_consent",
        "membership_ended",
        None,
    ]
    assert providers.accepted(Channel.SMS).accepted == 1


def test_a_paused_launch_sends_nothing_and_goes_on_when_resumed(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    build.build_parents(build.build_school(), 3)
    launch = build.build_running_launch()
    run = planned_run(launch)
    open_window(ledger)
    pause_launch(launch, actor=OPERATOR, why="wrong film")
    send_all(ledger)
    assert states(run) == {"pending": 3}

    resume_launch(launch, actor=OPERATOR)
    send_all(ledger)

    assert states(run) == {"accepted": 3}


def test_a_stopped_school_waits_until_it_is_lifted(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    greenhill, hillside = build.build_school(), build.build_school("hillside")
    build.build_parents(greenhill, 2)
    build.build_parent(hillside, phone="+447700900500")
    launch = build.build_running_launch()
    run = planned_run(launch)
    stop_school(greenhill, launch=None, actor=OPERATOR, why="a case at this school")
    open_window(ledger)
    send_all(ledger)
    assert states(run) == {"pending": 2, "accepted": 1}

    lift_school_stop(greenhill, launch=None, actor=OPERATOR)
    Batch.objects.update(try_after=None)
    send_all(ledger)

    assert states(run) == {"accepted": 3}


@pytest.mark.parametrize("kind", [FaultKind.HTTP_429, FaultKind.HTTP_503, FaultKind.REFUSED])
def test_busy_gives_back_and_is_sent_later(
    providers: SandboxControl, ledger: FrozenClock, kind: FaultKind
) -> None:
    build.build_parents(build.build_school(), 3)
    run = planned_run(build.build_running_launch())
    open_window(ledger)
    providers.fail(Channel.SMS, kind)
    send_all(ledger)
    assert states(run) == {"pending": 3}

    providers.clear_faults()
    Batch.objects.update(try_after=None)
    import time

    time.sleep(1.2)  # the sender's pause in Redis, which is real time
    send_all(ledger)

    assert states(run) == {"accepted": 3} == tallies(run)
    assert not providers.accepted(Channel.SMS).duplicates
    assert {row.attempt for row in Delivery.objects.all()} == {2}


@pytest.mark.parametrize(
    "kind",
    [FaultKind.HTTP_500, FaultKind.HTTP_502, FaultKind.HTTP_504, FaultKind.RESET_AFTER],
)
def test_an_outcome_nobody_knows_is_never_sent_again_by_itself(
    providers: SandboxControl, ledger: FrozenClock, kind: FaultKind
) -> None:
    build.build_parents(build.build_school(), 3)
    run = planned_run(build.build_running_launch())
    open_window(ledger)
    providers.fail(Channel.SMS, kind)
    send_all(ledger)
    providers.clear_faults()
    before = providers.accepted(Channel.SMS).requests

    send_all(ledger)

    assert states(run) == {"unknown": 3} == tallies(run)
    assert UnknownOutcome.objects.count() == 3
    assert providers.accepted(Channel.SMS).requests == before


def test_a_provider_that_holds_an_opt_out_is_news_not_an_error(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    school = build.build_school()
    parent = build.build_parent(school, phone="+447700900001")
    run = planned_run(build.build_running_launch())
    providers.configure(senders=[{"sender": "+447700900999", "opt_out_handled_by": "provider"}])
    providers.reply_from_phone("+447700900001", "STOP", to="+447700900999")
    open_window(ledger)

    send_all(ledger)

    row = Delivery.objects.get(step_run=run)
    assert (row.state, row.reason) == ("failed", "21610")
    assert Suppression.objects.get().reason == "provider"
    assert parent.phone.match_key not in str(DeliveryEvent.objects.values())


def test_the_spending_cap_pauses_the_launch_before_it_is_passed(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    build.build_parents(build.build_school(), 200)
    launch = build.build_running_launch()
    Launch.objects.filter(pk=launch.pk).update(cap_micros=100 * 40_000)
    run = planned_run(launch)
    open_window(ledger)

    send_all(ledger)

    launch.refresh_from_db()
    assert launch.state == "paused"
    assert "cap" in launch.state_reason
    assert Spend.objects.get(key=f"launch:{launch.pk}").micros <= 100 * 40_000
    assert states(run)["pending"] >= 100


def test_wrong_credentials_pause_the_launch_and_fail_nobody(
    providers: SandboxControl, ledger: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:

    monkeypatch.setenv("OUTREACH_TWILIO_AUTH_TOKEN", "wrong-token")
    environment.cache_clear()
    build.build_parents(build.build_school(), 2)
    launch = build.build_running_launch()
    run = planned_run(launch)
    open_window(ledger)

    send_all(ledger)

    launch.refresh_from_db()
    assert states(run) == {"pending": 2}
    assert launch.state == "paused"
    assert "credentials" in launch.state_reason


def test_demo_mode_with_real_looking_keys_reaches_nobody(
    providers: SandboxControl, ledger: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from outreach.core.errors import NotAllowed

    monkeypatch.setenv("OUTREACH_TWILIO_BASE_URL", "https://api.twilio.com")
    environment.cache_clear()
    build.build_parents(build.build_school(), 2)
    run = planned_run(build.build_running_launch())
    open_window(ledger)

    with pytest.raises(NotAllowed, match="Mode demo"):
        send_all(ledger)

    assert states(run) == {"pending": 2}


def test_an_inactive_sender_sends_nothing(providers: SandboxControl, ledger: FrozenClock) -> None:
    build.build_parents(build.build_school(), 2)
    run = planned_run(build.build_running_launch())
    Sender.objects.update(is_active=False)
    open_window(ledger)

    send_all(ledger)

    assert states(run) == {"pending": 2}


@pytest.fixture
def trial(providers: SandboxControl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTREACH_MODE", "trial")
    environment.cache_clear()


def verified_phone(phone: str) -> None:
    Staff.objects.create(
        email=f"{phone}@example.org",
        name="Colleague",
        phone=phone,
        phone_verified_at=now(),
        created_at=now(),
    )


@pytest.mark.usefixtures("trial")
def test_trial_reaches_verified_staff_and_skips_everyone_else(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    parents = build.build_parents(build.build_school(), 3)
    verified_phone(parents[1].phone.value)
    run = planned_run(build.build_running_launch())
    open_window(ledger)

    send_all(ledger)

    assert states(run) == {"accepted": 1, "skipped": 2}
    assert {row.reason for row in Delivery.objects.filter(state="skipped")} == {"trial"}
    assert TrialDay.objects.get().messages == 1


@pytest.mark.usefixtures("trial")
def test_trial_stops_after_fifty_messages_a_day(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    TrialDay.objects.create(day=ledger.now().date(), messages=50)
    parents = build.build_parents(build.build_school(), 1)
    verified_phone(parents[0].phone.value)
    launch = build.build_running_launch()
    run = planned_run(launch)
    open_window(ledger)

    send_all(ledger)

    launch.refresh_from_db()
    assert states(run) == {"pending": 1}
    assert (launch.state, "50 messages" in launch.state_reason) == ("paused", True)
    assert TrialDay.objects.get().messages == 50
