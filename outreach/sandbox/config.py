"""What one sandbox is started with, and what may be changed while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from outreach.core.channels import Channel


class OptOutHandledBy(StrEnum):
    """Who acts on STOP: Twilio itself (its default), or we."""

    PROVIDER = "provider"
    US = "us"


class OutcomeKind(StrEnum):
    """What becomes of a message to an address that was given an outcome."""

    REFUSED = "refused"  # SMS: the request itself is answered 400 with the code
    FAILED = "failed"  # SMS: never left the provider
    UNDELIVERED = "undelivered"  # SMS: the carrier gave it back
    STUCK = "stuck"  # SMS: stays queued until its validity period ends
    BOUNCE = "bounce"  # email: refused for good by the receiving server
    BLOCKED = "blocked"  # email: refused this time, the address stays good
    DROPPED = "dropped"  # email: not tried at all
    DEFERRED = "deferred"  # email: put off once, then delivered
    SPAMREPORT = "spamreport"  # email: delivered, then reported as spam
    UNSUBSCRIBE = "unsubscribe"  # email: delivered, then the provider's own link was clicked


@dataclass(frozen=True)
class Outcome:
    """`suffix`: numbers or addresses that end so. `code`: Twilio's error, SendGrid's status."""

    channel: Channel
    suffix: str
    kind: OutcomeKind
    code: str = ""


@dataclass(frozen=True)
class SenderSetup:
    """How one number or messaging service (MG…) is set up in the pretended Console.

    `numbers`: the pool of a messaging service. `inbound_url`: overrides the general one.
    """

    sender: str
    opt_out_handled_by: OptOutHandledBy = OptOutHandledBy.PROVIDER
    advanced_opt_out: bool = False
    numbers: tuple[str, ...] = ()
    inbound_url: str = ""


@dataclass(frozen=True)
class VonageCredentials:
    """Of the pretended Vonage account. `private_key`: PEM, of the application."""

    api_key: str
    api_secret: str
    application_id: str
    private_key: str
    signature_secret: str


@dataclass(frozen=True)
class SesCredentials:
    """Of the pretended AWS account, and its one topic."""

    access_key_id: str
    secret_access_key: str
    topic_arn: str


@dataclass(frozen=True)
class SandboxConfig:
    """How a sandbox starts. Every secret is given by the caller; there are no default ones.

    `port`, `api_port`: 0 lets the system choose. The second port serves the same application
    and is the one that the fault `refused` closes, so that the control API stays reachable.
    `event_key_file`: PEM private key, made when missing; None keeps a key in memory only.
    `callback_hosts`: host names besides loopback that callbacks may be posted to.
    `max_messages`: per channel; older ones drop, their tokens and counts stay. `vonage`,
    `ses`: None where there is no such account; everything there is then refused.
    """

    twilio_account_sid: str
    twilio_auth_token: str
    sendgrid_api_key: str
    host: str = "127.0.0.1"
    port: int = 0
    api_port: int = 0
    allow_other_machines: bool = False
    event_key_file: Path | None = None
    callback_hosts: frozenset[str] = frozenset()
    sms_inbound_url: str = ""
    email_events_url: str = ""
    email_inbound_url: str = ""
    min_delay_seconds: float = 0.5
    max_delay_seconds: float = 3.0
    opt_out_handled_by: OptOutHandledBy = OptOutHandledBy.PROVIDER
    max_messages: int = 200_000
    vonage: VonageCredentials | None = None
    ses: SesCredentials | None = None
    vonage_inbound_url: str = ""


@dataclass
class Settings:
    """The part that the control API may change while the sandbox runs.

    Delays are real seconds between two states of one message. `repeat_share`: how many of
    SendGrid's events come a second time by themselves. `countries`: ISO codes that SMS may go
    to, None for all.
    """

    sms_inbound_url: str = ""
    email_events_url: str = ""
    email_inbound_url: str = ""
    vonage_inbound_url: str = ""
    min_delay_seconds: float = 0.5
    max_delay_seconds: float = 3.0
    retry_base_seconds: float = 0.5
    grouping_seconds: float = 0.2
    repeat_share: float = 0.02
    countries: frozenset[str] | None = None
    opt_out_handled_by: OptOutHandledBy = OptOutHandledBy.PROVIDER
    outcomes: list[Outcome] = field(default_factory=list)
    senders: dict[str, SenderSetup] = field(default_factory=dict)

    @classmethod
    def at_start(cls, config: SandboxConfig) -> Settings:
        return cls(
            sms_inbound_url=config.sms_inbound_url,
            email_events_url=config.email_events_url,
            email_inbound_url=config.email_inbound_url,
            vonage_inbound_url=config.vonage_inbound_url,
            min_delay_seconds=config.min_delay_seconds,
            max_delay_seconds=config.max_delay_seconds,
            opt_out_handled_by=config.opt_out_handled_by,
        )

    def outcome_for(self, channel: Channel, address: str) -> Outcome | None:
        """The outcome with the longest matching suffix, None when the message just arrives."""
        found = [
            outcome
            for outcome in self.outcomes
            if outcome.channel == channel and address.endswith(outcome.suffix)
        ]
        return max(found, key=lambda outcome: len(outcome.suffix), default=None)

    def setup_of(self, sender: str) -> SenderSetup:
        """The set-up of a number, through its messaging service when it is in a pool."""
        if sender in self.senders:
            return self.senders[sender]
        for setup in self.senders.values():
            if sender in setup.numbers:
                return setup
        return SenderSetup(sender, self.opt_out_handled_by)
