"""What the rest of the product knows of a provider: records, outcomes, two protocols.

Owns the closed vocabulary shared by all providers. Refuses I/O and the names of any
provider's own fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from outreach.core.channels import Channel
from outreach.core.errors import OutcomeUnknown, ProviderBusy, ProviderRefused

MOST_RECIPIENTS = 1000


class ProviderName(StrEnum):
    TWILIO = "twilio"
    SENDGRID = "sendgrid"
    SMTP = "smtp"
    VONAGE = "vonage"
    SES = "ses"


@dataclass(frozen=True)
class OutboundSms:
    """One text.

    `to`: E.164. `sender`: E.164, an alphanumeric id, or a messaging service (`MG` and 32 hex
    digits). `status_callback`: full URL with our token in it, "" for none.
    `validity_seconds`: how long the provider may keep trying, None for its own limit.
    """

    to: str
    sender: str
    body: str
    status_callback: str = ""
    validity_seconds: int | None = None


@dataclass(frozen=True)
class Accepted:
    """The provider took the message.

    `segments`: None while the provider does not know. `price_micros`: millionths of the
    account's currency, None until billed.
    """

    message_id: str | None
    segments: int | None = None
    price_micros: int | None = None


@dataclass(frozen=True)
class EmailRecipient:
    """One envelope of an `EmailRequest`.

    `headers`: additional ones (List-Unsubscribe, List-Unsubscribe-Post). `token`: opaque,
    comes back in callbacks. `substitutions`: key as it stands in the three texts -> value.
    """

    to: str
    from_name: str
    from_address: str
    reply_to: str | None
    headers: Mapping[str, str]
    token: str
    substitutions: Mapping[str, str]


@dataclass(frozen=True)
class EmailRequest:
    """One text to 1 to 1,000 recipients; the three texts hold substitution keys verbatim.

    `despite_opt_out`: also where the provider holds an opt-out of its own; for the two kinds
    of notice that may go to a suppressed address.
    """

    subject: str
    html: str
    text: str
    recipients: tuple[EmailRecipient, ...]
    despite_opt_out: bool = False

    def __post_init__(self) -> None:
        if not 1 <= len(self.recipients) <= MOST_RECIPIENTS:
            raise ValueError(
                f"an email request has 1 to {MOST_RECIPIENTS} recipients, not "
                f"{len(self.recipients)}"
            )


Outcome = Accepted | ProviderRefused | ProviderBusy | OutcomeUnknown


@dataclass(frozen=True)
class FoundMessage:
    """A message in the provider's own list. `created_at`: aware UTC, None if not told."""

    message_id: str
    to: str
    body: str
    created_at: datetime | None
    status: str
    error_code: str
    direction: str
    sender: str = ""


class SmsProvider(Protocol):
    async def send(self, message: OutboundSms) -> Accepted:
        """Hands over one text, once.

        Raises ProviderRefused, ProviderBusy (not a byte left, or told to come back) or
        OutcomeUnknown (anything else that happened after writing began).
        """
        ...

    async def find(self, *, to: str, sender: str, since: datetime) -> list[FoundMessage]:
        """Messages to `to` from `sender` (either may be "" for any, not both) created at or
        after `since` (aware), newest first.

        Absence proves nothing: a list may lag. Raises ProviderRefused or ProviderBusy.
        """
        ...

    async def close(self) -> None: ...


# `provider_code` of a ProviderBusy that an adapter gives back by itself, because its turn did
# not come in time: the provider has said nothing, so nobody has to wait for it.
NOT_STARTED = "not_started"


class EmailProvider(Protocol):
    """`most_at_once`: recipients that are soon under way after `send`; more would only wait.

    `is_one_request`: all recipients of a `send` are taken or refused together, so that a receipt of
    one proves the others. Where each goes by itself it proves nothing.
    """

    most_at_once: int
    is_one_request: bool

    async def send(self, request: EmailRequest) -> list[Outcome]:
        """One outcome per recipient, in order; the three provider errors come as values."""
        ...

    async def close(self) -> None: ...


class ListedFor(StrEnum):
    """Why an address stands on a provider's own list of those it does not write to."""

    UNSUBSCRIBED = "unsubscribed"
    COMPLAINED = "complained"
    BOUNCED = "bounced"
    INVALID = "invalid"


@dataclass(frozen=True)
class ListedAddress:
    """`address`: as the provider has it. `listed_at`: aware UTC, by the provider's clock."""

    address: str
    why: ListedFor
    listed_at: datetime


class OptOutLists(Protocol):
    """A provider's own lists of addresses. All calls may be repeated.

    `page_size`: a page with fewer is the last. `most_at_once`: addresses that `add` takes.
    """

    page_size: int
    most_at_once: int

    async def page(self, why: ListedFor, *, since: datetime, offset: int) -> list[ListedAddress]:
        """Those listed at or after `since` (aware), `offset` of them left out.

        Raises ProviderRefused or ProviderBusy.
        """
        ...

    async def add(self, addresses: Sequence[str]) -> None:
        """Asks the provider to carry nothing to these. Raises ProviderRefused, ProviderBusy."""
        ...

    async def remove(self, address: str) -> None:
        """Takes an address off the list of unsubscribed; one that is not there is fine.

        Raises ProviderRefused, ProviderBusy.
        """
        ...

    async def close(self) -> None: ...


class EventKind(StrEnum):
    ACCEPTED = "accepted"  # the provider, or the carrier behind it, has taken the message
    DELIVERED = "delivered"  # the handset or the mail server of the recipient has it
    DEFERRED = "deferred"  # the receiving side said "later"; the provider goes on trying
    FAILED = "failed"  # undelivered or dropped: the provider has given up
    BOUNCED = "bounced"  # the receiving mail server refused it
    COMPLAINED = "complained"  # the recipient reported it as spam
    UNSUBSCRIBED = "unsubscribed"  # the recipient opted out at the provider


@dataclass(frozen=True)
class StatusEvent:
    """One thing a provider told us about a message.

    `event_key`: unique per provider. `kind`: None for a status that we do not act on.
    `provider_code`: its error code, else its word for the status. `refusal`: one of
    `core.errors.Refusal` when it failed. `permanent`: never send here again.
    """

    provider: str
    event_key: str
    token: str | None
    message_id: str | None
    kind: EventKind | None
    provider_code: str
    refusal: str | None
    permanent: bool
    occurred_at: datetime | None


@dataclass(frozen=True)
class InboundMessage:
    """A text or mail that somebody sent to us.

    `headers`: the few that tell a person's reply from a machine's. `opt_out_type`: STOP,
    START or HELP when the provider has already read the message so. `files_dropped`: how
    many attachments came and were not kept.
    """

    provider: str
    message_id: str
    channel: Channel
    from_address: str
    to_address: str
    subject: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)
    opt_out_type: str | None = None
    files_dropped: int = 0
