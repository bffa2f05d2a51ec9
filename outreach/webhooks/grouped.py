"""Storing in groups: many requests, one transaction, and no answer before its commit.

Owns the queue between the doors and PostgreSQL and the one connection behind it. While a
group commits the next one gathers, so the busier the door, the larger the groups; nobody
waits for a timer. Refuses to keep anything for later: when the database is away the
provider is told to come again (503).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import psycopg
from psycopg.rows import TupleRow

from outreach.core.errors import BadInput, OutreachError, Unavailable
from outreach.inbox.beat import BEAT_SECONDS, BEAT_SQL
from outreach.inbox.store import Row, insert
from outreach.organisation.address_keys import (
    RECORD,
    RECORDED,
    Fingerprints,
    require_recorded,
    unrecorded,
)

_LOG = logging.getLogger(__name__)
Connection = psycopg.AsyncConnection[TupleRow]

GROUP_ROWS = 2_000
# Requests waiting for their commit; at 5,000 a second that is some seconds of backlog, and
# Twilio gives up on an answer after 15 seconds.
MOST_WAITING = 20_000
COMMIT_SECONDS = 8.0
CONNECT_SECONDS = 3


@dataclass(frozen=True)
class _Waiting:
    rows: Sequence[Row]
    stored: asyncio.Future[None]
    is_beat: bool = False


class GroupedStore:
    """Stores rows of the inbox. `on_stored`: told the rows of each group after its commit.

    `keys`: for addresses. Nothing is stored that nobody could open.
    """

    def __init__(
        self, dsn: str, on_stored: Callable[[Sequence[Row]], None], keys: Fingerprints
    ) -> None:
        self._dsn = dsn
        self._on_stored = on_stored
        self._keys = keys
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue(MOST_WAITING)
        self._connection: Connection | None = None
        self._task: asyncio.Task[None] | None = None
        self._heart: asyncio.Task[None] | None = None

    async def put(self, rows: Sequence[Row]) -> None:
        """Returns when the rows are committed; no rows: when the database has answered.

        Raises Unavailable when it did not, or when too many wait; BadInput when PostgreSQL
        cannot hold these rows.
        """
        await self._join(_Waiting(rows, asyncio.get_running_loop().create_future()))

    async def _join(self, waiting: _Waiting) -> None:
        try:
            self._queue.put_nowait(waiting)
        except asyncio.QueueFull:
            raise Unavailable("Too many requests wait to be stored.") from None
        await waiting.stored

    def start(self) -> None:
        self._task = asyncio.create_task(self._work(), name="grouped store")
        self._heart = asyncio.create_task(self._beat(), name="heart of the grouped store")

    async def _beat(self) -> None:
        """Says every few seconds that what comes in is stored; it takes its turn as requests do."""
        while True:
            beat = _Waiting((), asyncio.get_running_loop().create_future(), is_beat=True)
            with contextlib.suppress(Unavailable, BadInput):
                await self._join(beat)
            await asyncio.sleep(BEAT_SECONDS)

    async def stop(self) -> None:
        """Called when no request is left that waits."""
        for task in (self._heart, self._task):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        await self._hang_up()

    async def _work(self) -> None:
        while True:
            group = await self._next_group()
            try:
                await self._store(group)
            except Exception:  # the top of this task: its end would leave every request waiting
                _LOG.exception("a group was not stored")
            finally:
                # Does nothing to those answered; when this task is cancelled nobody waits for ever.
                _answer(group, Unavailable("The group was not stored."))

    async def _next_group(self) -> list[_Waiting]:
        group = [await self._queue.get()]
        rows = len(group[0].rows)
        while rows < GROUP_ROWS and not self._queue.empty():
            group.append(self._queue.get_nowait())
            rows += len(group[-1].rows)
        return group

    async def _store(self, group: Sequence[_Waiting]) -> None:
        try:
            rows = [row for waiting in group for row in waiting.rows]
            await self._commit(rows, beats=any(waiting.is_beat for waiting in group))
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            await self._store_singly(group, error)
        except (psycopg.Error, OSError, TimeoutError) as error:
            _LOG.warning("%d requests were not stored: %s", len(group), type(error).__name__)
            await self._hang_up()
            _answer(group, Unavailable("PostgreSQL does not answer."))
        except OutreachError as error:
            _LOG.error("%d requests were not stored: %s", len(group), error)
            await self._hang_up()
            _answer(group, Unavailable("The keys for addresses are not those of the database."))
        else:
            _answer(group, None)

    async def _store_singly(self, group: Sequence[_Waiting], error: Exception) -> None:
        """One row that PostgreSQL refuses must not keep out an opt-out beside it."""
        if len(group) > 1:
            for waiting in group:
                await self._store([waiting])
            return
        _LOG.error("a request cannot be stored: %s", type(error).__name__)
        _answer(group, BadInput("This cannot be stored."))

    async def _commit(self, rows: Sequence[Row], *, beats: bool) -> None:
        async with asyncio.timeout(COMMIT_SECONDS):
            connection = await self._connect()
            async with connection.transaction():
                if rows:
                    await insert(connection, rows)
                if beats:
                    await connection.execute(BEAT_SQL)
                elif not rows:
                    await connection.execute("SELECT 1")
        self._on_stored(rows)

    async def _connect(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._dsn, autocommit=True, connect_timeout=CONNECT_SECONDS
            )
            await self._require_known_keys(self._connection)
        return self._connection

    async def _require_known_keys(self, connection: Connection) -> None:
        """As `record_newest`. Here too: when this process began the database may have been away."""
        rows = await (await connection.execute(RECORDED)).fetchall()
        if new := unrecorded(dict(rows), self._keys):
            await connection.execute(RECORD, new)
            rows = await (await connection.execute(RECORDED)).fetchall()
            require_recorded(dict(rows), self._keys)

    async def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await _quietly(connection.close())


async def _quietly(closing: Awaitable[None]) -> None:
    with contextlib.suppress(psycopg.Error, OSError):
        await closing


def _answer(group: Sequence[_Waiting], error: Exception | None) -> None:
    for waiting in group:
        if waiting.stored.done():
            continue
        if error is None:
            waiting.stored.set_result(None)
        else:
            waiting.stored.set_exception(error)
