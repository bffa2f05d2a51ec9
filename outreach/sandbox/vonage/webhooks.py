"""How Vonage posts to us: JSON, and a JWT over its SHA-256 with the signature secret.

Source: developer.vonage.com, "Signed webhooks". What is not answered 200 comes again for a day.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import uuid
from collections.abc import Mapping

import jwt

from outreach.core import clock
from outreach.core.channels import Channel
from outreach.sandbox.config import VonageCredentials
from outreach.sandbox.posting import Failure, Posting, RetryPolicy

_RETRY = RetryPolicy(retries=10, on=frozenset(Failure), total_seconds=24 * 3600, read_seconds=5.0)


def webhook(
    ours: VonageCredentials, url: str, fields: Mapping[str, object], *, forged: bool = False
) -> Posting:
    """One signed webhook. A forged one carries a signature made with somebody else's secret."""
    body = json.dumps(fields).encode()
    secret = secrets.token_urlsafe(32) if forged else ours.signature_secret
    return Posting(
        channel=Channel.SMS,
        url=url,
        body=body,
        headers={
            "Content-Type": "application/json",
            "Authorization": f"Bearer {sign(ours, body, secret)}",
        },
        retry=_RETRY,
    )


def sign(ours: VonageCredentials, body: bytes, secret: str) -> str:
    """The token for `body`. Its time is the machine's, as a real sender's would be."""
    claims = {
        "iss": "Vonage",
        "api_key": ours.api_key,
        "application_id": ours.application_id,
        "iat": int(clock.SystemClock().now().timestamp()),
        "jti": str(uuid.uuid4()),
        "payload_hash": hashlib.sha256(body).hexdigest(),
    }
    return jwt.encode(claims, secret, algorithm="HS256")
