"""The smallest mail server there can be: takes every message at once and forgets it.

Used where Postfix's smtp-sink is not installed. `python -m bench.mailbox PORT`.
"""

from __future__ import annotations

import asyncio
import sys

_END = b"\r\n.\r\n"
_ANSWERS = {
    b"EHLO": b"250-sink\r\n250-8BITMIME\r\n250 SIZE 20000000\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 bye\r\n",
}


class Mailbox(asyncio.Protocol):
    """One connection, line by line until DATA, then up to the lonely dot."""

    def __init__(self) -> None:
        self._buffer = b""
        self._in_message = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._say(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            found = self._message() if self._in_message else self._command()
            if not found:
                return

    def _message(self) -> bool:
        end = self._buffer.find(_END)
        if end < 0:
            return False
        self._buffer = self._buffer[end + len(_END) :]
        self._in_message = False
        self.took()
        self._say(b"250 taken\r\n")
        return True

    def _command(self) -> bool:
        line, found, rest = self._buffer.partition(b"\r\n")
        if not found:
            return False
        self._buffer = rest
        self.heard(line)
        word = line[:4].upper()
        self._in_message = word == b"DATA"
        self._say(_ANSWERS.get(word, b"250 ok\r\n"))
        return True

    def heard(self, line: bytes) -> None:
        """A command came; for servers that remember."""

    def took(self) -> None:
        """The message that the last commands were about is taken."""

    def _say(self, answer: bytes) -> None:
        self._transport.write(answer)  # type: ignore[attr-defined]  # a stream's transport


async def serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Mailbox, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
