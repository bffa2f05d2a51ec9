"""Failures on demand, as a client meets them."""

from __future__ import annotations

import time
from http.client import RemoteDisconnected

import pytest
from sandbox_senders import PARENT, SendGrid, Twilio, mail

from outreach.core.channels import Channel
from outreach.sandbox.control import SandboxControl
from outreach.sandbox.faults import FaultKind

SMS, EMAIL = Channel.SMS, Channel.EMAIL
ANNA = "anna@home.example"
BROKEN = (ConnectionResetError, RemoteDisconnected)


def test_twilio_429_says_when_to_come_back_and_accepts_nothing(
    twilio: Twilio, control: SandboxControl
) -> None:
    control.fail(SMS, FaultKind.HTTP_429, 2, retry_after_seconds=7)
    answers = [twilio.send() for _ in range(3)]
    assert [each.status for each in answers] == [429, 429, 201]
    assert (answers[0].json["code"], answers[0].headers["retry-after"]) == (20429, "7")
    assert control.accepted(SMS).accepted == 1


def test_sendgrid_429_has_its_rate_limit_headers(
    sendgrid: SendGrid, control: SandboxControl
) -> None:
    control.fail(EMAIL, FaultKind.HTTP_429, 1, retry_after_seconds=7)
    before = int(time.time())
    headers = sendgrid.send(mail(ANNA)).headers
    assert int(headers["x-ratelimit-reset"]) >= before + 7
    assert headers["x-ratelimit-remaining"] == "0"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_server_errors_of_both_apis(
    twilio: Twilio, sendgrid: SendGrid, control: SandboxControl, status: int
) -> None:
    control.fail(SMS, FaultKind(f"http_{status}"), 1)
    control.fail(EMAIL, FaultKind(f"http_{status}"), 1)
    assert (twilio.send().status, sendgrid.send(mail(ANNA)).status) == (status, status)
    assert (twilio.send().status, sendgrid.send(mail(ANNA)).status) == (201, 202)


def test_reset_before_accepts_nothing_and_reset_after_accepts(
    twilio: Twilio, sendgrid: SendGrid, control: SandboxControl
) -> None:
    for kind, accepted in ((FaultKind.RESET_BEFORE, 0), (FaultKind.RESET_AFTER, 1)):
        control.fail(SMS, kind, 1)
        control.fail(EMAIL, kind, 1)
        with pytest.raises(BROKEN):
            twilio.send()
        with pytest.raises(BROKEN):
            sendgrid.send(mail(ANNA))
        assert control.accepted(SMS).accepted == accepted
        assert control.accepted(EMAIL).accepted == accepted


def test_error_500_after_acceptance_lets_a_resend_show_as_a_duplicate(
    twilio: Twilio, control: SandboxControl
) -> None:
    control.fail(SMS, FaultKind.HTTP_500_AFTER, 1)
    url = "http://127.0.0.1:9/status/one-token"
    assert [twilio.send(StatusCallback=url).status for _ in range(2)] == [500, 201]
    assert control.accepted(SMS).duplicates == {"one-token": 2}


def test_timeout_after_accepting_keeps_the_message(twilio: Twilio, control: SandboxControl) -> None:
    control.fail(SMS, FaultKind.TIMEOUT_AFTER, 1, seconds=0.1)
    with pytest.raises(BROKEN):
        twilio.send()
    assert len(control.messages(SMS, PARENT)) == 1


def test_slow_answer_is_a_good_answer(sendgrid: SendGrid, control: SandboxControl) -> None:
    control.fail(EMAIL, FaultKind.SLOW, 1, seconds=0.05)
    assert sendgrid.send(mail(ANNA)).status == 202


def test_faults_hit_sends_and_spare_reads_unless_told(
    twilio: Twilio, control: SandboxControl
) -> None:
    control.fail(SMS, FaultKind.HTTP_503)
    assert (twilio.send().status, twilio.list().status) == (503, 200)
    control.fail(SMS, FaultKind.HTTP_500, 1, reads=True)
    assert twilio.list().status == 500
    control.clear_faults(SMS)
    assert twilio.send().status == 201


def test_refused_connections_end_when_cleared(twilio: Twilio, control: SandboxControl) -> None:
    control.fail(SMS, FaultKind.REFUSED)
    with pytest.raises(ConnectionRefusedError):
        twilio.send()
    control.clear_faults()
    assert twilio.send().status == 201
