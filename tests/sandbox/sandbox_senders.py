"""Plain HTTP clients of the sandbox's two APIs, for what the SDKs would hide."""

from __future__ import annotations

import base64
import json
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from outreach.sandbox.control import SandboxServer

PARENT = "+447700900123"
SCHOOL = "+447700900001"
TEXT = "Say No! Talk with your child about online blackmail."


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


def ask(
    url: str,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    at = urlsplit(url)
    with closing(HTTPConnection(at.hostname or "", at.port, timeout=15)) as connection:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        names = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, names, answer.read())


class Twilio:
    def __init__(self, server: SandboxServer) -> None:
        self.server = server
        self.path = f"/2010-04-01/Accounts/{server.twilio_account_sid}/Messages"

    def send(self, to: str = PARENT, *, auth: str = "", **more: str) -> Answer:
        """A POST to Messages; a field given as "" is left out."""
        form = {"To": to, "From": SCHOOL, "Body": TEXT, **more}
        body = urlencode({name: value for name, value in form.items() if value}).encode()
        headers = {
            "Authorization": auth or self._auth(),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return ask(self.server.api_url, "POST", f"{self.path}.json", body, headers)

    def get(self, path: str) -> Answer:
        return ask(self.server.api_url, "GET", path, headers={"Authorization": self._auth()})

    def list(self, **filters: str) -> Answer:
        return self.get(f"{self.path}.json?{urlencode(filters)}")

    def _auth(self) -> str:
        pair = f"{self.server.twilio_account_sid}:{self.server.twilio_auth_token}"
        return f"Basic {base64.b64encode(pair.encode()).decode()}"


def mail(*addresses: str, **more: Any) -> dict[str, Any]:
    """A Mail Send body with one personalization for each address."""
    return {
        "personalizations": [
            {"to": [{"email": address}], "custom_args": {"token": f"token-{number}"}}
            for number, address in enumerate(addresses)
        ],
        "from": {"email": "office@school.example", "name": "Hill School"},
        "subject": "Say No!",
        "content": [
            {"type": "text/plain", "value": "Talk with your child."},
            {"type": "text/html", "value": "<p>Talk with your child.</p>"},
        ],
        **more,
    }


class SendGrid:
    def __init__(self, server: SandboxServer) -> None:
        self.server = server

    def send(self, body: Any, *, key: str = "", content_type: str = "application/json") -> Answer:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {
            "Authorization": f"Bearer {key or self.server.sendgrid_api_key}",
            "Content-Type": content_type,
        }
        return ask(self.server.api_url, "POST", "/v3/mail/send", data, headers)
