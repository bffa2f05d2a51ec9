"""What Twilio posts to us, signed, over kept connections, faster than any door can take it.

`python -m bench.callbacks PORT ORIGIN AUTH_TOKEN COUNT`: signs that many callbacks first, then
posts them and prints callbacks a second, from the first byte to the last answer.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
import sys
import time
from collections import deque
from urllib.parse import urlencode, urlsplit

_CONNECTIONS = 64
_ACCOUNT = "AC" + "a" * 32


def status_callback(url: str, sid: str, status: str, auth_token: str) -> bytes:
    """A whole request: `sid` is now `status`. `url`: as given to Twilio, without fragment."""
    fields = {
        "AccountSid": _ACCOUNT,
        "ApiVersion": "2010-04-01",
        "From": "+447700900999",
        "MessageSid": sid,
        "MessageStatus": status,
        "SmsSid": sid,
        "SmsStatus": status,
        "To": "+447400000001",
    }
    return request(url, fields, auth_token)


def inbound_text(url: str, sid: str, sender: str, text: str, auth_token: str) -> bytes:
    """A whole request: `sender` (E.164) wrote `text` to us."""
    fields = {
        "AccountSid": _ACCOUNT,
        "Body": text,
        "From": sender,
        "MessageSid": sid,
        "NumMedia": "0",
        "To": "+447700900999",
    }
    return request(url, fields, auth_token)


def request(url: str, fields: dict[str, str], auth_token: str) -> bytes:
    """HMAC-SHA1 over the URL and the sorted fields (Twilio, "Webhooks security")."""
    signed = url + "".join(name + fields[name] for name in sorted(fields))
    digest = hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()
    body = urlencode(fields).encode()
    parts = urlsplit(url)
    head = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        f"X-Twilio-Signature: {base64.b64encode(digest).decode()}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Poster:
    """Requests wait in one queue; each connection has one under way at a time."""

    def __init__(self, host: str, port: int, *, auth_token: str = "") -> None:
        self.auth_token = auth_token
        self.refused = 0
        self._where = (host, port)
        self._waiting: deque[bytes] = deque()
        self._idle: list[_Line] = []
        self._empty = asyncio.Event()
        self._under_way = 0

    async def connect(self) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(_CONNECTIONS):
            _, line = await loop.create_connection(lambda: _Line(self), *self._where)
            self._idle.append(line)

    def post(self, whole: bytes) -> None:
        """Sends it when a connection is free."""
        self._empty.clear()
        if self._idle:
            self._under_way += 1
            self._idle.pop().send(whole)
        else:
            self._waiting.append(whole)

    async def drain(self) -> None:
        """Returns when every request has its answer."""
        await self._empty.wait()

    def answered(self, line: _Line, is_taken: bool) -> None:
        self.refused += not is_taken
        if self._waiting:
            line.send(self._waiting.popleft())
            return
        self._idle.append(line)
        self._under_way -= 1
        if not self._under_way:
            self._empty.set()


class _Line(asyncio.Protocol):
    """One kept connection. An answer of ours has no body, so its head is all of it."""

    def __init__(self, poster: Poster) -> None:
        self._poster = poster
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def send(self, whole: bytes) -> None:
        self._transport.write(whole)  # type: ignore[attr-defined]  # a stream's transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if b"\r\n\r\n" in self._buffer:
            is_taken = self._buffer.startswith(b"HTTP/1.1 204")
            self._buffer = b""
            self._poster.answered(self, is_taken)


def _requests(origin: str, auth_token: str, count: int) -> list[bytes]:
    """Each about another message, so that each is a row."""
    found = []
    for _ in range(count):
        url = f"{origin}/webhooks/twilio/status/{secrets.token_hex(22)}"
        found.append(status_callback(url, f"SM{secrets.token_hex(16)}", "delivered", auth_token))
    return found


async def _storm(port: int, requests: list[bytes]) -> float:
    poster = Poster("127.0.0.1", port)
    await poster.connect()
    begun_at = time.monotonic()
    for whole in requests:
        poster.post(whole)
    await poster.drain()
    if poster.refused:
        raise SystemExit(f"{poster.refused} callbacks were not taken")
    return len(requests) / (time.monotonic() - begun_at)


if __name__ == "__main__":
    at, base, token, number = sys.argv[1:]
    print(asyncio.run(_storm(int(at), _requests(base, token, int(number)))))
