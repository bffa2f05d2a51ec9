"""The promise behind an answer: committed, in groups, or told to come again."""

from __future__ import annotations

import asyncio
import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import psycopg
import pytest
from django.db import connection
from test_webhooks_twilio import status
from webhook_door import Door

from outreach.core.errors import BadInput, Unavailable
from outreach.inbox.models import ProviderEvent
from outreach.inbox.store import EventRow
from outreach.organisation.address_keys import fingerprints
from outreach.organisation.models import AddressKeyRecord
from outreach.webhooks.grouped import GroupedStore

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"
MANY = 40


def event(key: str) -> EventRow:
    at = datetime(2026, 11, 2, tzinfo=UTC)
    return EventRow("twilio", key, "", "", "", "", "", False, None, at)


def wait_until_an_insert_waits(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as look:
        for _ in range(3000):
            if look.execute(WAITING).fetchone() != (0,):
                return
            time.sleep(0.01)
    pytest.fail("nothing was inserted")


def pid_of_this_test() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_nobody_is_answered_before_the_commit(door: Door, inbox_dsn: str) -> None:
    asked = [status(MessageSid=f"SM{number}") for number in range(MANY)]
    with (
        psycopg.connect(inbox_dsn) as lock,
        ThreadPoolExecutor(MANY) as pool,
    ):
        lock.execute("LOCK inbox_providerevent IN SHARE MODE")
        answers = [pool.submit(door.post, one) for one in asked]
        wait_until_an_insert_waits(inbox_dsn)
        assert not any(answer.done() for answer in answers)
        lock.rollback()
        assert {answer.result() for answer in answers} == {204}
    assert ProviderEvent.objects.count() == MANY


@pytest.fixture
def sessions_before(inbox_dsn: str) -> list[int]:
    """Those of others: this test's own, and of pages that browser tests look at."""
    with psycopg.connect(inbox_dsn, options="") as other:
        rows = other.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        ).fetchall()
    return [pid for (pid,) in rows]


def test_door_recovers_when_its_connection_was_cut(
    sessions_before: list[int], door: Door, inbox_dsn: str
) -> None:
    assert door.post(status("queued")) == 204
    # Without the role: only the login that opened a session may end it.
    with psycopg.connect(inbox_dsn, autocommit=True, options="") as other:
        ended = other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND backend_type = 'client backend' "
            "AND pid <> pg_backend_pid() AND pid <> ALL (%s)",
            [[*sessions_before, pid_of_this_test()]],
        ).fetchall()
        assert ended == [(True,)]
    answers = [door.post(status("delivered")) for _ in range(2)]
    assert answers[-1] == 204
    assert set(answers) <= {204, 503}
    assert ProviderEvent.objects.count() == 2


def test_health_says_whether_the_database_answers(door: Door) -> None:
    client = http.client.HTTPConnection("127.0.0.1", door.port)
    client.request("GET", "/healthz")
    assert client.getresponse().status == 200


def test_row_that_cannot_be_stored_does_not_keep_out_the_others(inbox_dsn: str) -> None:
    async def put_two() -> list[BaseException | None]:
        told: list[object] = []
        store = GroupedStore(inbox_dsn, told.append, fingerprints(""))
        both = [asyncio.create_task(store.put([event(key)])) for key in ("bad\0key", "good")]
        await asyncio.sleep(0)  # both wait before the work begins, so they are one group
        store.start()
        answers = await asyncio.gather(*both, return_exceptions=True)
        await store.stop()
        assert len(told) == 1
        return answers

    bad, good = asyncio.run(put_two())
    assert isinstance(bad, BadInput)
    assert good is None
    assert list(ProviderEvent.objects.values_list("event_key", flat=True)) == ["good"]


def test_nothing_is_stored_that_nobody_here_could_open(inbox_dsn: str) -> None:
    """As when the database was away while the door began, with a forgotten key."""

    async def put(key: str) -> None:
        store = GroupedStore(inbox_dsn, lambda rows: None, fingerprints(""))
        store.start()
        try:
            await store.put([event(key)])
        finally:
            await store.stop()

    at = datetime(2026, 11, 2, tzinfo=UTC)
    AddressKeyRecord.objects.create(version=1, fingerprint="0123456789abcdef", recorded_at=at)
    with pytest.raises(Unavailable, match="keys for addresses"):
        asyncio.run(put("early"))
    AddressKeyRecord.objects.all().delete()
    asyncio.run(put("late"))
    assert list(ProviderEvent.objects.values_list("event_key", flat=True)) == ["late"]


def test_nothing_is_stored_under_a_first_key_beside_an_older_release(inbox_dsn: str) -> None:
    async def put() -> None:
        store = GroupedStore(inbox_dsn, lambda rows: None, fingerprints("1:" + "a1" * 32))
        store.start()
        try:
            await store.put([event("early")])
        finally:
            await store.stop()

    with (
        psycopg.connect(inbox_dsn, application_name="outreach 0.0.9"),
        pytest.raises(Unavailable, match="keys for addresses"),
    ):
        asyncio.run(put())
    assert not AddressKeyRecord.objects.exists()
