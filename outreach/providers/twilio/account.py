"""The credentials of one Twilio account."""

from __future__ import annotations

from dataclasses import dataclass, field

LIVE_BASE_URL = "https://api.twilio.com"


@dataclass(frozen=True)
class TwilioAccount:
    """`account_sid`: "AC…". `base_url`: scheme and host, perhaps a path (sandbox, edge)."""

    account_sid: str
    auth_token: str = field(repr=False)
    base_url: str = LIVE_BASE_URL

    def __post_init__(self) -> None:
        # The SDK fills empty credentials from the environment; a demo must never use those.
        if not self.account_sid or not self.auth_token:
            raise ValueError("a Twilio account needs its sid and its auth token")
