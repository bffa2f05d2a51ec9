"""Starting a sandbox as a process and steering it: for tests, the bench and the demo.

Synchronous on purpose: it is called between the steps of a test, also of one that has no
event loop. In asynchronous code call it through `asyncio.to_thread`.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit

from outreach.core import clock
from outreach.core.channels import Channel
from outreach.core.errors import BadInput, Unavailable
from outreach.sandbox.faults import FaultKind

_START_SECONDS = 30.0
_STOP_SECONDS = 10.0
_BAD_REQUEST = 400


@dataclass(frozen=True)
class AcceptedCounts:
    """`duplicates`: token -> times accepted, for tokens accepted more than once."""

    requests: int
    accepted: int
    distinct_tokens: int
    without_token: int
    duplicates: Mapping[str, int]


class SandboxControl:
    """The control API as methods. Raises BadInput when the sandbox refuses what is asked."""

    def __init__(self, base_url: str) -> None:
        self._at = urlsplit(base_url)

    def call(self, method: str, path: str, body: object | None = None) -> dict[str, Any]:
        """One request below /sandbox/api; returns the parsed answer."""
        host, port = self._at.hostname or "127.0.0.1", self._at.port
        with closing(HTTPConnection(host, port, timeout=60)) as connection:
            data = json.dumps(body).encode() if body is not None else None
            connection.request(method, f"/sandbox/api/{path}", body=data)
            answer = connection.getresponse()
            text = answer.read()
        if answer.status >= _BAD_REQUEST:
            raise BadInput(text.decode(), where=f"{method} {path}")
        found: dict[str, Any] = json.loads(text)
        return found

    def configure(self, **settings: object) -> dict[str, Any]:
        """Changes what is named: URLs, delays, `outcomes`, `senders`, `countries`, …"""
        return self.call("PATCH", "settings", settings)

    def event_public_key(self) -> str:
        return str(self.call("GET", "keys")["event_public_key"])

    def fail(
        self, channel: Channel, kind: FaultKind, count: int | None = None, **more: object
    ) -> None:
        """Makes the next `count` requests (or messages) fail so; without a count until cleared."""
        self.call("POST", "faults", {"channel": channel, "kind": kind, "count": count, **more})

    def clear_faults(self, channel: Channel | None = None, kind: FaultKind | None = None) -> int:
        """Ends faults, and returns how many held callbacks were let go."""
        query = {k: v for k, v in (("channel", channel), ("kind", kind)) if v}
        return int(self.call("DELETE", f"faults?{urlencode(query)}")["released_callbacks"])

    def accepted(self, channel: Channel) -> AcceptedCounts:
        found = self.call("GET", f"accepted?{urlencode({'channel': channel, 'limit': 0})}")
        names = ("requests", "accepted", "distinct_tokens", "without_token", "duplicates")
        return AcceptedCounts(**{name: found[name] for name in names})

    def accepted_items(self, channel: Channel) -> list[dict[str, Any]]:
        """Every kept message with token, to, id, at, state; oldest first."""
        items: list[dict[str, Any]] = []
        offset: int | None = 0
        while offset is not None:
            query = urlencode({"channel": channel, "offset": offset, "limit": 5000})
            page = self.call("GET", f"accepted?{query}")
            items += page["items"]
            offset = page["next_offset"]
        return items

    def messages(self, channel: Channel, address: str) -> list[dict[str, Any]]:
        """What one phone or mailbox shows, oldest first."""
        query = urlencode({"channel": channel, "address": address})
        return list(self.call("GET", f"messages?{query}")["messages"])

    def blocked(self) -> dict[str, Any]:
        """`opted_out` at Twilio, `suppressed` at SendGrid."""
        return self.call("GET", "blocked")

    def suppress(self, address: str, reason: str = "Bounced Address") -> None:
        self.call("POST", "suppressions", {"address": address, "reason": reason})

    def reply_from_phone(
        self, number: str, body: str, *, to: str = "", media_types: Sequence[str] = ()
    ) -> str:
        """A person texts back; returns the message's sid."""
        text = {"body": body, "to": to, "media_types": list(media_types)}
        return str(self.call("POST", f"phones/{quote(number)}/reply", text)["sid"])

    def reply_from_mailbox(self, address: str, text: str, **more: object) -> dict[str, Any]:
        """A person answers the newest mail, or the one of `message_id`."""
        return self.call("POST", f"mailboxes/{quote(address)}/reply", {"text": text, **more})

    def write_from_mailbox(self, address: str, **mail: object) -> None:
        """A mail that answers nothing: `to`, `subject`, `text`, `headers`, `return_path`, …"""
        self.call("POST", f"mailboxes/{quote(address)}/write", mail)

    def unsubscribe(self, address: str, how: str = "one_click") -> dict[str, Any]:
        return self.call("POST", f"mailboxes/{quote(address)}/unsubscribe", {"how": how})

    def report_spam(self, address: str) -> None:
        self.call("POST", f"mailboxes/{quote(address)}/spam", {})

    def callbacks(self) -> dict[str, Any]:
        """`pending`, `held`, `counts`, `last_failure`."""
        return self.call("GET", "callbacks")

    def wait_until_quiet(self, timeout_seconds: float = 30.0) -> None:
        """Returns once no callback is waiting. Raises Unavailable when that takes too long."""
        ends = clock.monotonic() + timeout_seconds
        while (state := self.callbacks())["pending"]:
            if clock.monotonic() > ends:
                raise Unavailable(f"The sandbox still has callbacks to post: {state}.")
            time.sleep(0.02)

    def reset(self) -> None:
        """Forgets all messages, faults and changed settings."""
        self.call("POST", "reset")


class SandboxServer:
    """A sandbox in a process of its own, with made-up credentials, on ports the system chose.

    Ends with the `with` block, and by itself when the process that started it dies.
    `options`: command-line options by name, `sms_inbound_url="http://…"`, `min_delay=0`. `more`:
    environment of further accounts, for it and for the product.
    Raises Unavailable, with what it said, when it does not come up.
    """

    def __init__(self, *, more: Mapping[str, str] | None = None, **options: object) -> None:
        self._more = dict(more or {})
        self.twilio_account_sid = f"AC{secrets.token_hex(16)}"
        self.twilio_auth_token = secrets.token_hex(16)
        self.sendgrid_api_key = f"SG.{secrets.token_urlsafe(16)}.{secrets.token_urlsafe(32)}"
        self._folder = Path(tempfile.mkdtemp(prefix="outreach-sandbox-"))
        self._process = self._spawn({"min_delay": 0, "max_delay": 0, **options})
        ports = self._wait_for_ports()
        self.url, self.api_url = (f"http://127.0.0.1:{port}" for port in ports)
        self.control = SandboxControl(self.url)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def environment(self) -> dict[str, str]:
        """What the product needs to talk to this sandbox instead of the real providers."""
        return {
            "OUTREACH_TWILIO_BASE_URL": self.api_url,
            "OUTREACH_TWILIO_ACCOUNT_SID": self.twilio_account_sid,
            "OUTREACH_TWILIO_AUTH_TOKEN": self.twilio_auth_token,
            "OUTREACH_SENDGRID_BASE_URL": self.api_url,
            "OUTREACH_SENDGRID_API_KEY": self.sendgrid_api_key,
            "OUTREACH_VONAGE_BASE_URL": self.api_url,
            "OUTREACH_SES_BASE_URL": self.api_url,
            **self._more,
        }

    def _spawn(self, options: Mapping[str, object]) -> subprocess.Popen[bytes]:
        words = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
        # Secrets travel in the environment: a command line is readable by every user.
        secrets_of_it = {
            "OUTREACH_TWILIO_ACCOUNT_SID": self.twilio_account_sid,
            "OUTREACH_TWILIO_AUTH_TOKEN": self.twilio_auth_token,
            "OUTREACH_SENDGRID_API_KEY": self.sendgrid_api_key,
        }
        with (self._folder / "log").open("wb") as log:
            return subprocess.Popen(  # noqa: S603 - our own module with our own options
                [sys.executable, "-m", "outreach.sandbox", "--stop-with-parent",
                 f"--port-file={self._folder / 'ports'}", *words],
                env={**os.environ, **secrets_of_it, **self._more},
                stdout=log,
                stderr=log,
            )  # fmt: skip

    def _wait_for_ports(self) -> list[str]:
        ends = clock.monotonic() + _START_SECONDS
        ports = self._folder / "ports"
        while not ports.exists():
            if self._process.poll() is not None or clock.monotonic() > ends:
                said = (self._folder / "log").read_text(encoding="utf-8", errors="replace")
                self.stop()
                raise Unavailable(f"The sandbox did not start: {said.strip()}")
            time.sleep(0.02)
        return ports.read_text(encoding="ascii").split()
