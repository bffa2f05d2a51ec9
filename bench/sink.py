"""The smallest provider there can be: takes requests, answers what Twilio or SendGrid would.

A process of its own on a raw asyncio protocol, so that the sink is never the limit. It
counts, remembers when the first and the last request came, and tells both on GET /.
`python -m bench.sink PORT_FILE [--delay SECONDS] [--callbacks PORT --auth-token TOKEN]`: with
callbacks it reports each text as sent and as delivered, signed, on kept connections.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import time
from pathlib import Path
from urllib.parse import parse_qs

from bench.callbacks import Poster, status_callback

_SID = b"SM%032d"
_TWILIO = (
    b'{"sid":"%s","status":"queued","num_segments":"1","price":null,"price_unit":"USD",'
    b'"error_code":null,"error_message":null,"body":"","to":"","from":"","direction":'
    b'"outbound-api","num_media":"0","account_sid":"AC","date_created":null,"date_sent":null,'
    b'"date_updated":null,"uri":"","api_version":"2010-04-01","messaging_service_sid":null,'
    b'"subresource_uris":{}}'
)
# Never begun again: a callback about a message that was reported before would be a repeat.
_NUMBERS = itertools.count(1)
_REPORTED = ("sent", "delivered")


class Counts:
    requests = 0
    first_at = 0.0
    last_at = 0.0


class Sink(asyncio.Protocol):
    """One connection; requests may be pipelined and come in pieces."""

    def __init__(self, delay_seconds: float, poster: Poster | None) -> None:
        self._delay = delay_seconds
        self._poster = poster
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
            body = self._buffer[end + 4 : total]
            self._buffer = self._buffer[total:]
            self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"GET / "):
            self._write(b"200 OK", _counts(self._poster))
        elif head.startswith(b"DELETE / "):
            Counts.requests, Counts.first_at, Counts.last_at = 0, 0.0, 0.0
            self._write(b"200 OK", b"{}")
        else:
            self._take(b"/v3/mail/send" in head[:80], body)

    def _take(self, is_email: bool, sent: bytes) -> None:
        moment = time.monotonic()
        Counts.first_at = Counts.first_at or moment
        Counts.last_at = moment
        Counts.requests += 1
        if is_email:
            status, body, more = b"202 Accepted", b"", b"X-Message-Id: m%d\r\n" % Counts.requests
        else:
            sid = _SID % next(_NUMBERS)
            status, body, more = b"201 Created", _TWILIO % sid, b""
            self._report(sid.decode(), sent)
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, self._write, status, body, more)
        else:
            self._write(status, body, more)

    def _report(self, sid: str, sent: bytes) -> None:
        if self._poster is None:
            return
        asked = parse_qs(sent.decode()).get("StatusCallback", [""])[0].partition("#")[0]
        for status in _REPORTED:
            self._poster.post(status_callback(asked, sid, status, self._poster.auth_token))

    def _write(self, status: bytes, body: bytes, more: bytes = b"") -> None:
        self._transport.write(  # type: ignore[attr-defined]  # a stream's transport
            b"HTTP/1.1 %s\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s"
            % (status, more, len(body), body)
        )


def _length(head: bytes) -> int:
    at = head.lower().find(b"content-length:")
    if at < 0:
        return 0
    return int(head[at + 15 :].split(b"\r\n", 1)[0])


def _counts(poster: Poster | None) -> bytes:
    return json.dumps(
        {
            "requests": Counts.requests,
            "first_at": Counts.first_at,
            "last_at": Counts.last_at,
            "seconds": Counts.last_at - Counts.first_at,
            "callbacks_refused": poster.refused if poster else 0,
        }
    ).encode()


async def serve(options: argparse.Namespace) -> None:
    poster = None
    if options.callbacks:
        poster = Poster("127.0.0.1", options.callbacks, auth_token=options.auth_token)
        await poster.connect()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Sink(options.delay, poster), "127.0.0.1", 0, backlog=512
    )
    options.port_file.write_text(str(server.sockets[0].getsockname()[1]))
    await server.serve_forever()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port_file", type=Path)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--callbacks", type=int, default=0, help="port of the webhooks")
    parser.add_argument("--auth-token", default="")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(serve(_options()))
