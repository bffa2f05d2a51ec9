"""Claim → call → record of notices, over HTTP to the sandbox."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from notice_builders import MAIL, PHONE, history_of, queue_mail, queue_text, state_of

from outreach.config.environment import environment
from outreach.consent.actions import suppress
from outreach.consent.models import Suppression, SuppressionReason
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock, LapseClock, now, using
from outreach.notices.models import Notice, NoticeKind
from outreach.notices.sending import send_due_notices
from outreach.organisation.audit import RECIPIENT
from outreach.organisation.models import Sender, Staff
from outreach.organisation.trial import TRIAL_MESSAGES_A_DAY
from outreach.sandbox.config import OutcomeKind
from outreach.sandbox.control import SandboxControl
from outreach.sandbox.faults import FaultKind


def stop(channel: str = "sms", key: str = PHONE) -> None:
    suppress(channel, key, reason=SuppressionReason.ASKED, evidence="inbound:1", actor=RECIPIENT)


def texts(sandbox: SandboxControl, number: str = PHONE) -> list[str]:
    return [message["body"] for message in sandbox.messages(Channel.SMS, number)]


def test_text_goes_out_once_and_says_who_moved_it(sandbox: SandboxControl) -> None:
    queue_text()
    assert [send_due_notices(), send_due_notices()] == [1, 0]
    assert texts(sandbox) == ["Hello from us."]
    assert history_of() == ["pending", "sending", "accepted"]
    actors = Notice.objects.get().events.values_list("actor", flat=True)
    assert "" not in actors


def test_mail_goes_out_with_the_senders_address(sandbox: SandboxControl) -> None:
    queue_mail()
    send_due_notices()
    (mail,) = sandbox.messages(Channel.EMAIL, MAIL)
    assert state_of("mail") == ("accepted", "")
    assert "hello@outreach.test" in str(mail)


def test_same_key_is_queued_once(sandbox: SandboxControl) -> None:
    assert queue_text() is not None
    assert queue_text() is None
    send_due_notices()
    assert len(texts(sandbox)) == 1


def test_many_workers_at_once_send_each_notice_once(sandbox: SandboxControl) -> None:
    for number in range(20):
        queue_text(str(number), to=f"+4477009001{number:02d}")

    def work(_: int) -> int:
        try:
            return send_due_notices(7)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(12))) == 20
    counts = sandbox.accepted(Channel.SMS)
    assert (counts.accepted, dict(counts.duplicates)) == (20, {})


def test_notice_waits_for_its_time(sandbox: SandboxControl, frozen_clock: FrozenClock) -> None:
    queue_text()
    Notice.objects.update(not_before_at=now() + timedelta(minutes=1))
    assert send_due_notices() == 0
    frozen_clock.tick(timedelta(minutes=1))
    assert send_due_notices() == 1


def test_notice_past_its_time_is_not_sent(
    sandbox: SandboxControl, frozen_clock: FrozenClock
) -> None:
    queue_text()
    frozen_clock.tick(timedelta(minutes=5))
    assert send_due_notices() == 0
    assert state_of() == ("expired", "too late")
    assert texts(sandbox) == []


def test_time_lapse_leaves_a_person_as_long_as_a_real_clock_would(sandbox: SandboxControl) -> None:
    start = now()
    with using(LapseClock(start, start, 1000.0)):
        queue_text(seconds=300)
    notice = Notice.objects.get()
    assert notice.expires_at - notice.not_before_at == timedelta(seconds=300_000)


def test_provider_gives_up_when_the_notice_is_no_longer_worth_sending(
    sandbox: SandboxControl,
) -> None:
    sandbox.configure(outcomes=[{"channel": "sms", "suffix": "123", "kind": OutcomeKind.STUCK}])
    queue_text(seconds=1)
    send_due_notices()
    assert state_of()[0] == "accepted"
    for _ in range(500):
        (message,) = sandbox.messages(Channel.SMS, PHONE)
        if message["status"] == "failed":
            return
        time.sleep(0.02)
    pytest.fail(f"still {message['status']}")


def test_nothing_goes_to_a_suppressed_address(sandbox: SandboxControl) -> None:
    queue_text()
    queue_mail()
    stop()
    stop("email", MAIL)
    send_due_notices()
    assert state_of() == ("skipped", "suppressed")
    assert state_of("mail") == ("skipped", "suppressed")
    assert texts(sandbox) == []


def test_confirmation_of_a_stop_may_go_to_the_stopped_number(sandbox: SandboxControl) -> None:
    stop()
    queue_text(kind=NoticeKind.STOP_CONFIRMATION)
    send_due_notices()
    assert len(texts(sandbox)) == 1


def test_confirmation_of_a_stop_does_not_go_later_than_five_minutes(
    sandbox: SandboxControl, frozen_clock: FrozenClock
) -> None:
    stop()
    queue_text(kind=NoticeKind.STOP_CONFIRMATION)
    frozen_clock.tick(timedelta(minutes=5, seconds=1))
    send_due_notices()
    assert texts(sandbox) == []


def test_busy_provider_is_asked_again_later(
    sandbox: SandboxControl, frozen_clock: FrozenClock
) -> None:
    sandbox.fail(Channel.SMS, FaultKind.HTTP_429, 1)
    queue_text()
    send_due_notices()
    assert state_of()[0] == "pending"
    assert send_due_notices() == 0
    frozen_clock.tick(timedelta(minutes=2))
    send_due_notices()
    assert state_of()[0] == "accepted"
    assert sandbox.accepted(Channel.SMS).accepted == 1


def test_refused_notice_has_failed_and_a_bad_number_is_blocked(sandbox: SandboxControl) -> None:
    sandbox.configure(
        outcomes=[{"channel": "sms", "suffix": "123", "kind": OutcomeKind.REFUSED, "code": "21211"}]
    )
    queue_text()
    send_due_notices()
    assert state_of() == ("failed", "bad_address 21211")
    assert Suppression.objects.get().reason == SuppressionReason.BOUNCE


def test_opt_out_that_the_provider_holds_becomes_a_suppression(sandbox: SandboxControl) -> None:
    sandbox.configure(
        outcomes=[{"channel": "sms", "suffix": "123", "kind": OutcomeKind.REFUSED, "code": "21610"}]
    )
    queue_text()
    send_due_notices()
    assert Suppression.objects.get().reason == SuppressionReason.PROVIDER


@pytest.mark.parametrize(
    "fault", [FaultKind.HTTP_500_AFTER, FaultKind.HTTP_502, FaultKind.RESET_AFTER]
)
def test_lost_answer_leaves_the_outcome_unknown_and_nothing_is_sent_again(
    sandbox: SandboxControl, frozen_clock: FrozenClock, fault: FaultKind
) -> None:
    sandbox.fail(Channel.SMS, fault, 1)
    queue_text()
    send_due_notices()
    assert state_of()[0] == "unknown"
    frozen_clock.tick(timedelta(minutes=3))
    assert send_due_notices() == 0
    assert sandbox.accepted(Channel.SMS).accepted == (0 if fault is FaultKind.HTTP_502 else 1)


def test_inactive_sender_sends_nothing(sandbox: SandboxControl) -> None:
    queue_text()
    Sender.objects.update(is_active=False)
    send_due_notices()
    assert state_of() == ("skipped", "no_sender")


def test_demo_with_real_looking_keys_reaches_nobody(
    sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OUTREACH_TWILIO_BASE_URL")
    monkeypatch.delenv("OUTREACH_SENDGRID_BASE_URL")
    environment.cache_clear()
    queue_text()
    queue_mail()
    send_due_notices()
    assert state_of() == ("skipped", "mode")
    assert state_of("mail") == ("skipped", "mode")


def build_staff(phone: str, *, is_verified: bool) -> None:
    Staff.objects.create(
        email=f"{phone}@example.org",
        name="Ben",
        phone=phone,
        phone_verified_at=now() if is_verified else None,
        created_at=now(),
    )


def test_trial_reaches_verified_staff_only(
    sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTREACH_MODE", "trial")
    environment.cache_clear()
    build_staff("+447700900200", is_verified=True)
    build_staff("+447700900201", is_verified=False)
    for key in ("200", "201", "202"):
        queue_text(key, to=f"+447700900{key}")
    send_due_notices()
    assert [state_of(key)[0] for key in ("200", "201", "202")] == ["accepted", "skipped", "skipped"]
    assert sandbox.accepted(Channel.SMS).requests == 1


def test_trial_sends_fifty_a_day(
    sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch, frozen_clock: FrozenClock
) -> None:
    monkeypatch.setenv("OUTREACH_MODE", "trial")
    environment.cache_clear()
    build_staff(PHONE, is_verified=True)
    for number in range(TRIAL_MESSAGES_A_DAY + 2):
        queue_text(str(number), seconds=180_000)
    send_due_notices()
    assert sandbox.accepted(Channel.SMS).accepted == TRIAL_MESSAGES_A_DAY
    assert Notice.objects.filter(state="skipped", reason="trial").count() == 2
    frozen_clock.tick(timedelta(days=1))
    queue_text("tomorrow")
    send_due_notices()
    assert state_of("tomorrow")[0] == "accepted"
