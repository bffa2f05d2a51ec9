"""The webhooks' application on a real port, in a thread of its own, and signed requests."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from aiohttp import web

from outreach.config.environment import Environment
from outreach.sandbox.sendgrid.signing import EventKey
from outreach.sandbox.twilio.signing import sign
from outreach.webhooks.app import build_app

ORIGIN = "https://hooks.example.org"
AUTH_TOKEN = "token-of-the-webhook-tests"
INBOUND_SECRET = "secret-of-inbound-mail"
TOPIC = "arn:aws:sns:eu-central-1:000000000000:outreach-events"
VONAGE_SECRET = "secret-of-the-vonage-webhook-tests"
EVENT_KEY = EventKey.new()
FORM = "application/x-www-form-urlencoded; charset=UTF-8"
BOUNDARY = "xYzZY"


def environment_for_webhooks(**changes: object) -> Environment:
    values: dict[str, object] = {
        "webhook_url": ORIGIN,
        "twilio_auth_token": AUTH_TOKEN,
        "sendgrid_webhook_public_keys": [EVENT_KEY.public_key],
        "inbound_secret": INBOUND_SECRET,
        "vonage_signature_secrets": [VONAGE_SECRET],
        "ses_topic_arns": [TOPIC],
        **changes,
    }
    return Environment().model_copy(update=values)


@dataclass(frozen=True)
class Asked:
    """One request as a provider makes it."""

    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def without(self, header: str) -> Asked:
        return replace(self, headers={k: v for k, v in self.headers.items() if k != header})

    def having(self, header: str, value: str) -> Asked:
        return replace(self, headers={**self.headers, header: value})


class Door:
    def __init__(self, port: int) -> None:
        self.port = port

    def post(self, asked: Asked, method: str = "POST") -> int:
        """The status of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, asked.path, asked.body, dict(asked.headers))
            return connection.getresponse().status
        finally:
            connection.close()


@contextmanager
def open_door(dsn: str, env: Environment, *, is_own_origin: bool = False) -> Iterator[Door]:
    """`is_own_origin`: requests come straight here, so signatures name this very port."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    if is_own_origin:
        env = env.model_copy(update={"webhook_url": f"http://127.0.0.1:{port}"})
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> web.AppRunner:
        runner = web.AppRunner(build_app(env, dsn), access_log=None)
        await runner.setup()
        await web.SockSite(runner, listening).start()
        return runner

    runner = asyncio.run_coroutine_threadsafe(start(), loop).result()
    try:
        yield Door(port)
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def from_twilio(path: str, params: Mapping[str, str], token: str = AUTH_TOKEN) -> Asked:
    signature = sign(token, ORIGIN + path, params)
    headers = {"Content-Type": FORM, "X-Twilio-Signature": signature}
    return Asked(path, urlencode(params).encode(), headers)


def text_to_us(body: str, **changes: str) -> Asked:
    params = {
        "MessageSid": "SM" + "a" * 32,
        "AccountSid": "AC" + "b" * 32,
        "From": "+447700900123",
        "To": "+447700900999",
        "Body": body,
        "NumMedia": "0",
        **changes,
    }
    return from_twilio("/webhooks/twilio/inbound", params)


def from_sendgrid(events: Sequence[Mapping[str, object]], key: EventKey = EVENT_KEY) -> Asked:
    body = json.dumps(events).encode() + b"\r\n"
    return Asked(
        "/webhooks/sendgrid/events",
        body,
        {
            "Content-Type": "application/json",
            "X-Twilio-Email-Event-Webhook-Timestamp": "1793613600",
            "X-Twilio-Email-Event-Webhook-Signature": key.sign("1793613600", body),
        },
    )


def mail_to_us(
    text: str,
    *,
    subject: str = "Re: Say No!",
    to: str = "hello@reply.example.org",
    sender: str = "anna@example.org",
    headers: str = "Message-ID: <one@example.org>",
    files: Mapping[str, bytes] | None = None,
    secret: str = INBOUND_SECRET,
) -> Asked:
    envelope = json.dumps({"to": [to], "from": sender})
    fields = {"headers": headers, "envelope": envelope, "subject": subject, "text": text}
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for number, (name, content) in enumerate((files or {}).items(), start=1):
        head = (
            f"--{BOUNDARY}\r\nContent-Disposition: form-data; "
            f'name="attachment{number}"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        parts.append(head.encode() + content + b"\r\n")
    body = b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])
    return Asked(
        f"/webhooks/sendgrid/inbound/{secret}",
        body,
        {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"},
    )
