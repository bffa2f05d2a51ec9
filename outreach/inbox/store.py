"""Putting what providers sent into the inbox, many rows in one statement, once each.

Plain SQL, because the webhooks' process brings thousands of rows a second through one
connection: one INSERT of arrays costs a round trip for the group, not for the row. Owns
the statements and the shape of the rows; refuses Django, so that the door starts quickly
and stays asynchronous.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Protocol

from psycopg import AsyncConnection

from outreach.organisation.address_keys import seal, seal_written, sealed_json
from outreach.providers.port import InboundMessage, StatusEvent

# In key order, so that two processes that insert the same keys wait for each other instead
# of deadlocking on the unique index.
INSERT_EVENTS = """
INSERT INTO inbox_providerevent (provider, event_key, token, message_id, kind, provider_code,
  refusal, permanent, occurred_at, received_at)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
  %s::text[], %s::boolean[], %s::timestamptz[], %s::timestamptz[])
  AS row(provider, event_key, token, message_id, kind, provider_code, refusal, permanent,
    occurred_at, received_at)
ORDER BY provider, event_key
ON CONFLICT (provider, event_key) DO NOTHING
"""
INSERT_MESSAGES = """
INSERT INTO inbox_inboundmessage (provider, message_id, channel, from_address, to_address,
  subject, text, headers, opt_out_type, files_dropped, received_at)
SELECT provider, message_id, channel, from_address, to_address, subject, text, headers::jsonb,
  opt_out_type, files_dropped, received_at
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
  %s::text[], %s::text[], %s::text[], %s::smallint[], %s::timestamptz[])
  AS row(provider, message_id, channel, from_address, to_address, subject, text, headers,
    opt_out_type, files_dropped, received_at)
ORDER BY provider, message_id
ON CONFLICT (provider, message_id) DO NOTHING
"""
_MOST_FILES = 32_767
_TABLE = "inbox_inboundmessage"


@dataclass(frozen=True)
class EventRow:
    """One row of inbox_providerevent, in the order of the statement."""

    provider: str
    event_key: str
    token: str
    message_id: str
    kind: str
    provider_code: str
    refusal: str
    permanent: bool
    occurred_at: datetime | None
    received_at: datetime


@dataclass(frozen=True)
class MessageRow:
    """One row of inbox_inboundmessage, in the order of the statement."""

    provider: str
    message_id: str
    channel: str
    from_address: str
    to_address: str
    subject: str
    text: str
    headers: str
    opt_out_type: str
    files_dropped: int
    received_at: datetime


Row = EventRow | MessageRow


def event_row(event: StatusEvent, received_at: datetime) -> EventRow:
    """`received_at`: aware UTC. Every text fits its column whatever the provider sent."""
    return EventRow(
        provider=event.provider,
        event_key=_key(event.event_key, 200),
        token=_fit(event.token or "", 120),
        message_id=_fit(event.message_id or "", 120),
        kind=event.kind or "",
        provider_code=_fit(event.provider_code, 40),
        refusal=_fit(event.refusal or "", 20),
        permanent=event.permanent,
        occurred_at=event.occurred_at,
        received_at=received_at,
    )


def message_row(message: InboundMessage, received_at: datetime) -> MessageRow:
    """`received_at`: aware UTC. Every text fits its column whatever the sender wrote."""
    headers = {_fit(k, 80): _fit(v, 1000) for k, v in message.headers.items()}
    return MessageRow(
        provider=message.provider,
        message_id=_key(message.message_id, 250),
        channel=message.channel,
        from_address=seal_written(_fit(message.from_address, 320), f"{_TABLE}.from_address"),
        to_address=_fit(message.to_address, 320),
        subject=seal(_clean(message.subject), f"{_TABLE}.subject"),
        text=seal(_clean(message.text), f"{_TABLE}.text"),
        headers=json.dumps(sealed_json(headers, f"{_TABLE}.headers")),
        opt_out_type=_fit(message.opt_out_type or "", 10),
        files_dropped=min(message.files_dropped, _MOST_FILES),
        received_at=received_at,
    )


class Cursor(Protocol):
    """What is needed of a synchronous cursor."""

    def execute(self, query: Any, params: Any, /) -> Any: ...


def insert_messages(cursor: Cursor, rows: Sequence[MessageRow]) -> None:
    """The messages that are not there yet, in the caller's transaction."""
    if rows:
        cursor.execute(INSERT_MESSAGES, _columns(MessageRow, rows))


def insert_events(cursor: Cursor, rows: Sequence[EventRow]) -> None:
    """The events that are not there yet, in the caller's transaction."""
    if rows:
        cursor.execute(INSERT_EVENTS, _columns(EventRow, rows))


async def insert(connection: AsyncConnection[Any], rows: Sequence[Row]) -> None:
    """Inserts what is not there yet. The caller owns the transaction."""
    events = [row for row in rows if isinstance(row, EventRow)]
    messages = [row for row in rows if isinstance(row, MessageRow)]
    if events:
        await connection.execute(INSERT_EVENTS, _columns(EventRow, events))
    if messages:
        await connection.execute(INSERT_MESSAGES, _columns(MessageRow, messages))


def _columns(shape: type[Row], rows: Sequence[Row]) -> list[list[object]]:
    return [[getattr(row, field.name) for row in rows] for field in fields(shape)]


def _key(text: str, longest: int) -> str:
    """A key as it is, or a hash of one that is too long: cutting could make two the same."""
    clean = _clean(text)
    if len(clean) <= longest:
        return clean
    return f"sha256:{hashlib.sha256(clean.encode()).hexdigest()}"


def _fit(text: str, longest: int) -> str:
    return _clean(text)[:longest]


def _clean(text: str) -> str:
    """PostgreSQL has no NUL in text, and UTF-8 no lone surrogates; one such row would fail
    the whole group."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
