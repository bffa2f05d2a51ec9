"""What SNS posts: an envelope, signed by a key whose certificate it names.

Owns the envelope, its topic and its signature. Whoever has an AWS account can have SNS sign what
they like, so an envelope counts only for a topic of ours. Refuses to fetch anything: the address
of the certificate is looked at in `certificates`.
Source: SNS developer guide, "Verifying the signatures of Amazon SNS messages" (November 2026).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from outreach.core.errors import BadSignature

NOTIFICATION = "Notification"
CONFIRMATION = "SubscriptionConfirmation"
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:([a-z0-9-]{3,30}):\d{12}:[A-Za-z0-9_.-]{1,256}")
# Which fields are signed, in this order; Subject only where it is there.
_SIGNED: Mapping[str, tuple[str, ...]] = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    CONFIRMATION: (
        *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    ),
}
# SHA-1 is what SNS signs with where a topic has not been set to version 2.
_HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "1": hashes.SHA1(),  # noqa: S303 - as above
    "2": hashes.SHA256(),
}


@dataclass(frozen=True)
class Envelope:
    """`kind`: NOTIFICATION or CONFIRMATION. `region`: of its topic. `token`: of a confirmation."""

    kind: str
    message_id: str
    message: str
    topic_arn: str
    region: str
    token: str
    certificate_url: str
    signed_text: bytes
    signature: bytes
    version: str


def read_envelope(raw: bytes, topic_arns: Collection[str]) -> Envelope:
    """The envelope of a topic of ours, not yet verified. Raises BadSignature for anything else:
    until its signature is checked nothing in it is worth an answer."""
    fields = _fields(raw)
    kind, topic = fields.get("Type", ""), fields.get("TopicArn", "")
    place = _TOPIC.fullmatch(topic)
    if kind not in _SIGNED or place is None or topic not in topic_arns:
        raise _bad()
    if fields.get("SignatureVersion", "") not in _HASHES or not fields.get("MessageId"):
        raise _bad()
    return Envelope(
        kind=kind,
        message_id=fields["MessageId"],
        message=fields.get("Message", ""),
        topic_arn=topic,
        region=place[1],
        token=fields.get("Token", ""),
        certificate_url=fields.get("SigningCertURL", ""),
        signed_text=_signed_text(kind, fields),
        signature=_signature(fields.get("Signature", "")),
        version=fields["SignatureVersion"],
    )


def verify(envelope: Envelope, key: RSAPublicKey | None) -> None:
    """Returns when `key`, of the certificate that the envelope names, signed it.

    Raises BadSignature, without a key too.
    """
    if key is None:
        raise _bad()
    try:
        key.verify(
            envelope.signature,
            envelope.signed_text,
            padding.PKCS1v15(),
            _HASHES[envelope.version],
        )
    except InvalidSignature as error:
        raise _bad() from error


def _fields(raw: bytes) -> Mapping[str, str]:
    """Those that are texts."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise _bad() from error
    if not isinstance(found, dict):
        raise _bad()
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _signed_text(kind: str, fields: Mapping[str, str]) -> bytes:
    try:
        return "".join(
            f"{name}\n{fields[name]}\n" for name in _SIGNED[kind] if name in fields
        ).encode()
    except UnicodeEncodeError as error:  # half a surrogate pair
        raise _bad() from error


def _signature(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise _bad() from error


def _bad() -> BadSignature:
    return BadSignature("This request was not signed by Amazon SNS for a topic of ours.")
