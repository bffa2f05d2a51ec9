"""Waking the workers after a commit, a few times a second at most.

Owns the coalescing: a thousand receipts are one wake-up. Refuses to hold up an answer; a
wake-up that fails is made good by the sweeper (promise 4).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from outreach.core import queues
from outreach.core.wake import wake
from outreach.inbox.store import MessageRow, Row

PAUSE_SECONDS = 0.25


class Waker:
    """Collects which tasks are wanted, and asks for them from a thread of its own."""

    def __init__(self) -> None:
        self._wanted: set[str] = set()
        self._event = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def stored(self, rows: Sequence[Row]) -> None:
        """Notes who has to look at these rows."""
        for row in rows:
            is_message = isinstance(row, MessageRow)
            self._wanted.add(queues.READ_REPLIES if is_message else queues.APPLY_RECEIPTS)
        if rows:
            self._event.set()

    def start(self) -> None:
        self._task = asyncio.create_task(self._work(), name="waker")

    async def stop(self) -> None:
        """Asks for what is still wanted, then ends."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._ask()

    async def _work(self) -> None:
        while True:
            await self._event.wait()
            await self._ask()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _ask(self) -> None:
        self._event.clear()
        wanted, self._wanted = self._wanted, set()
        for task in sorted(wanted, reverse=True):  # replies before receipts
            # The broker's client blocks, for a second when the broker is away.
            await asyncio.to_thread(wake, task, queues.CONTROL)
