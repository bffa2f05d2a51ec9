"""Twilio's status callbacks and inbound texts, in the shape of its documentation."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from twilio.request_validator import RequestValidator
from webhook_security import WebhookSecurity

from outreach.core.channels import Channel
from outreach.core.errors import BadInput, BadSignature, Refusal
from outreach.providers.port import EventKind
from outreach.providers.twilio import callbacks

URL = "https://outreach.example.org/hooks/twilio/status/abc?x=1"
KEY = "twilio-auth-token"
STATUS = (
    ("SmsSid", "SM1"),
    ("SmsStatus", "delivered"),
    ("MessageStatus", "delivered"),
    ("To", "+447700900123"),
    ("MessageSid", "SM1"),
    ("AccountSid", "AC1"),
    ("From", "+447700900001"),
    ("ApiVersion", "2010-04-01"),
    ("RawDlrDoneDate", "2611020905"),
)


@dataclass(frozen=True)
class Request:
    signature: str
    keys: tuple[str, ...] = (KEY,)
    params: tuple[tuple[str, str], ...] = STATUS
    url: str = URL


def sign(url: str = URL, params: tuple[tuple[str, str], ...] = STATUS) -> str:
    return str(RequestValidator(KEY).compute_signature(url, dict(params)))


class TestSignature(WebhookSecurity[Request]):
    def signed(self) -> Request:
        return Request(sign())

    def altered(self, case: Request) -> Request:
        return replace(case, params=(*case.params[:-1], ("RawDlrDoneDate", "2611020906")))

    def other_key(self) -> str:
        return "another-token"

    def check(self, case: Request) -> None:
        callbacks.verify(case.url, case.params, case.signature, case.keys)


@pytest.mark.parametrize(
    ("signed_url", "our_url"),
    [
        ("https://x.test:443/hook", "https://x.test/hook"),
        ("https://x.test/hook", "https://x.test:8443/hook"),
        ("https://x.test:8443/hook", "https://x.test:8443/hook"),
    ],
)
def test_port_in_the_signed_url_may_be_there_or_not(signed_url: str, our_url: str) -> None:
    callbacks.verify(our_url, STATUS, sign(signed_url), [KEY])


def test_signature_for_another_address_is_refused() -> None:
    with pytest.raises(BadSignature):
        callbacks.verify("https://x.test/other", STATUS, sign("https://x.test/hook"), [KEY])


def test_duplicate_parameters_are_all_signed() -> None:
    # Documented rule: sorted names, each with its sorted values, appended to the URL.
    signature = RequestValidator(KEY).compute_signature(URL + "AoneAtwo", {})
    callbacks.verify(URL, [("A", "two"), ("A", "one")], signature, [KEY])
    with pytest.raises(BadSignature):
        callbacks.verify(URL, [("A", "two")], signature, [KEY])


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("queued", EventKind.ACCEPTED),
        ("sent", EventKind.ACCEPTED),
        ("delivered", EventKind.DELIVERED),
        ("undelivered", EventKind.FAILED),
        ("failed", EventKind.FAILED),
        ("canceled", EventKind.FAILED),
        ("received", None),
        ("something-new", None),
    ],
)
def test_status_word_becomes_a_kind(status: str, kind: EventKind | None) -> None:
    event = callbacks.parse_status([("MessageSid", "SM1"), ("MessageStatus", status)], "tok")
    assert (event.kind, event.token, event.message_id) == (kind, "tok", "SM1")


def test_failed_status_carries_what_its_code_means() -> None:
    params = [("MessageSid", "SM1"), ("MessageStatus", "undelivered"), ("ErrorCode", "30006")]
    event = callbacks.parse_status(params, None)
    assert (event.refusal, event.permanent) == (Refusal.CANNOT_RECEIVE, True)
    assert (event.provider_code, event.event_key) == ("30006", "SM1|undelivered|30006")


def test_opt_out_that_comes_as_a_failed_status_is_an_opt_out() -> None:
    params = [("MessageSid", "SM1"), ("MessageStatus", "failed"), ("ErrorCode", "21610")]
    assert callbacks.parse_status(params, None).refusal == Refusal.OPTED_OUT


def test_delivered_has_no_refusal_and_a_key_without_code() -> None:
    event = callbacks.parse_status(STATUS, "tok")
    assert (event.refusal, event.permanent, event.occurred_at) == (None, False, None)
    assert (event.event_key, event.provider_code) == ("SM1|delivered|", "delivered")


@pytest.mark.parametrize("params", [[], [("MessageSid", "SM1")], [("MessageStatus", "sent")]])
def test_status_without_sid_or_word_is_bad_input(params: list[tuple[str, str]]) -> None:
    with pytest.raises(BadInput):
        callbacks.parse_status(params, None)


INBOUND = [
    ("ToCountry", "GB"),
    ("MessageSid", "SM2"),
    ("NumMedia", "2"),
    ("MediaUrl0", "https://api.twilio.com/media/0"),
    ("Body", "Please\0 stop"),
    ("From", "+447700900123"),
    ("To", "+447700900001"),
    ("OptOutType", "STOP"),
]


def test_inbound_text_counts_files_and_keeps_none_of_them() -> None:
    message = callbacks.parse_inbound(INBOUND)
    assert (message.channel, message.message_id, message.text) == (
        Channel.SMS,
        "SM2",
        "Please stop",
    )
    assert (message.from_address, message.to_address) == ("+447700900123", "+447700900001")
    assert (message.opt_out_type, message.files_dropped) == ("STOP", 2)
    assert "MediaUrl" not in repr(message)
    assert "api.twilio.com" not in repr(message)


def test_inbound_text_without_sender_is_bad_input() -> None:
    with pytest.raises(BadInput):
        callbacks.parse_inbound([pair for pair in INBOUND if pair[0] != "From"])


def test_opt_out_type_that_we_do_not_know_is_left_to_our_own_reading() -> None:
    params = [*INBOUND[:-1], ("OptOutType", "MAYBE"), ("NumMedia", "x")]
    message = callbacks.parse_inbound(params)
    assert (message.opt_out_type, message.files_dropped) == (None, 0)
