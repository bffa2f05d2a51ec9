"""What SendGrid's Event Webhook posts to us.

Owns the signature and the reading of events. Refuses to judge freshness (events are retried
for a day) and to keep the address or the free text of an event.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from outreach.core.errors import BadInput, BadSignature, Refusal
from outreach.providers.json_fields import text_of
from outreach.providers.port import EventKind, ProviderName, StatusEvent

SIGNATURE_HEADER = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP_HEADER = "X-Twilio-Email-Event-Webhook-Timestamp"

# "Event Webhook Reference". Not listed: open, click, group_resubscribe, account changes.
_KINDS = {
    "processed": EventKind.ACCEPTED,
    "delivered": EventKind.DELIVERED,
    "deferred": EventKind.DEFERRED,
    "dropped": EventKind.FAILED,
    "bounce": EventKind.BOUNCED,
    "spamreport": EventKind.COMPLAINED,
    "unsubscribe": EventKind.UNSUBSCRIBED,
    "group_unsubscribe": EventKind.UNSUBSCRIBED,
}
# Why SendGrid drops (same page, "dropped"), lower case -> (refusal, permanent).
_DROPPED = {
    "bounced address": (Refusal.BAD_ADDRESS, True),
    "invalid": (Refusal.BAD_ADDRESS, True),
    "unsubscribed address": (Refusal.OPTED_OUT, True),
    "spam reporting address": (Refusal.COMPLAINED, True),
    "spam content": (Refusal.CONTENT, False),
    "recipient list over package quota": (Refusal.NOT_ENABLED, False),
}


def verify(raw: bytes, timestamp: str, signature: str, public_keys: Sequence[str]) -> None:
    """Returns when one of `public_keys` signed this request.

    `raw`: the body as it came, final line break included. `public_keys`: base64 as SendGrid
    shows them, newest first. ECDSA over P-256 and SHA-256 of timestamp + body ("Signed Event
    Webhook"). Raises BadSignature, whatever is wrong or malformed.
    """
    try:
        signed = base64.b64decode(signature, validate=True)
        payload = timestamp.encode() + raw
    except ValueError as error:
        raise _bad() from error
    if not timestamp or not any(_signed_by(key, signed, payload) for key in public_keys):
        raise _bad()


def _signed_by(key_text: str, signed: bytes, payload: bytes) -> bool:
    key = _load(key_text)
    if key is None:
        return False
    try:
        key.verify(signed, payload, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=16)
def _load(key_text: str) -> ec.EllipticCurvePublicKey | None:
    """None for what is no P-256 key: nothing can be signed by it."""
    try:
        key = load_der_public_key(base64.b64decode(key_text, validate=True))
    except (ValueError, UnsupportedAlgorithm):
        return None
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    return None


def _bad() -> BadSignature:
    return BadSignature("This request was not signed by SendGrid.")


def parse_events(raw: bytes) -> list[StatusEvent]:
    """The events of one post. Entries without an id or a name are left out, the others kept.

    Raises BadInput when the body is not a JSON list.
    """
    try:
        entries = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadInput("SendGrid's events are not JSON.") from error
    if not isinstance(entries, list):
        raise BadInput("SendGrid's events are not a list.")
    return [event for entry in entries if (event := _event(entry)) is not None]


def _event(entry: object) -> StatusEvent | None:
    if not isinstance(entry, Mapping):
        return None
    name, key = text_of(entry, "event"), text_of(entry, "sg_event_id")
    if not name or not key:
        return None
    refusal, permanent = _consequence(name, entry)
    return StatusEvent(
        provider=ProviderName.SENDGRID,
        event_key=key,
        token=text_of(entry, "token") or None,
        # "14c5d75ce93.dfd.64b469.filter0001…": the part before the first dot is the
        # X-Message-Id of the request ("Event Webhook Reference", sg_message_id).
        message_id=text_of(entry, "sg_message_id").split(".", 1)[0] or None,
        kind=_KINDS.get(name),
        provider_code=text_of(entry, "status") or name,
        refusal=refusal,
        permanent=permanent,
        occurred_at=_instant(entry.get("timestamp")),
    )


def _consequence(name: str, entry: Mapping[str, object]) -> tuple[str | None, bool]:
    """(refusal, permanent). A bounce of type `blocked` is the server's mood, not the mailbox."""
    if name == "bounce":
        blocked = text_of(entry, "type") == "blocked"
        return (Refusal.OTHER, False) if blocked else (Refusal.BAD_ADDRESS, True)
    if name == "dropped":
        reason = text_of(entry, "reason").lower()
        return next(
            (found for start, found in _DROPPED.items() if reason.startswith(start)),
            (Refusal.OTHER, False),
        )
    if _KINDS.get(name) in {EventKind.COMPLAINED, EventKind.UNSUBSCRIBED}:
        return Refusal.OPTED_OUT, True
    return None, False


def _instant(value: object) -> datetime | None:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
