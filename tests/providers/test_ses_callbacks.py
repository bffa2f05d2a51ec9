"""What Amazon SNS posts, and where we go because of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from provider_accounts import TOPIC
from provider_peers import http_peer, replies
from webhook_security import WebhookSecurity

from outreach.core.errors import BadInput, BadSignature, Refusal, Unavailable
from outreach.providers.port import EventKind
from outreach.providers.ses.callbacks import parse_event
from outreach.providers.ses.certificates import SnsCertificates
from outreach.providers.ses.envelope import read_envelope, verify
from outreach.sandbox.ses import sns

AWS = "https://sns.eu-central-1.amazonaws.com"
CERTIFICATE = f"/SimpleNotificationService-{'a' * 32}.pem"
KEY = sns.key()
OTHER = sns.new_key()
KEYS: Mapping[str, RSAPublicKey] = {
    "ours": KEY.private.public_key(),
    "another": OTHER.private.public_key(),
}


def mail(**changes: object) -> dict[str, object]:
    return {
        "messageId": "0100-000000",
        "timestamp": "2026-11-22T10:00:00.000Z",
        "destination": ["anna@example.org"],
        "tags": {"token": ["abcdefgh234567"], "ses:configuration-set": ["outreach"]},
        **changes,
    }


BOUNCE = {
    "eventType": "Bounce",
    "mail": mail(),
    "bounce": {
        "bounceType": "Permanent",
        "bounceSubType": "General",
        "bouncedRecipients": [{"emailAddress": "anna@example.org", "status": "5.1.1"}],
        "timestamp": "2026-11-22T10:00:05.000Z",
    },
}


def signed(message: object = BOUNCE, topic: str = TOPIC, **changes: str) -> dict[str, object]:
    """A notification as SNS signs it."""
    fields = {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": topic,
        "Message": message if isinstance(message, str) else json.dumps(message),
        "Timestamp": "2026-11-22T10:00:06.000Z",
        **changes,
    }
    posting = sns.envelope_posting("http://x", "http://y", fields)
    return {**json.loads(posting.body), "SigningCertURL": AWS + CERTIFICATE}


def raw(fields: Mapping[str, object]) -> bytes:
    return json.dumps(fields).encode()


@dataclass(frozen=True)
class Request:
    signature: str
    keys: tuple[str, ...] = ("ours",)
    message: str = json.dumps(BOUNCE)


class TestSignature(WebhookSecurity[Request]):
    def signed(self) -> Request:
        return Request(str(signed()["Signature"]))

    def altered(self, case: Request) -> Request:
        return replace(case, message=case.message.replace("Permanent", "Transient"))

    def other_key(self) -> str:
        return "another"

    def check(self, case: Request) -> None:
        fields = {**signed(), "Signature": case.signature, "Message": case.message}
        envelope = read_envelope(raw(fields), [TOPIC])
        refusals = [_refusal(envelope, KEYS.get(name)) for name in case.keys or ("",)]
        if all(refusals):
            raise BadSignature("none of them")


def _refusal(envelope: object, key: RSAPublicKey | None) -> bool:
    try:
        verify(envelope, key)  # type: ignore[arg-type]  # made one line above
    except BadSignature:
        return True
    return False


@pytest.mark.parametrize(
    "changes",
    [
        {"TopicArn": "arn:aws:sns:eu-central-1:999999999999:outreach-events"},
        {"TopicArn": "arn:aws:sns:../../x:000000000000:outreach-events"},
        {"TopicArn": ""},
        {"Type": "UnsubscribeConfirmation"},
        {"SignatureVersion": "3"},
        {"MessageId": ""},
        {"Message": "\ud800"},
        {"Signature": 7},
    ],
)
def test_message_of_no_topic_of_ours_or_of_another_kind_is_not_believed(
    changes: dict[str, object],
) -> None:
    with pytest.raises(BadSignature):
        verify(read_envelope(raw({**signed(), **changes}), [TOPIC]), KEYS["ours"])


def test_genuine_message_of_somebody_else_s_topic_is_not_believed() -> None:
    theirs = "arn:aws:sns:eu-central-1:999999999999:outreach-events"
    verify(read_envelope(raw(signed(topic=theirs)), [theirs]), KEYS["ours"])
    with pytest.raises(BadSignature):
        read_envelope(raw(signed(topic=theirs)), [TOPIC])


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"[" * 100_000, b'{"Type": 7}'])
def test_body_that_is_no_envelope_is_not_believed(body: bytes) -> None:
    with pytest.raises(BadSignature):
        read_envelope(body, [TOPIC])


def test_older_signature_version_counts_too() -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    fields = signed()
    names = ("Message", "MessageId", "Timestamp", "TopicArn", "Type")
    text = "".join(f"{name}\n{fields[name]}\n" for name in names).encode()
    old = KEY.private.sign(text, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 - as SNS has it
    again = {**fields, "SignatureVersion": "1", "Signature": base64.b64encode(old).decode()}
    verify(read_envelope(raw(again), [TOPIC]), KEYS["ours"])


ELSEWHERE = [
    "",
    "http://sns.eu-central-1.amazonaws.com" + CERTIFICATE,
    "https://sns.eu-central-1.amazonaws.com.evil.example" + CERTIFICATE,
    "https://sns.eu-central-1.amazonaws.com@evil.example" + CERTIFICATE,
    "https://evil.example/https://sns.eu-central-1.amazonaws.com" + CERTIFICATE,
    "https://sns.us-east-1.amazonaws.com" + CERTIFICATE,
    "https://s3.amazonaws.com/sns.eu-central-1.amazonaws.com" + CERTIFICATE,
    "https://sns.eu-central-1.amazonaws.com:8443" + CERTIFICATE,
    "https://sns.eu-central-1.amazonaws.com/x" + CERTIFICATE,
    "https://sns.eu-central-1.amazonaws.com" + CERTIFICATE + "?x=http://169.254.169.254/",
    "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&x=" + CERTIFICATE,
    "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-../../x.pem",
    "http://169.254.169.254/latest/meta-data/",
    "file:///etc/passwd",
    "http://127.0.0.1:9" + CERTIFICATE,
]


@pytest.mark.parametrize("url", ELSEWHERE)
async def test_certificate_elsewhere_is_refused_and_nobody_is_called(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[str] = []
    monkeypatch.setattr(
        "outreach.providers.ses.certificates.Transport", lambda base, **_: called.append(base)
    )
    certificates = SnsCertificates()
    envelope = read_envelope(raw({**signed(), "SigningCertURL": url}), [TOPIC])
    with pytest.raises(BadSignature):
        await certificates.learn(envelope)
    assert called == []
    assert certificates.key_of(envelope) is None


async def test_certificate_of_the_stand_in_is_fetched_once_and_verifies() -> None:
    async with http_peer(replies(200, KEY.certificate.decode())) as peer:
        certificates = SnsCertificates(peer.base_url)
        url = f"{peer.base_url}/sns{CERTIFICATE}"
        envelope = read_envelope(raw({**signed(), "SigningCertURL": url}), [TOPIC])
        for _ in range(2):
            await certificates.learn(envelope)
        verify(envelope, certificates.key_of(envelope))
    assert [request.path for request in peer.requests] == [f"/sns{CERTIFICATE}"]


@pytest.mark.parametrize(
    "answer",
    [
        replies(302, "", {"Location": "http://127.0.0.1:9/x.pem"}),
        replies(404, ""),
        replies(200, "no certificate"),
    ],
)
async def test_certificate_that_cannot_be_had_makes_amazon_come_again_and_us_rest(
    answer: object,
) -> None:
    async with http_peer(answer) as peer:  # type: ignore[arg-type]  # one of the answers above
        certificates = SnsCertificates(peer.base_url)
        url = f"{peer.base_url}/sns{CERTIFICATE}"
        envelope = read_envelope(raw({**signed(), "SigningCertURL": url}), [TOPIC])
        for _ in range(3):
            with pytest.raises(Unavailable):
                await certificates.learn(envelope)
    assert len(peer.requests) == 1


async def test_confirmation_goes_to_sns_of_the_topic_and_not_to_the_address_in_the_message() -> (
    None
):
    async with http_peer(replies(200, "<ok/>")) as peer:
        fields = signed(
            Type="SubscriptionConfirmation", Token="t0ken", SubscribeURL="http://evil.example/"
        )
        await SnsCertificates(peer.base_url).confirm(read_envelope(raw(fields), [TOPIC]))
    (request,) = peer.requests
    assert request.path.startswith("/sns/?Action=ConfirmSubscription&TopicArn=arn%3Aaws%3Asns")
    assert request.path.endswith("&Token=t0ken")


def test_event_has_our_token_and_no_address() -> None:
    found = parse_event(read_envelope(raw(signed()), [TOPIC]))
    assert (found.token, found.message_id) == ("abcdefgh234567", "0100-000000")
    assert found.event_key == "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324"
    assert found.occurred_at == datetime(2026, 11, 22, 10, 0, 5, tzinfo=UTC)
    assert "anna" not in str(found)


@pytest.mark.parametrize(
    ("name", "details", "kind", "refusal", "permanent"),
    [
        ("Send", {}, EventKind.ACCEPTED, None, False),
        ("Delivery", {}, EventKind.DELIVERED, None, False),
        ("DeliveryDelay", {}, EventKind.DEFERRED, None, False),
        ("Bounce", {"bounceType": "Permanent"}, EventKind.BOUNCED, Refusal.BAD_ADDRESS, True),
        ("Bounce", {"bounceType": "Transient"}, EventKind.BOUNCED, Refusal.OTHER, False),
        ("Bounce", {"bounceType": "Undetermined"}, EventKind.BOUNCED, Refusal.OTHER, False),
        (
            "Bounce",
            {"bounceType": "Permanent", "bounceSubType": "OnAccountSuppressionList"},
            EventKind.FAILED,
            Refusal.BAD_ADDRESS,
            True,
        ),
        ("Complaint", {}, EventKind.COMPLAINED, Refusal.OPTED_OUT, True),
        ("Subscription", {}, EventKind.UNSUBSCRIBED, Refusal.OPTED_OUT, True),
        ("Reject", {}, EventKind.FAILED, Refusal.CONTENT, False),
        ("Open", {}, None, None, False),
    ],
)
def test_name_of_an_event_becomes_a_kind(
    name: str,
    details: dict[str, str],
    kind: EventKind | None,
    refusal: str | None,
    permanent: bool,
) -> None:
    where = name[0].lower() + name[1:]
    message = {"eventType": name, "mail": mail(), where: details}
    found = parse_event(read_envelope(raw(signed(message)), [TOPIC]))
    assert (found.kind, found.refusal, found.permanent) == (kind, refusal, permanent)


def test_status_of_the_mail_server_is_the_code() -> None:
    found = parse_event(read_envelope(raw(signed()), [TOPIC]))
    assert found.provider_code == "5.1.1"


def test_feedback_notification_without_tags_is_found_by_its_message() -> None:
    message = {"notificationType": "Complaint", "mail": mail(tags=None), "complaint": {}}
    found = parse_event(read_envelope(raw(signed(message)), [TOPIC]))
    assert (found.token, found.message_id) == (None, "0100-000000")
    assert found.kind is EventKind.COMPLAINED


@pytest.mark.parametrize(
    "message", ["", "Successfully validated SNS topic", "[]", "{}", '{"eventType": "Bounce"}']
)
def test_notification_that_is_no_event_is_bad_input(message: str) -> None:
    with pytest.raises(BadInput):
        parse_event(read_envelope(raw(signed(message)), [TOPIC]))
