"""A mail server that remembers to whom each message went, in a thread of the chaos program."""

from __future__ import annotations

import asyncio
import threading
from typing import Self

from bench.mailbox import Mailbox


class MailServer:
    """`taken`: the recipient of every message that was taken, in order. `url`: how to reach it."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mail server")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._thread.start()
        port = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        self.url = f"smtp://127.0.0.1:{port}"

    def stop(self) -> None:
        """Also where it was never started."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._server.close()
        self._loop.close()

    async def _listen(self) -> int:
        self._server = await self._loop.create_server(lambda: _Keeping(self.taken), "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])


class _Keeping(Mailbox):
    def __init__(self, taken: list[str]) -> None:
        super().__init__()
        self._taken = taken
        self._recipients: list[str] = []

    def heard(self, line: bytes) -> None:
        if line[:8].upper() == b"RCPT TO:":
            address = line[8:].decode().strip()
            self._recipients.append(address.partition("<")[2].partition(">")[0])

    def took(self) -> None:
        self._taken += self._recipients
        self._recipients = []
