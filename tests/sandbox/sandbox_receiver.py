"""A web server that stands where the product's webhooks would, and keeps what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def events(self) -> list[dict[str, Any]]:
        return list(json.loads(self.body))

    @property
    def parts(self) -> dict[str, Message]:
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        whole = message_from_bytes(head + self.body)
        return {
            str(part.get_param("name", header="content-disposition")): part
            for part in whole.get_payload()
            if isinstance(part, Message)
        }

    def part(self, name: str) -> str:
        payload = self.parts[name].get_payload(decode=True)
        assert isinstance(payload, bytes)
        return payload.decode()


class Receiver:
    """`answers`: statuses for the next requests, 204 once they are used up."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: list[int] = []
        self._came = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, count: int) -> list[Received]:
        return self.wait_until(lambda got: len(got) >= count)

    def wait_until(self, enough: Callable[[list[Received]], bool]) -> list[Received]:
        with self._came:
            assert self._came.wait_for(lambda: enough(self.received), timeout=15), self.received
            return list(self.received)

    def events(self, count: int) -> list[dict[str, Any]]:
        """All events of all arrays, once there are `count`."""
        self.wait_until(lambda got: sum(len(each.events) for each in got) >= count)
        return [event for each in self.received for event in each.events]

    def _take(self, received: Received) -> int:
        with self._came:
            self.received.append(received)
            self._came.notify_all()
            return self.answers.pop(0) if self.answers else 204

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        take = self._take

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status = take(Received(self.path, headers, body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Requests are asserted on, not printed."""

        return Handler
