"""The credentials of one SendGrid account."""

from __future__ import annotations

from dataclasses import dataclass, field

LIVE_BASE_URL = "https://api.sendgrid.com"


@dataclass(frozen=True)
class SendGridAccount:
    """`base_url`: scheme and host (EU accounts: https://api.eu.sendgrid.com; the sandbox)."""

    api_key: str = field(repr=False)
    base_url: str = LIVE_BASE_URL

    def __post_init__(self) -> None:
        if not self.api_key:
            raise ValueError("a SendGrid account needs its API key")
