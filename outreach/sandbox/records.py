"""What the sandbox remembers of a message. Records change as a message moves on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from outreach.core import clock


class SmsStatus(StrEnum):
    """Twilio's words (Message resource, property status)."""

    ACCEPTED = "accepted"
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    RECEIVED = "received"


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND_API = "outbound-api"
    OUTBOUND_REPLY = "outbound-reply"


# A status never goes back, also when callbacks are told to arrive shuffled.
RANK = {
    SmsStatus.ACCEPTED: 0,
    SmsStatus.QUEUED: 1,
    SmsStatus.SENT: 2,
    SmsStatus.DELIVERED: 3,
    SmsStatus.UNDELIVERED: 3,
    SmsStatus.FAILED: 3,
    SmsStatus.RECEIVED: 3,
}


@dataclass(slots=True)
class SmsRecord:
    """One text. `sender` is None while a messaging service has not chosen a number."""

    sequence: int
    sid: str
    to: str
    sender: str | None
    service_sid: str | None
    body: str
    segments: int
    direction: Direction
    status: SmsStatus
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None = None
    error_code: int | None = None
    callback_url: str = ""
    token: str = ""
    validity_seconds: int | None = None
    media_types: tuple[str, ...] = ()
    provider: str = "twilio"
    # Real time, also in time-lapse: delays are real, and so is what a sender asks for.
    began: float = field(default_factory=clock.monotonic)

    @property
    def inbound(self) -> bool:
        return self.direction is Direction.INBOUND

    @property
    def person(self) -> str:
        """The number of the phone on which this message is seen."""
        return (self.sender or "") if self.inbound else self.to


@dataclass(frozen=True, slots=True)
class MailAddress:
    email: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name else self.email


@dataclass(frozen=True, slots=True)
class MailContent:
    """What all personalizations of one request share, before substitution.

    `despite_unsubscribe`: goes to addresses on the list of unsubscribes too.
    """

    message_id: str
    sender: MailAddress
    reply_to: MailAddress | None
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]
    despite_unsubscribe: bool = False


@dataclass(slots=True)
class EmailRecord:
    """One mail to one recipient, kept unrendered: a thousand of them share one content."""

    sequence: int
    content: MailContent
    to: MailAddress
    sender: MailAddress
    subject: str | None
    own_headers: Mapping[str, str]
    substitutions: Mapping[str, str]
    custom_args: Mapping[str, str]
    sg_message_id: str
    token: str
    created_at: datetime
    events: list[str] = field(default_factory=list)
    provider: str = "sendgrid"

    @property
    def smtp_id(self) -> str:
        return f"<{self.content.message_id}@geopod-ismtpd-sandbox>"

    @property
    def person(self) -> str:
        return self.to.email.casefold()


@dataclass(slots=True)
class MailReply:
    """What a person wrote back from a mailbox, for showing it there."""

    sequence: int
    person: str
    to: str
    subject: str
    text: str
    created_at: datetime
