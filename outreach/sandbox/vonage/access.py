"""Who may ask: a token of the application for messages, key and secret for everything else.

Source: developer.vonage.com, "Authentication": RS256 over application_id, iat, exp and jti.
"""

from __future__ import annotations

import base64
import hmac

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from outreach.sandbox.vonage.answers import UNAUTHORISED, Problem
from outreach.sandbox.world import World

_CLAIMS = ["iat", "exp", "jti", "application_id"]


def denied_token(world: World, request: web.Request) -> Problem | None:
    """Vonage's refusal of a message that no token of the application came with."""
    ours = world.config.vonage
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if ours is None or scheme != "Bearer":
        return UNAUTHORISED
    public = load_pem_private_key(ours.private_key.encode(), None).public_key()
    try:
        claims = jwt.decode(
            token,
            public,  # type: ignore[arg-type]  # an RSA key: RS256 refuses any other
            algorithms=["RS256"],
            options={"require": _CLAIMS},
        )
    except jwt.PyJWTError:
        return UNAUTHORISED
    return None if claims["application_id"] == ours.application_id else UNAUTHORISED


def denied_key(world: World, request: web.Request) -> Problem | None:
    """Vonage's refusal of a request without the account's key and secret."""
    ours = world.config.vonage
    if ours is None:
        return UNAUTHORISED
    pair = base64.b64encode(f"{ours.api_key}:{ours.api_secret}".encode()).decode()
    given = request.headers.get("Authorization", "")
    good = hmac.compare_digest(given.encode(), f"Basic {pair}".encode())
    return None if good else UNAUTHORISED
