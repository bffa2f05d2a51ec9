"""What receipts do to notices, and what becomes of a notice whose worker died."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from notice_builders import PHONE, history_of, queue_text, receipt, state_of

from outreach.consent.models import Suppression
from outreach.consent.queries import active_suppressions
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock
from outreach.core.errors import Refusal
from outreach.delivery.receipts import apply_receipts
from outreach.notices.actions import apply_receipt
from outreach.notices.models import Notice
from outreach.notices.sending import send_due_notices
from outreach.providers.port import EventKind
from outreach.sandbox.control import SandboxControl
from outreach.sandbox.faults import FaultKind

SEND = """
import django
django.setup()
from outreach.notices.sending import send_due_notices
send_due_notices()
"""
YEAR_SECONDS = 365 * 86_400


def send_unknown(sandbox: SandboxControl) -> None:
    sandbox.fail(Channel.SMS, FaultKind.HTTP_500_AFTER, 1)
    queue_text()
    send_due_notices()


def test_receipt_through_the_inbox_moves_the_notice(sandbox: SandboxControl) -> None:
    queue_text()
    send_due_notices()
    receipt(EventKind.DELIVERED)
    assert apply_receipts() == 1
    assert state_of() == ("delivered", "")


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (EventKind.ACCEPTED, "accepted"),
        (EventKind.DELIVERED, "delivered"),
        (EventKind.FAILED, "failed"),
    ],
)
def test_receipt_resolves_an_unknown_notice(
    sandbox: SandboxControl, kind: EventKind, state: str
) -> None:
    send_unknown(sandbox)
    apply_receipt(receipt(kind))
    assert state_of()[0] == state


def test_receipts_out_of_order_do_not_move_it_back(sandbox: SandboxControl) -> None:
    queue_text()
    send_due_notices()
    for kind in (EventKind.DELIVERED, EventKind.ACCEPTED, EventKind.FAILED):
        apply_receipt(receipt(kind))
    assert state_of()[0] == "delivered"
    assert history_of() == ["pending", "sending", "accepted", "delivered"]


def test_late_bounce_takes_back_a_delivery(sandbox: SandboxControl) -> None:
    queue_text()
    send_due_notices()
    apply_receipt(receipt(EventKind.DELIVERED))
    apply_receipt(receipt(EventKind.BOUNCED))
    assert state_of()[0] == "failed"


def test_proof_about_an_earlier_attempt_keeps_it_from_being_sent_again(
    sandbox: SandboxControl, frozen_clock: FrozenClock
) -> None:
    sandbox.fail(Channel.SMS, FaultKind.HTTP_429, 1)
    queue_text()
    send_due_notices()
    assert state_of()[0] == "pending"
    apply_receipt(receipt(EventKind.ACCEPTED, attempt=1))
    frozen_clock.tick(timedelta(minutes=2))
    assert send_due_notices() == 0
    assert state_of()[0] == "accepted"


def test_failure_of_an_earlier_attempt_changes_nothing(sandbox: SandboxControl) -> None:
    queue_text()
    send_due_notices()
    Notice.objects.update(attempt=2)
    apply_receipt(receipt(EventKind.FAILED, attempt=1))
    assert state_of()[0] == "accepted"


def test_lasting_failure_blocks_the_number(sandbox: SandboxControl) -> None:
    queue_text()
    send_due_notices()
    receipt(EventKind.FAILED, refusal=Refusal.BAD_ADDRESS, permanent=True)
    apply_receipts()
    assert active_suppressions("sms", PHONE).get().reason == "bounce"


def test_passing_failure_does_not_block_the_number(sandbox: SandboxControl) -> None:
    queue_text()
    send_due_notices()
    receipt(EventKind.FAILED, refusal=Refusal.OTHER)
    apply_receipts()
    assert not Suppression.objects.exists()


def test_token_that_is_not_ours_is_nobodys_receipt(sandbox: SandboxControl) -> None:
    queue_text()
    row = receipt(EventKind.DELIVERED)
    row.token = row.token[:-1] + ("a" if row.token[-1] != "a" else "b")
    assert not apply_receipt(row)
    assert state_of()[0] == "pending"


def test_notice_of_a_killed_worker_is_unknown_and_never_sent_again(
    sandbox: SandboxControl,
) -> None:
    sandbox.fail(Channel.SMS, FaultKind.TIMEOUT_AFTER, 1, seconds=60)
    queue_text(seconds=YEAR_SECONDS)
    worker = subprocess.Popen(
        [sys.executable, "-c", SEND],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "outreach.config.settings",
            "OUTREACH_DATABASE_ROLE": "work",
        },
    )
    try:
        for _ in range(1500):
            if sandbox.accepted(Channel.SMS).accepted == 1:
                break
            time.sleep(0.02)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    assert state_of()[0] == "sending"
    assert send_due_notices() == 0
    assert state_of()[0] == "sending", "its lease has not run out"

    Notice.objects.update(lease_until=Now() - timedelta(seconds=1))
    assert send_due_notices() == 0
    assert state_of() == ("unknown", "worker lost")
    assert sandbox.accepted(Channel.SMS).accepted == 1
