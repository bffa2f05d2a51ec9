"""What is set in the pretended consoles of the two accounts: numbers and webhooks."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class NumberSettings:
    """One number of the Twilio account."""

    sid: str
    sms_url: str = ""
    sms_method: str = "POST"
    voice_url: str = ""
    voice_method: str = "POST"


@dataclass
class AccountSettings:
    """`numbers`: E.164 -> settings. `event_webhooks`: id -> SendGrid's own fields, with `signed`
    beside them. `parse`: host name -> SendGrid's own fields."""

    numbers: dict[str, NumberSettings] = field(default_factory=dict)
    event_webhooks: dict[str, dict[str, object]] = field(default_factory=dict)
    parse: dict[str, dict[str, object]] = field(default_factory=dict)

    def clear(self) -> None:
        self.numbers.clear()
        self.event_webhooks.clear()
        self.parse.clear()
