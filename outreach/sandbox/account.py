"""What is set in the pretended consoles of the accounts: numbers and webhooks."""

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
    beside them. `parse`: host name -> SendGrid's own fields. `vonage_webhooks`: Vonage's name for
    a webhook of the application -> address. `ses_destinations`: configuration set -> name ->
    Amazon's own fields. `sns_subscriptions`: endpoint -> the token that would confirm it, ""
    once it is confirmed."""

    numbers: dict[str, NumberSettings] = field(default_factory=dict)
    event_webhooks: dict[str, dict[str, object]] = field(default_factory=dict)
    parse: dict[str, dict[str, object]] = field(default_factory=dict)
    vonage_webhooks: dict[str, str] = field(default_factory=dict)
    ses_destinations: dict[str, dict[str, dict[str, object]]] = field(default_factory=dict)
    sns_subscriptions: dict[str, str] = field(default_factory=dict)

    def clear(self) -> None:
        self.numbers.clear()
        self.event_webhooks.clear()
        self.parse.clear()
        self.vonage_webhooks.clear()
        self.ses_destinations.clear()
        self.sns_subscriptions.clear()
