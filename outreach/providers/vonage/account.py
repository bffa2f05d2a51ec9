"""The credentials of one Vonage application and its account."""

from __future__ import annotations

from dataclasses import dataclass, field

LIVE_BASE_URL = "https://api.nexmo.com"


@dataclass(frozen=True)
class VonageAccount:
    """`private_key`: PEM, of the application; it signs what we send. `api_key`, `api_secret`:
    of the account; they read lists and settings. `base_url`: scheme and host (sandbox)."""

    api_key: str
    api_secret: str = field(repr=False)
    application_id: str
    private_key: str = field(repr=False)
    base_url: str = LIVE_BASE_URL

    def __post_init__(self) -> None:
        if not all((self.api_key, self.api_secret, self.application_id, self.private_key)):
            raise ValueError("a Vonage account needs key, secret, application and private key")
