"""What a provider's refusal says about an address for good. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from outreach.consent.models import SuppressionReason
from outreach.core.errors import Refusal
from outreach.providers.port import EventKind, StatusEvent

# Everything else that is refused concerns the message, the sender or the account.
_LASTING: Mapping[str, SuppressionReason] = {
    Refusal.OPTED_OUT: SuppressionReason.PROVIDER,
    Refusal.COMPLAINED: SuppressionReason.COMPLAINT,
    Refusal.BAD_ADDRESS: SuppressionReason.BOUNCE,
    Refusal.CANNOT_RECEIVE: SuppressionReason.BOUNCE,
}


def reason_of_refusal(kind: str | None) -> SuppressionReason | None:
    """Why nothing may go here any more; None when the refusal is no news about the address."""
    return _LASTING.get(kind or "")


def reason_of_event(event: StatusEvent) -> SuppressionReason | None:
    """The same for a receipt: complaints count, and failures that the provider calls lasting."""
    if event.kind is EventKind.COMPLAINED:
        return SuppressionReason.COMPLAINT
    if event.kind is EventKind.UNSUBSCRIBED:
        return SuppressionReason.ASKED
    return reason_of_refusal(event.refusal) if event.permanent else None
