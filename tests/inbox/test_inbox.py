"""What waits in the inbox is taken by one worker at a time, in its order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import psycopg
import pytest
from django.db import transaction

from outreach.config.database import work_dsn
from outreach.config.environment import environment
from outreach.core.channels import Channel
from outreach.inbox.actions import mark_events, mark_message, take_message, take_waiting_events
from outreach.inbox.models import InboundMessage, ProviderEvent
from outreach.inbox.queries import status_event_of, waiting_message_ids
from outreach.inbox.store import Row, event_row, insert, message_row
from outreach.providers.port import EventKind, StatusEvent
from outreach.providers.port import InboundMessage as Written

AT = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
TAKE = "SELECT id FROM inbox_providerevent ORDER BY id LIMIT 2 FOR UPDATE"


def event(key: str) -> StatusEvent:
    return StatusEvent(
        provider="twilio",
        event_key=key,
        token="token",
        message_id="SM1",
        kind=EventKind.FAILED,
        provider_code="30003",
        refusal="other",
        permanent=False,
        occurred_at=AT,
    )


def written(message_id: str, text: str = "Hello") -> Written:
    return Written(
        provider="twilio",
        message_id=message_id,
        channel=Channel.SMS,
        from_address="+447700900123",
        to_address="+447700900999",
        subject="",
        text=text,
        headers={"Auto-Submitted": "no"},
    )


def store(*rows: Row) -> None:
    async def put(given: Sequence[Row]) -> None:
        async with await psycopg.AsyncConnection.connect(work_dsn(environment())) as connection:
            await insert(connection, given)

    asyncio.run(put(rows))


@pytest.fixture(autouse=True)
def _database(as_work: None) -> None:
    """Role work, real commits."""


def test_event_comes_back_as_it_was_parsed() -> None:
    store(event_row(event("one"), AT))
    assert status_event_of(ProviderEvent.objects.get()) == event("one")


def test_event_that_another_worker_has_taken_is_passed_over() -> None:
    store(*(event_row(event(str(number)), AT) for number in range(5)))
    with psycopg.connect(work_dsn(environment())) as other:
        other.execute(TAKE)
        with transaction.atomic():
            taken = take_waiting_events(10)
            mark_events([row.pk for row in taken])
    assert [row.event_key for row in taken] == ["2", "3", "4"]
    with transaction.atomic():
        assert [row.event_key for row in take_waiting_events(10)] == ["0", "1"]


def test_messages_wait_in_the_order_in_which_they_came() -> None:
    for key in ("c", "a", "b"):
        store(message_row(written(key), AT))
    first, second, third = waiting_message_ids(10)
    keys = InboundMessage.objects.order_by("id").values_list("message_id", flat=True)
    assert list(keys) == ["c", "a", "b"]
    assert waiting_message_ids(10, except_ids=[first]) == [second, third]


def test_message_is_read_once() -> None:
    store(message_row(written("one"), AT))
    (message_id,) = waiting_message_ids(10)
    with transaction.atomic():
        assert take_message(message_id) is not None
        mark_message(message_id)
        assert take_message(message_id) is None
    assert waiting_message_ids(10) == []


def test_group_with_a_repeated_message_is_stored() -> None:
    store(*(message_row(written("one"), AT) for _ in range(3)), event_row(event("one"), AT))
    store(message_row(written("one", "altered"), AT))
    assert InboundMessage.objects.get().text == "Hello"


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "🦉" * 20_000, "漢字\r\n'\"\\", "{NULL}"])
def test_whatever_is_written_can_be_stored(text: str) -> None:
    message = written(text or "x", text)
    store(message_row(message, AT), event_row(event(text), AT))
    kept = InboundMessage.objects.get().text
    assert kept == text.replace("\0", "").replace("\ud800", "?")
