"""What SES tells through SNS: one event of one mail.

Owns the reading of events, both as event publishing and as the older feedback notifications
write them. Refuses to keep addresses and the free text of an event.
Source: SES developer guide, "Contents of event data that Amazon SES publishes to Amazon SNS"
(November 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from outreach.core.errors import BadInput, Refusal
from outreach.providers.json_fields import instant_of, json_object, text_of
from outreach.providers.port import EventKind, ProviderName, StatusEvent
from outreach.providers.ses.client import TOKEN_TAG
from outreach.providers.ses.envelope import Envelope

# Not listed: Open, Click. The second word is the object that has the details.
_KINDS: Mapping[str, tuple[EventKind, str]] = {
    "Send": (EventKind.ACCEPTED, "send"),
    "Delivery": (EventKind.DELIVERED, "delivery"),
    "DeliveryDelay": (EventKind.DEFERRED, "deliveryDelay"),
    "Bounce": (EventKind.BOUNCED, "bounce"),
    "Complaint": (EventKind.COMPLAINED, "complaint"),
    "Reject": (EventKind.FAILED, "reject"),
    "Rendering Failure": (EventKind.FAILED, "failure"),
    "Subscription": (EventKind.UNSUBSCRIBED, "subscription"),
}
# SES did not even try: the address has bounced or complained before.
_NOT_TRIED = frozenset({"Suppressed", "OnAccountSuppressionList"})
_WANT_NONE = frozenset({EventKind.COMPLAINED, EventKind.UNSUBSCRIBED})


def parse_event(envelope: Envelope) -> StatusEvent:
    """The event of a verified notification. Raises BadInput when it is none of SES."""
    event = json_object(envelope.message, "The message of a notification")
    name = text_of(event, "eventType") or text_of(event, "notificationType")
    mail = event.get("mail")
    if not name or not isinstance(mail, dict):
        raise BadInput("A notification that is no event of a mail.")
    kind, details = _kind(name, event)
    refusal, permanent = _consequence(kind, details)
    return StatusEvent(
        provider=ProviderName.SES,
        event_key=envelope.message_id,
        token=_token(mail),
        message_id=text_of(mail, "messageId") or None,
        kind=kind,
        provider_code=_code(details) or name,
        refusal=refusal,
        permanent=permanent,
        occurred_at=instant_of(text_of(details, "timestamp") or text_of(mail, "timestamp")),
    )


def _kind(name: str, event: Mapping[str, Any]) -> tuple[EventKind | None, Mapping[str, Any]]:
    kind, where = _KINDS.get(name, (None, ""))
    found = event.get(where)
    details: Mapping[str, Any] = found if isinstance(found, dict) else {}
    if kind is EventKind.BOUNCED and text_of(details, "bounceSubType") in _NOT_TRIED:
        kind = EventKind.FAILED
    return kind, details


def _consequence(kind: EventKind | None, details: Mapping[str, Any]) -> tuple[str | None, bool]:
    """(refusal, permanent). Only a permanent bounce says something about the mailbox."""
    if kind in _WANT_NONE:
        return Refusal.OPTED_OUT, True
    bounce = text_of(details, "bounceType")
    if bounce:
        return (Refusal.BAD_ADDRESS, True) if bounce == "Permanent" else (Refusal.OTHER, False)
    return (Refusal.CONTENT, False) if kind is EventKind.FAILED else (None, False)


def _token(mail: Mapping[str, Any]) -> str | None:
    """Feedback notifications have no tags; their event is found by the message's id."""
    tags = mail.get("tags")
    values = tags.get(TOKEN_TAG) if isinstance(tags, dict) else None
    first = values[0] if isinstance(values, list) and values else None
    return first if isinstance(first, str) and first else None


def _code(details: Mapping[str, Any]) -> str:
    """The mail server's status (5.1.1) where there is one."""
    for name in ("bouncedRecipients", "delayedRecipients"):
        recipients = details.get(name)
        if isinstance(recipients, list) and recipients and isinstance(recipients[0], dict):
            return text_of(recipients[0], "status")
    return ""
