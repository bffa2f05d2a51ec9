"""What every Twilio door does first: the account and its token."""

from __future__ import annotations

import base64
import hmac

from aiohttp import web

from outreach.sandbox.twilio.answers import UNAUTHORISED, Refusal, not_found
from outreach.sandbox.world import World


def denied(world: World, request: web.Request) -> Refusal | None:
    """Twilio's refusal of a request that is not this account's; None for one that is."""
    config = world.config
    known = f"{config.twilio_account_sid}:{config.twilio_auth_token}".encode()
    if not hmac.compare_digest(_credentials(request), known):
        return UNAUTHORISED
    if request.match_info["account_sid"] != config.twilio_account_sid:
        return not_found(request.path)
    return None


def _credentials(request: web.Request) -> bytes:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(encoded)
    except ValueError:
        return b""
