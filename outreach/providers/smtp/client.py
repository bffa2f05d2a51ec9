"""Sending mail over SMTP: one message per recipient on a few kept connections.

Owns the pool and the order of outcomes. Refuses to let a claimed message wait: one that
cannot be started in time is given back, because the recipient may opt out meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from email.errors import MessageError

from outreach.core.errors import OutcomeUnknown, ProviderBusy, ProviderRefused, Refusal
from outreach.providers.mail_rules import ascii_domain, refuse_unsafe, refuse_unsafe_subject
from outreach.providers.port import NOT_STARTED, Accepted, EmailRecipient, EmailRequest, Outcome
from outreach.providers.smtp.account import SmtpAccount
from outreach.providers.smtp.connection import REPLY_SECONDS, Connection, LaneDown
from outreach.providers.smtp.message import build_message, message_id_of

# Four is what shared mail hosts commonly allow one client at a time.
MOST_CONNECTIONS = 4
# Promise 7: after the claim nothing waits longer than this, it is given back instead.
START_WITHIN_SECONDS = 2.0

_Place = tuple[int, EmailRecipient]


class SmtpEmail:
    """An `EmailProvider`. One per event loop; keeps its connections until `close`."""

    is_one_request = False
    # What four connections carry within the two seconds, at 40 ms a message.
    most_at_once = 200

    def __init__(
        self,
        account: SmtpAccount,
        *,
        start_within_seconds: float = START_WITHIN_SECONDS,
        reply_seconds: float = REPLY_SECONDS,
    ) -> None:
        self._start_within_seconds = start_within_seconds
        self._return_domain = account.return_domain
        self._connections = [
            Connection(account, reply_seconds=reply_seconds) for _ in range(MOST_CONNECTIONS)
        ]
        # Two requests at once would take each other's connections in mid-message.
        self._sending = asyncio.Lock()

    async def send(self, request: EmailRequest) -> list[Outcome]:
        """See `EmailProvider.send`.

        A recipient whose turn has not come after `start_within_seconds` gets ProviderBusy
        with no wait; each connection sends at least one, so a request always gets on.
        """
        if unsafe := refuse_unsafe_subject(request):
            return [unsafe] * len(request.recipients)
        outcomes: list[Outcome] = [_given_back()] * len(request.recipients)
        begun_at = time.monotonic()
        waited = self._sending.locked()
        async with self._sending:
            if not (waited and self._too_late(begun_at)):
                await self._work_together(request, outcomes, begun_at)
        return outcomes

    async def _work_together(
        self, request: EmailRequest, outcomes: list[Outcome], begun_at: float
    ) -> None:
        places = iter(enumerate(request.recipients))
        workers = self._connections[: len(request.recipients)]
        ended = await asyncio.gather(
            *(self._work(one, request, places, outcomes, begun_at) for one in workers)
        )
        # Every door closed: nobody left over needs to knock again.
        if all(down is not None for down in ended):
            for place, _ in places:
                outcomes[place] = ended[0] or outcomes[place]

    async def _work(
        self,
        connection: Connection,
        request: EmailRequest,
        places: Iterator[_Place],
        outcomes: list[Outcome],
        begun_at: float,
    ) -> Outcome | None:
        """Sends until nothing is left or time is up; the outcome that closed its door, if any."""
        for place, recipient in places:
            try:
                return_to = self._return_address(recipient)
                outcomes[place] = await _send_one(connection, request, recipient, return_to)
            except LaneDown as down:
                outcomes[place] = down.outcome
                return down.outcome
            if self._too_late(begun_at):
                break
        return None

    def _return_address(self, recipient: EmailRecipient) -> str:
        """Where a delivery report goes: with the token in it, it says itself which mail it means
        (VERP), also when it does not quote that mail."""
        if not self._return_domain or not recipient.token:
            return recipient.from_address
        return f"bounce+{recipient.token}@{self._return_domain}"

    def _too_late(self, begun_at: float) -> bool:
        return time.monotonic() - begun_at >= self._start_within_seconds

    async def close(self) -> None:
        for connection in self._connections:
            await connection.close()


async def _send_one(
    connection: Connection, request: EmailRequest, recipient: EmailRecipient, return_to: str
) -> Outcome:
    """Raises LaneDown; everything else is an outcome."""
    try:
        if unsafe := refuse_unsafe(request, recipient):
            return unsafe
        message = build_message(request, recipient)
        sender, to = _envelope(return_to), _envelope(recipient.to)
        await connection.transmit(sender, to, message)
    except (ProviderRefused, ProviderBusy, OutcomeUnknown) as error:
        return error
    except (ValueError, IndexError, MessageError):
        # How email.headerregistry and aiosmtplib refuse an address, before a byte is written.
        return _not_an_address()
    return Accepted(message_id_of(recipient))


def _envelope(address: str) -> str:
    """Raises ProviderRefused for a local part outside ASCII: SMTPUTF8 is rarely offered."""
    found = ascii_domain(address)
    if not found.isascii():
        raise _not_an_address()
    return found


def _given_back() -> ProviderBusy:
    return ProviderBusy("Not started in time.", provider_code=NOT_STARTED, retry_after_seconds=0.0)


def _not_an_address() -> ProviderRefused:
    return ProviderRefused(
        "The address cannot be used over SMTP.", provider_code="address", kind=Refusal.BAD_ADDRESS
    )
