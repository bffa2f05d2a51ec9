"""The smallest provider there can be: takes requests, answers what Twilio or SendGrid would.

A process of its own on a raw asyncio protocol, so that the sink is never the limit. It
counts, remembers when the first and the last request came, and tells both on GET /.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

_SID = b"SM%032d"
_TWILIO = (
    b'{"sid":"%s","status":"queued","num_segments":"1","price":null,"price_unit":"USD",'
    b'"error_code":null,"error_message":null,"body":"","to":"","from":"","direction":'
    b'"outbound-api","num_media":"0","account_sid":"AC","date_created":null,"date_sent":null,'
    b'"date_updated":null,"uri":"","api_version":"2010-04-01","messaging_service_sid":null,'
    b'"subresource_uris":{}}'
)


class Counts:
    requests = 0
    first_at = 0.0
    last_at = 0.0


class Sink(asyncio.Protocol):
    """One connection; requests may be pipelined and come in pieces."""

    def __init__(self, delay_seconds: float) -> None:
        self._delay = delay_seconds
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            length = _length(head)
            total = end + 4 + length
            if len(self._buffer) < total:
                return
            self._buffer = self._buffer[total:]
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        if head.startswith(b"GET / "):
            self._write(b"200 OK", _counts())
        elif head.startswith(b"DELETE / "):
            Counts.requests, Counts.first_at, Counts.last_at = 0, 0.0, 0.0
            self._write(b"200 OK", b"{}")
        else:
            self._take(b"/v3/mail/send" in head[:80])

    def _take(self, is_email: bool) -> None:
        moment = time.monotonic()
        Counts.first_at = Counts.first_at or moment
        Counts.last_at = moment
        Counts.requests += 1
        if is_email:
            status, body, more = b"202 Accepted", b"", b"X-Message-Id: m%d\r\n" % Counts.requests
        else:
            status, more = b"201 Created", b""
            body = _TWILIO % (_SID % Counts.requests)
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, self._write, status, body, more)
        else:
            self._write(status, body, more)

    def _write(self, status: bytes, body: bytes, more: bytes = b"") -> None:
        self._transport.write(  # type: ignore[attr-defined]
            b"HTTP/1.1 %s\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s"
            % (status, more, len(body), body)
        )


def _length(head: bytes) -> int:
    at = head.lower().find(b"content-length:")
    if at < 0:
        return 0
    return int(head[at + 15 :].split(b"\r\n", 1)[0])


def _counts() -> bytes:
    return json.dumps(
        {
            "requests": Counts.requests,
            "first_at": Counts.first_at,
            "last_at": Counts.last_at,
            "seconds": Counts.last_at - Counts.first_at,
        }
    ).encode()


async def serve(port_file: Path, delay_seconds: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Sink(delay_seconds), "127.0.0.1", 0, backlog=512)
    port_file.write_text(str(server.sockets[0].getsockname()[1]))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.0))
