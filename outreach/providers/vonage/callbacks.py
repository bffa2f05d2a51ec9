"""What Vonage posts to us: states of texts and texts to us, as JSON of version 1.

Owns the signature (a JWT in `Authorization` that holds the SHA-256 of the body) and the reading.
Refuses to judge freshness: a webhook that we did not take is repeated for a day. Media are
counted, their addresses are not kept.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

import jwt

from outreach.core.channels import Channel
from outreach.core.errors import BadInput, BadSignature, Refusal
from outreach.providers.json_fields import instant_of, json_object, text_of
from outreach.providers.port import EventKind, InboundMessage, ProviderName, StatusEvent
from outreach.providers.vonage.codes import BUSY, meaning_of, read_code
from outreach.providers.vonage.numbers import from_vonage

# Messages API, "Message status": what `status` may be.
_KINDS = {
    "submitted": EventKind.ACCEPTED,
    "delivered": EventKind.DELIVERED,
    "read": EventKind.DELIVERED,
    "rejected": EventKind.FAILED,
    "undeliverable": EventKind.FAILED,
}
_TEXT_CHANNELS = frozenset({"sms", "mms"})
# The last part of the address that the application has for all states: no message of ours.
NO_TOKEN = "none"  # noqa: S105 - the opposite of a secret
LONGEST_TEXT = 16_000
_SCHEME = "bearer"


def verify(raw: bytes, authorization: str, secrets: Sequence[str]) -> None:
    """Returns when Vonage signed this body with one of `secrets`, newest first.

    `authorization`: the header, "Bearer …". HS256 over the claims, of which `payload_hash` is
    the SHA-256 of the body in hexadecimal (Vonage, "Signed webhooks"). Raises BadSignature,
    whatever is wrong or malformed.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() == _SCHEME:
        expected = hashlib.sha256(raw).hexdigest()
        for secret in secrets:
            claimed = _claimed_hash(token.strip(), secret)
            if claimed and hmac.compare_digest(claimed.lower().encode(), expected.encode()):
                return
    raise BadSignature("This request was not signed by Vonage.")


def sign(raw: bytes, secret: str) -> str:
    """What Vonage writes into `Authorization` for this body; with it our own door is tried."""
    claims = {"iss": "Vonage", "payload_hash": hashlib.sha256(raw).hexdigest()}
    return f"Bearer {jwt.encode(claims, secret, algorithm='HS256')}"


def _claimed_hash(token: str, secret: str) -> str:
    """The `payload_hash` of a token that `secret` has signed, else ""."""
    if not secret:  # an empty secret would be a key that everybody knows
        return ""
    try:
        # Times are not looked at: see the module.
        claims = jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
    except (jwt.PyJWTError, ValueError):
        return ""
    found = claims.get("payload_hash")
    return found if isinstance(found, str) else ""


def parse_status(raw: bytes) -> StatusEvent:
    """One state of one text. Our token is read from `client_ref`, which is signed; the address
    of the request, where it stands too, is not.

    Vonage sends no event id, so the key is message, status and error code. Raises BadInput when
    message or status is missing.
    """
    fields = json_object(raw, "Vonage's webhook")
    message_id, status = text_of(fields, "message_uuid"), text_of(fields, "status").lower()
    if not message_id or not status:
        raise BadInput("A Vonage status without message_uuid or status.")
    code = read_code(fields.get("error"))
    kind = _KINDS.get(status)
    failed = kind is EventKind.FAILED
    found = meaning_of(code)
    return StatusEvent(
        provider=ProviderName.VONAGE,
        event_key=f"{message_id}|{status}|{code or ''}",
        token=text_of(fields, "client_ref") or None,
        message_id=message_id,
        kind=kind,
        provider_code=str(code or status),
        refusal=(Refusal.OTHER if found.kind == BUSY else found.kind) if failed else None,
        permanent=failed and found.permanent,
        occurred_at=instant_of(text_of(fields, "timestamp")),
    )


def parse_inbound(raw: bytes) -> InboundMessage:
    """One text to us. Raises BadInput when it has no id, sender or receiver, or is no text."""
    fields = json_object(raw, "Vonage's webhook")
    message_id = text_of(fields, "message_uuid")
    sender, receiver = text_of(fields, "from"), text_of(fields, "to")
    if not message_id or not sender or not receiver:
        raise BadInput("A Vonage message without message_uuid, from or to.")
    if text_of(fields, "channel") not in _TEXT_CHANNELS:
        raise BadInput("A Vonage message that is no text.")
    kind = text_of(fields, "message_type")
    return InboundMessage(
        provider=ProviderName.VONAGE,
        message_id=message_id,
        channel=Channel.SMS,
        from_address=from_vonage(sender),
        to_address=from_vonage(receiver),
        subject="",
        text=(text_of(fields, "text") or _caption(fields, kind))[:LONGEST_TEXT],
        files_dropped=0 if kind == "text" else 1,
    )


def _caption(fields: Mapping[str, Any], kind: str) -> str:
    """What somebody wrote beside a picture: {"image": {"url": …, "caption": …}}."""
    media = fields.get(kind)
    return text_of(media, "caption") if isinstance(media, dict) else ""
