"""Whole requests as providers post them, signed: one builder for each door of the webhooks.

Each call makes another message, so that each is a row of its own.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bench.callbacks import inbound_text, request, status_callback
from outreach.providers.sendgrid.callbacks import SIGNATURE_HEADER, TIMESTAMP_HEADER
from outreach.sandbox.ses import sns

# SendGrid gathers events for a few seconds; at a large send hundreds come in one post.
EVENTS_AT_ONCE = 100
_OUR_NUMBER = "+447700900999"
_DOMAIN = "reply.outreach.test"
_TOPIC = "arn:aws:sns:eu-central-1:000000000000:bench"
_MOMENT = "2026-11-22T08:00:00.000Z"

Build = Callable[[], bytes]


class Certificates:
    """Where SNS has the certificate of its key: a server on this machine, in its own thread."""

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Certificate)
        threading.Thread(target=self._server.serve_forever).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"


class _Certificate(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """The one certificate, whatever is asked for."""
        body = sns.key().certificate
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # its name there
        pass


@dataclass(frozen=True)
class Signer:
    """The providers' keys. `settings`: what makes the webhooks believe them."""

    origin: str
    auth_token: str
    certificates: Certificates
    inbound_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    vonage_secret: str = field(default_factory=lambda: secrets.token_hex(32))
    event_key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @property
    def settings(self) -> dict[str, str]:
        public = self.event_key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return {
            "OUTREACH_SENDGRID_WEBHOOK_PUBLIC_KEYS": base64.b64encode(public).decode(),
            "OUTREACH_INBOUND_SECRET": self.inbound_secret,
            "OUTREACH_INBOUND_DOMAIN": _DOMAIN,
            "OUTREACH_VONAGE_SIGNATURE_SECRETS": self.vonage_secret,
            "OUTREACH_SES_TOPIC_ARNS": _TOPIC,
            "OUTREACH_SES_BASE_URL": self.certificates.url,
        }

    def builders(self) -> dict[str, Build]:
        """By the path of the door, as the webhooks name it."""
        return {
            "/webhooks/twilio/status/{last}": self.twilio_status,
            "/webhooks/twilio/inbound": self.twilio_inbound,
            "/webhooks/twilio/voice": self.twilio_voice,
            "/webhooks/sendgrid/events": self.sendgrid_events,
            "/webhooks/sendgrid/inbound/{last}": self.sendgrid_inbound,
            "/webhooks/vonage/status/{last}": self.vonage_status,
            "/webhooks/vonage/inbound": self.vonage_inbound,
            "/webhooks/ses/events": self.ses_events,
        }

    def twilio_status(self) -> bytes:
        url = f"{self.origin}/webhooks/twilio/status/{secrets.token_hex(22)}"
        return status_callback(url, _sid("SM"), "delivered", self.auth_token)

    def twilio_inbound(self) -> bytes:
        url = f"{self.origin}/webhooks/twilio/inbound"
        return inbound_text(url, _sid("SM"), _phone(), "Thank you", self.auth_token)

    def twilio_voice(self) -> bytes:
        call = {"CallSid": _sid("CA"), "From": _phone(), "To": _OUR_NUMBER, "Direction": "inbound"}
        return request(f"{self.origin}/webhooks/twilio/voice", call, self.auth_token)

    def sendgrid_events(self) -> bytes:
        body = json.dumps([_event() for _ in range(EVENTS_AT_ONCE)]).encode()
        at = str(int(time.time()))
        signature = self.event_key.sign(at.encode() + body, ec.ECDSA(hashes.SHA256()))
        headers = {
            "Content-Type": "application/json",
            TIMESTAMP_HEADER: at,
            SIGNATURE_HEADER: base64.b64encode(signature).decode(),
        }
        return self._whole("/webhooks/sendgrid/events", headers, body)

    def sendgrid_inbound(self) -> bytes:
        boundary = secrets.token_hex(12)
        fields = _mail_fields()
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        body = "".join([*parts, f"--{boundary}--\r\n"]).encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return self._whole(f"/webhooks/sendgrid/inbound/{self.inbound_secret}", headers, body)

    def vonage_status(self) -> bytes:
        message = {
            "message_uuid": secrets.token_hex(16),
            "to": "447400000001",
            "from": "447700900999",
            "timestamp": _MOMENT,
            "status": "delivered",
            "channel": "sms",
            "client_ref": secrets.token_hex(22),
        }
        return self._by_vonage(f"/webhooks/vonage/status/{secrets.token_hex(22)}", message)

    def vonage_inbound(self) -> bytes:
        message = {
            "message_uuid": secrets.token_hex(16),
            "to": "447700900999",
            "from": _phone().removeprefix("+"),
            "timestamp": _MOMENT,
            "channel": "sms",
            "message_type": "text",
            "text": "Thank you",
        }
        return self._by_vonage("/webhooks/vonage/inbound", message)

    def ses_events(self) -> bytes:
        fields = {
            "Type": "Notification",
            "Message": json.dumps(_ses_event()),
            "MessageId": str(uuid.uuid4()),
            "TopicArn": _TOPIC,
            "Timestamp": _MOMENT,
        }
        posting = sns.envelope_posting(self.certificates.url, "", fields)
        return self._whole("/webhooks/ses/events", posting.headers, posting.body)

    def _by_vonage(self, path: str, message: Mapping[str, str]) -> bytes:
        body = json.dumps(message).encode()
        claims = {"iat": int(time.time()), "payload_hash": hashlib.sha256(body).hexdigest()}
        token = jwt.encode(claims, self.vonage_secret, "HS256")
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        return self._whole(path, headers, body)

    def _whole(self, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
        lines = [
            f"POST {path} HTTP/1.1",
            f"Host: {urlsplit(self.origin).netloc}",
            f"Content-Length: {len(body)}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + body


def _sid(kind: str) -> str:
    return kind + secrets.token_hex(16)


def _phone() -> str:
    return f"+4474{secrets.randbelow(10**8):08d}"


def _event() -> dict[str, object]:
    return {
        "email": f"{secrets.token_hex(6)}@example.org",
        "timestamp": int(time.time()),
        "event": "delivered",
        "sg_event_id": secrets.token_urlsafe(16),
        "sg_message_id": f"{secrets.token_urlsafe(16)}.filter0001",
        "response": "250 OK",
        "token": secrets.token_hex(22),
    }


def _ses_event() -> dict[str, object]:
    mail = {
        "timestamp": _MOMENT,
        "messageId": secrets.token_hex(16),
        "destination": [f"{secrets.token_hex(6)}@example.org"],
        "tags": {"token": [secrets.token_hex(22)]},
    }
    return {"eventType": "Delivery", "mail": mail, "delivery": {"timestamp": _MOMENT}}


def _mail_fields() -> dict[str, str]:
    """A short answer above the message that it quotes, in both forms."""
    sender = f"{secrets.token_hex(6)}@example.org"
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, f"r-1@{_DOMAIN}", "Re: Online safety"
    mail["Message-ID"] = f"<{secrets.token_hex(16)}@example.org>"
    quoted = "\n".join(["> Dear parent, talk early, stay calm, tell the police."] * 20)
    return {
        "headers": mail.as_string().strip(),
        "envelope": json.dumps({"from": sender, "to": [f"r-1@{_DOMAIN}"]}),
        "subject": "Re: Online safety",
        "charsets": json.dumps({"text": "utf-8", "html": "utf-8", "subject": "utf-8"}),
        "text": f"Thank you, this was useful.\n\n{quoted}",
        "html": f"<p>Thank you, this was useful.</p><blockquote>{quoted}</blockquote>",
    }
