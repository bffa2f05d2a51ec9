"""Vonage's webhooks, in the shape of its documentation."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import jwt
import pytest
from webhook_security import WebhookSecurity

from outreach.core.channels import Channel
from outreach.core.errors import BadInput, BadSignature, Refusal
from outreach.providers.port import EventKind
from outreach.providers.vonage import callbacks

KEY = "the-signature-secret-of-an-account"
STATUS = {
    "message_uuid": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
    "to": "447700900123",
    "from": "447700900001",
    "timestamp": "2026-11-22T10:00:00.000Z",
    "status": "delivered",
    "client_ref": "abcdefgh234567",
    "channel": "sms",
    "usage": {"currency": "EUR", "price": "0.0333"},
    "sms": {"count_total": "2"},
}
INBOUND = {
    "channel": "sms",
    "message_uuid": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
    "to": "447700900001",
    "from": "447700900123",
    "timestamp": "2026-11-22T10:00:00.000Z",
    "message_type": "text",
    "text": "STOP",
    "sms": {"num_messages": "1", "keyword": "STOP"},
}


def raw(fields: object = STATUS) -> bytes:
    return json.dumps(fields).encode()


def sign(body: bytes, **claims: object) -> str:
    hashed = hashlib.sha256(body).hexdigest()
    token = jwt.encode({"iss": "Vonage", "payload_hash": hashed, **claims}, KEY, "HS256")
    return f"Bearer {token}"


@dataclass(frozen=True)
class Request:
    signature: str
    keys: tuple[str, ...] = (KEY,)
    body: bytes = raw()


class TestSignature(WebhookSecurity[Request]):
    def signed(self) -> Request:
        return Request(sign(raw()))

    def altered(self, case: Request) -> Request:
        return replace(case, body=case.body + b" ")

    def other_key(self) -> str:
        return "another-secret-of-the-same-length"

    def check(self, case: Request) -> None:
        callbacks.verify(case.body, case.signature, case.keys)

    @pytest.mark.parametrize("algorithm", ["none", "HS512"])
    def test_other_algorithms_are_refused(self, algorithm: str) -> None:
        claims = {"payload_hash": hashlib.sha256(raw()).hexdigest()}
        key = None if algorithm == "none" else KEY * 3
        token = jwt.encode(claims, key, algorithm)
        self._refuses(signature=f"Bearer {token}")

    @pytest.mark.parametrize("claims", [{"payload_hash": ""}, {"payload_hash": 7}, {}])
    def test_token_that_does_not_name_the_body_is_refused(self, claims: dict[str, object]) -> None:
        self._refuses(signature=f"Bearer {jwt.encode(claims, KEY, 'HS256')}")

    def test_other_scheme_is_refused(self) -> None:
        self._refuses(signature=sign(raw()).replace("Bearer", "Basic"))


def test_webhook_that_comes_again_a_day_later_is_believed() -> None:
    callbacks.verify(raw(), sign(raw(), iat=1_500_000_000, exp=1_500_000_300), [KEY])


def test_token_is_read_from_the_signed_body() -> None:
    event = callbacks.parse_status(raw())
    assert (event.token, event.message_id) == ("abcdefgh234567", STATUS["message_uuid"])
    assert event.kind is EventKind.DELIVERED
    assert event.occurred_at == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert "7700" not in str(event)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("submitted", EventKind.ACCEPTED),
        ("delivered", EventKind.DELIVERED),
        ("rejected", EventKind.FAILED),
        ("undeliverable", EventKind.FAILED),
        ("something-new", None),
    ],
)
def test_status_word_becomes_a_kind(status: str, kind: EventKind | None) -> None:
    assert callbacks.parse_status(raw({**STATUS, "status": status})).kind is kind


@pytest.mark.parametrize(
    "error",
    [
        {"type": "https://developer.vonage.com/api-errors/messages#1240", "title": "Illegal"},
        {"type": "about:blank", "title": "1240"},
        {"code": 1240, "reason": "Illegal Number"},
    ],
)
def test_rejection_of_somebody_who_opted_out_is_an_opt_out(error: dict[str, object]) -> None:
    event = callbacks.parse_status(raw({**STATUS, "status": "rejected", "error": error}))
    assert (event.refusal, event.permanent) == (Refusal.OPTED_OUT, True)
    assert event.event_key.endswith("|rejected|1240")


def test_rejection_that_asks_to_come_later_is_no_verdict_on_the_number() -> None:
    error = {"type": "https://developer.vonage.com/api-errors/messages#1000"}
    event = callbacks.parse_status(raw({**STATUS, "status": "rejected", "error": error}))
    assert (event.refusal, event.permanent) == (Refusal.OTHER, False)


@pytest.mark.parametrize("fields", [[], {}, {"message_uuid": "x"}, {"status": "read"}, "x"])
def test_status_without_message_or_word_is_bad_input(fields: object) -> None:
    with pytest.raises(BadInput):
        callbacks.parse_status(raw(fields))


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_body_that_is_no_json_is_bad_input(body: bytes) -> None:
    for parse in (callbacks.parse_status, callbacks.parse_inbound):
        with pytest.raises(BadInput):
            parse(body)


def test_text_to_us_has_numbers_as_we_write_them() -> None:
    message = callbacks.parse_inbound(raw({**INBOUND, "text": "Stop\0 it"}))
    assert (message.from_address, message.to_address) == ("+447700900123", "+447700900001")
    assert (message.channel, message.text, message.files_dropped) == (Channel.SMS, "Stop it", 0)


def test_picture_is_counted_and_its_address_dropped() -> None:
    image = {"url": "https://api-us.nexmo.com/v3/media/1", "caption": "look"}
    fields = {**INBOUND, "channel": "mms", "message_type": "image", "image": image}
    del fields["text"]
    message = callbacks.parse_inbound(raw(fields))
    assert (message.text, message.files_dropped) == ("look", 1)
    assert "nexmo" not in str(message)


@pytest.mark.parametrize("missing", ["message_uuid", "from", "to"])
def test_text_without_id_or_ends_is_bad_input(missing: str) -> None:
    fields = {name: value for name, value in INBOUND.items() if name != missing}
    with pytest.raises(BadInput):
        callbacks.parse_inbound(raw(fields))


def test_message_of_another_channel_is_bad_input() -> None:
    with pytest.raises(BadInput, match="no text"):
        callbacks.parse_inbound(raw({**INBOUND, "channel": "whatsapp"}))


def test_nothing_signed_by_nobody_is_read() -> None:
    with pytest.raises(BadSignature):
        callbacks.verify(raw(), "", [KEY])
