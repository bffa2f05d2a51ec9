"""Taking what waits in the inbox, and marking it as dealt with.

Both inside the caller's transaction: a row stays locked until the caller commits what it
understood, so two workers never deal with the same one.
"""

from __future__ import annotations

from collections.abc import Sequence

from outreach.core.clock import now
from outreach.inbox.models import InboundMessage, ProviderEvent


def take_waiting_events(limit: int) -> list[ProviderEvent]:
    """The oldest events nobody works on, locked for the caller's transaction."""
    waiting = ProviderEvent.objects.select_for_update(skip_locked=True).filter(processed_at=None)
    return list(waiting.order_by("id")[:limit])


def mark_events(ids: Sequence[int]) -> None:
    """Marks events as applied, at the time of business."""
    ProviderEvent.objects.filter(id__in=ids).update(processed_at=now())


def take_message(message_id: int) -> InboundMessage | None:
    """The message, locked for the caller's transaction; None when it has been read already."""
    return (
        InboundMessage.objects.select_for_update().filter(id=message_id, processed_at=None).first()
    )


def mark_message(message_id: int) -> None:
    """Marks a message as read, at the time of business."""
    InboundMessage.objects.filter(id=message_id).update(processed_at=now())


def erase_words(ids: Sequence[int]) -> None:
    """Takes the words out of messages whose time to be kept is over; who wrote when stays."""
    InboundMessage.objects.filter(id__in=ids).update(subject="", text="", headers={})
