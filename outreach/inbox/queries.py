"""Reads of the inbox: what waits to be understood."""

from __future__ import annotations

from collections.abc import Collection

from outreach.inbox.models import InboundMessage, ProviderEvent
from outreach.providers.port import EventKind, StatusEvent


def waiting_message_ids(limit: int, *, except_ids: Collection[int] = ()) -> list[int]:
    """Messages nobody has read, oldest first, so that START after STOP stays in that order."""
    waiting = InboundMessage.objects.filter(processed_at=None).exclude(id__in=except_ids)
    return list(waiting.order_by("id").values_list("id", flat=True)[:limit])


def status_event_of(row: ProviderEvent) -> StatusEvent:
    """The stored event as the providers' port describes it."""
    return StatusEvent(
        provider=row.provider,
        event_key=row.event_key,
        token=row.token or None,
        message_id=row.message_id or None,
        kind=EventKind(row.kind) if row.kind else None,
        provider_code=row.provider_code,
        refusal=row.refusal or None,
        permanent=row.permanent,
        occurred_at=row.occurred_at,
    )
