"""How Twilio posts to us: form, signature, and the retries that the URL's fragment asks for.

Source: twilio.com/docs/usage/webhooks/webhooks-connection-overrides (read in November 2026):
`rc` 0..5, default 1; `rp` list of 4xx, 5xx, ct, rt, all, default ct; `tt`, `rt`, `ct`
in milliseconds, 15 seconds in all at most.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from urllib.parse import parse_qsl, urldefrag, urlencode

from outreach.core.channels import Channel
from outreach.sandbox.posting import Failure, Posting, RetryPolicy
from outreach.sandbox.twilio.signing import sign
from outreach.sandbox.world import World

_MOST_RETRIES = 5
_LONGEST_MILLISECONDS = 15_000
_POLICY_WORDS = {failure.value: failure for failure in Failure}


def retry_policy(url: str) -> RetryPolicy:
    """What the fragment of `url` asks for, within Twilio's limits."""
    overrides = dict(parse_qsl(urldefrag(url).fragment))
    words = overrides.get("rp", "ct").split(",")
    on = frozenset(Failure) if "all" in words else frozenset(
        _POLICY_WORDS[word] for word in words if word in _POLICY_WORDS
    )  # fmt: skip
    return RetryPolicy(
        retries=_bounded(overrides.get("rc"), 1, 0, _MOST_RETRIES),
        on=on,
        total_seconds=_bounded(overrides.get("tt"), 15_000, 100, _LONGEST_MILLISECONDS) / 1000,
        connect_seconds=_bounded(overrides.get("ct"), 5_000, 100, 10_000) / 1000,
        read_seconds=_bounded(overrides.get("rt"), 15_000, 100, _LONGEST_MILLISECONDS) / 1000,
    )


def webhook(world: World, url: str, params: Mapping[str, str], *, forged: bool = False) -> Posting:
    """One signed webhook. A forged one carries a signature made with somebody else's token."""
    bare = urldefrag(url).url
    token = secrets.token_hex(16) if forged else world.config.twilio_auth_token
    return Posting(
        channel=Channel.SMS,
        url=bare,
        body=urlencode(params).encode(),
        headers={
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            "X-Twilio-Signature": sign(token, bare, params),
            "I-Twilio-Idempotency-Token": secrets.token_hex(16),
        },
        retry=retry_policy(url),
    )


def _bounded(text: str | None, default: int, low: int, high: int) -> int:
    if text is None or not text.isdecimal():
        return default
    return min(max(int(text), low), high)
