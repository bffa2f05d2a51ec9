"""Waking the workers after a commit, a few times a second at most.

Owns the coalescing: a thousand receipts are one wake-up. A reply may be an opt-out, so it
waits for nothing but the wake-up before it. Refuses to hold up an answer; a wake-up that
fails is made good by the sweeper (promise 4).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from outreach.core import queues
from outreach.core.wake import wake
from outreach.inbox.store import MessageRow, Row

# Between two wake-ups of one kind. The one for replies only keeps a flood of them together.
PAUSE_SECONDS = {queues.READ_REPLIES: 0.02, queues.APPLY_RECEIPTS: 0.25}


class Waker:
    """Collects which tasks are wanted, and asks for them from threads of their own."""

    def __init__(self) -> None:
        self._wanted = {task: asyncio.Event() for task in PAUSE_SECONDS}
        self._loops: list[asyncio.Task[None]] = []

    def stored(self, rows: Sequence[Row]) -> None:
        """Notes who has to look at these rows."""
        for kind in {type(row) for row in rows}:
            is_message = issubclass(kind, MessageRow)
            self._wanted[queues.READ_REPLIES if is_message else queues.APPLY_RECEIPTS].set()

    def start(self) -> None:
        self._loops = [
            asyncio.create_task(self._work(task), name=f"waker {task}") for task in self._wanted
        ]

    async def stop(self) -> None:
        """Asks for what is still wanted, then ends."""
        for loop in self._loops:
            loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await loop
        for task in self._wanted:
            await self._ask(task)

    async def _work(self, task: str) -> None:
        while True:
            await self._wanted[task].wait()
            await self._ask(task)
            await asyncio.sleep(PAUSE_SECONDS[task])

    async def _ask(self, task: str) -> None:
        if self._wanted[task].is_set():
            self._wanted[task].clear()
            # The broker's client blocks, for a second when the broker is away.
            await asyncio.to_thread(wake, task, queues.CONTROL)
