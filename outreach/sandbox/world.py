"""Everything one running sandbox knows: the stores, the settings, the faults, the schedule."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from aiohttp import web

from outreach.core.channels import Channel
from outreach.sandbox.accepted import AcceptedLedger
from outreach.sandbox.account import AccountSettings
from outreach.sandbox.config import SandboxConfig, Settings
from outreach.sandbox.faults import FaultBoard
from outreach.sandbox.posting import Poster, Schedule
from outreach.sandbox.records import EmailRecord, MailReply, SmsRecord
from outreach.sandbox.sendgrid.lists import SuppressionLists
from outreach.sandbox.sendgrid.signing import EventKey
from outreach.sandbox.store import MessageStore


@dataclass
class World:
    """`opted_out`: (sender or service, number) pairs that Twilio blocks with 21610.

    `suppressed`: SendGrid's lists of addresses that it drops. `vonage_numbers`: senders of texts
    that came through Vonage, so that an answer goes back there.
    `ses_suppressed`: addresses on the suppression list of the AWS account. `sns_origin`: where
    the certificate is, as the account was last asked.
    """

    config: SandboxConfig
    event_key: EventKey
    schedule: Schedule
    poster: Poster
    settings: Settings
    sms: MessageStore[SmsRecord]
    emails: MessageStore[EmailRecord]
    replies: MessageStore[MailReply]
    faults: FaultBoard = field(default_factory=FaultBoard)
    accepted: dict[Channel, AcceptedLedger] = field(default_factory=dict)
    opted_out: set[tuple[str, str]] = field(default_factory=set)
    suppressed: SuppressionLists = field(default_factory=SuppressionLists)
    account: AccountSettings = field(default_factory=AccountSettings)
    waiting_events: list[dict[str, object]] = field(default_factory=list)
    vonage_numbers: set[str] = field(default_factory=set)
    ses_suppressed: set[str] = field(default_factory=set)
    sns_origin: str = ""

    @classmethod
    def new(cls, config: SandboxConfig) -> World:
        schedule = Schedule()
        world = cls(
            config=config,
            event_key=EventKey.from_file(config.event_key_file),
            schedule=schedule,
            poster=Poster(schedule, config.callback_hosts),
            settings=Settings(),
            sms=MessageStore(config.max_messages),
            emails=MessageStore(config.max_messages),
            replies=MessageStore(config.max_messages),
        )
        world.reset()
        return world

    def reset(self) -> None:
        """Forgets every message, fault and change of settings; keys and credentials stay."""
        self.schedule.clear()
        self.poster.clear()
        self.settings = Settings.at_start(self.config)
        self.poster.retry_base_seconds = self.settings.retry_base_seconds
        self.sms = MessageStore(self.config.max_messages)
        self.emails = MessageStore(self.config.max_messages)
        self.replies = MessageStore(self.config.max_messages)
        self.faults.clear()
        self.accepted = {channel: AcceptedLedger() for channel in Channel}
        self.opted_out.clear()
        self.suppressed.clear()
        self.account.clear()
        self.waiting_events.clear()
        self.vonage_numbers.clear()
        self.ses_suppressed.clear()

    def delay_seconds(self) -> float:
        """How long the next state of a message takes, in real seconds."""
        return random.uniform(self.settings.min_delay_seconds, self.settings.max_delay_seconds)  # noqa: S311 - variety, guards nothing


WORLD: web.AppKey[World] = web.AppKey("world", World)
