"""SendGrid's signed events, in the shape of the Event Webhook reference."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from webhook_security import WebhookSecurity

from outreach.core.errors import BadInput, BadSignature, Refusal
from outreach.providers.port import EventKind
from outreach.providers.sendgrid import callbacks

PRIVATE = ec.generate_private_key(ec.SECP256R1())


def shown(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    """The public key as SendGrid shows it."""
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


BODY = b'[{"email":"a@example.org","event":"delivered","sg_event_id":"e1"}]\r\n'


@dataclass(frozen=True)
class Request:
    signature: str
    keys: tuple[str, ...]
    raw: bytes = BODY
    timestamp: str = "1600112502"


class TestSignature(WebhookSecurity[Request]):
    def signed(self) -> Request:
        signature = PRIVATE.sign(b"1600112502" + BODY, ec.ECDSA(hashes.SHA256()))
        return Request(base64.b64encode(signature).decode(), (shown(PRIVATE),))

    def altered(self, case: Request) -> Request:
        return replace(case, raw=case.raw.rstrip())

    def other_key(self) -> str:
        return shown(ec.generate_private_key(ec.SECP256R1()))

    def check(self, case: Request) -> None:
        callbacks.verify(case.raw, case.timestamp, case.signature, case.keys)

    @pytest.mark.parametrize("timestamp", ["", "1600112503", "\udcff"])
    def test_timestamp_is_signed_too(self, timestamp: str) -> None:
        self._refuses(timestamp=timestamp)

    def test_body_that_is_no_text_is_refused_like_any_other(self) -> None:
        self._refuses(raw=b"\xff\xfe\x00")

    def test_key_of_another_kind_lets_nobody_in(self) -> None:
        self._refuses(keys=(shown(rsa.generate_private_key(65537, 2048)),))
        self._refuses(keys=(shown(ec.generate_private_key(ec.SECP384R1())),))


COMMON = {
    "email": "anna@example.org",
    "timestamp": 1513299569,
    "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
    "sg_event_id": "ZGVsaXZlcmVk",
    "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
    "token": "t1",
}


def one(**fields: object) -> callbacks.StatusEvent:
    (event,) = callbacks.parse_events(json.dumps([{**COMMON, **fields}]).encode())
    return event


@pytest.mark.parametrize(
    ("fields", "kind", "refusal", "permanent"),
    [
        ({"event": "processed"}, EventKind.ACCEPTED, None, False),
        ({"event": "delivered", "response": "250 OK"}, EventKind.DELIVERED, None, False),
        ({"event": "deferred", "response": "400 later"}, EventKind.DEFERRED, None, False),
        (
            {"event": "bounce", "type": "bounce", "status": "5.1.1"},
            EventKind.BOUNCED,
            Refusal.BAD_ADDRESS,
            True,
        ),
        (
            {"event": "bounce", "type": "blocked", "status": "4.7.0"},
            EventKind.BOUNCED,
            Refusal.OTHER,
            False,
        ),
        (
            {"event": "dropped", "reason": "Bounced Address"},
            EventKind.FAILED,
            Refusal.BAD_ADDRESS,
            True,
        ),
        (
            {"event": "dropped", "reason": "Unsubscribed Address"},
            EventKind.FAILED,
            Refusal.OPTED_OUT,
            True,
        ),
        (
            {"event": "dropped", "reason": "Spam Reporting Address"},
            EventKind.FAILED,
            Refusal.COMPLAINED,
            True,
        ),
        (
            {"event": "dropped", "reason": "Spam Content (if enabled)"},
            EventKind.FAILED,
            Refusal.CONTENT,
            False,
        ),
        ({"event": "dropped"}, EventKind.FAILED, Refusal.OTHER, False),
        ({"event": "spamreport"}, EventKind.COMPLAINED, Refusal.OPTED_OUT, True),
        ({"event": "unsubscribe"}, EventKind.UNSUBSCRIBED, Refusal.OPTED_OUT, True),
        (
            {"event": "group_unsubscribe", "asm_group_id": 10},
            EventKind.UNSUBSCRIBED,
            Refusal.OPTED_OUT,
            True,
        ),
        ({"event": "open"}, None, None, False),
        ({"event": "click", "url": "http://x"}, None, None, False),
        ({"event": "account_status_change", "type": "compliance_suspend"}, None, None, False),
    ],
)
def test_event_becomes_kind_refusal_and_permanence(
    fields: dict[str, object], kind: EventKind | None, refusal: str | None, permanent: bool
) -> None:
    event = one(**fields)
    assert (event.kind, event.refusal, event.permanent) == (kind, refusal, permanent)


def test_event_carries_token_ids_and_time_and_no_address() -> None:
    event = one(event="bounce", status="5.1.1", reason="550 <anna@example.org> unknown")
    assert (event.token, event.event_key) == ("t1", "ZGVsaXZlcmVk")
    assert event.message_id == "14c5d75ce93"
    assert event.occurred_at == datetime(2017, 12, 15, 0, 59, 29, tzinfo=UTC)
    assert event.provider_code == "5.1.1"
    assert "anna" not in repr(event)


@pytest.mark.parametrize("timestamp", [None, "x", 1e300, True, []])
def test_odd_time_is_no_reason_to_lose_an_event(timestamp: object) -> None:
    assert one(event="delivered", timestamp=timestamp).occurred_at is None


def test_malformed_entries_are_left_out_and_good_ones_kept() -> None:
    good = {**COMMON, "event": "delivered"}
    bad = [
        None,
        7,
        "x",
        [],
        {},
        {"event": "delivered"},
        {"sg_event_id": "e"},
        {**good, "event": {}},
    ]
    events = callbacks.parse_events(json.dumps([*bad, good, {**good, "token": 5}]).encode())
    assert [event.token for event in events] == ["t1", None]


@pytest.mark.parametrize("raw", [b"", b"{}", b"<xml>", b'"x"', b"\xff", b"[" * 100_000])
def test_what_is_no_list_of_events_is_bad_input(raw: bytes) -> None:
    with pytest.raises(BadInput):
        callbacks.parse_events(raw)


def test_empty_list_is_no_error() -> None:
    assert callbacks.parse_events(b"[]") == []


def test_malformed_base64_is_a_bad_signature_and_no_other_error() -> None:
    with pytest.raises(BadSignature):
        callbacks.verify(BODY, "1", "%%%", [shown(PRIVATE)])
