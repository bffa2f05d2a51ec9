"""Sending mail through Amazon SES: one SendEmail for each recipient, many under way at once.

SendBulkEmail takes fifty recipients, but gives them one sender name and one Reply-To, and ours
have their own: the Reply-To carries the token by which an answer is told apart. Its templates
also read {{…}} in our texts. Refuses to repeat a request and to let a claimed message wait: one
whose turn does not come in time is given back.
"""

from __future__ import annotations

import asyncio
import time
from email.header import Header
from email.utils import formataddr

from outreach.core.errors import OutcomeUnknown, ProviderBusy, ProviderRefused, Refusal
from outreach.providers.mail_rules import ascii_domain, refuse_unsafe, refuse_unsafe_subject
from outreach.providers.port import NOT_STARTED, Accepted, EmailRecipient, EmailRequest, Outcome
from outreach.providers.ses.account import SesAccount
from outreach.providers.ses.calls import SES, AwsCalls, unreadable
from outreach.providers.substitution import substitute
from outreach.providers.transport import Transport

AT_ONCE = 64
# Promise 7: after the claim nothing waits longer than this, it is given back instead.
START_WITHIN_SECONDS = 2.0
# The tag comes back in every event (SES, "Event publishing": up to 256 letters, digits, - and _).
TOKEN_TAG = "token"  # noqa: S105 - the name of a tag, not a secret
_UTF8 = "UTF-8"


class SesEmail:
    """An `EmailProvider`. One per event loop; keeps its connections until `close`."""

    is_one_request = False
    # What 64 calls at once carry within the two seconds, at 200 ms a call and room to spare.
    most_at_once = 250

    def __init__(
        self,
        account: SesAccount,
        transport: Transport | None = None,
        *,
        start_within_seconds: float = START_WITHIN_SECONDS,
    ) -> None:
        self._account = account
        self._transport = transport or Transport(account.ses_url)
        self._calls = AwsCalls(account, SES, account.ses_url, self._transport)
        self._start_within_seconds = start_within_seconds
        self._places = asyncio.Semaphore(AT_ONCE)

    async def send(self, request: EmailRequest) -> list[Outcome]:
        """See `EmailProvider.send`.

        SES has no opt-outs of its own in this set-up, so `despite_opt_out` asks for nothing: its
        list of bounced and complaining addresses cannot be passed by.
        """
        if unsafe := refuse_unsafe_subject(request):
            return [unsafe] * len(request.recipients)
        begun_at = time.monotonic()
        return list(
            await asyncio.gather(
                *(self._send_one(request, r, begun_at) for r in request.recipients)
            )
        )

    async def _send_one(
        self, request: EmailRequest, recipient: EmailRecipient, begun_at: float
    ) -> Outcome:
        async with self._places:
            if time.monotonic() - begun_at >= self._start_within_seconds:
                return _given_back()
            try:
                if unsafe := refuse_unsafe(request, recipient):
                    return unsafe
                parameters = _parameters(request, recipient, self._account.configuration_set)
                answer = await self._calls.post("SendEmail", parameters)
                return Accepted(_message_id(answer.get("MessageId")))
            except (ProviderRefused, ProviderBusy, OutcomeUnknown) as error:
                return error

    async def close(self) -> None:
        await self._transport.close()


def _parameters(
    request: EmailRequest, recipient: EmailRecipient, configuration_set: str
) -> dict[str, object]:
    """Of SendEmail (SES API v2). Raises ProviderRefused for an address that SES cannot take."""
    values = recipient.substitutions
    found: dict[str, object] = {
        "FromEmailAddress": _from(recipient),
        "Destination": {"ToAddresses": [_address(recipient.to)]},
        "Content": {
            "Simple": {
                "Subject": _text(substitute(request.subject, values)),
                "Body": {
                    "Text": _text(substitute(request.text, values)),
                    "Html": _text(substitute(request.html, values)),
                },
                "Headers": [
                    {"Name": name, "Value": value} for name, value in recipient.headers.items()
                ],
            }
        },
    }
    if recipient.token:
        found["EmailTags"] = [{"Name": TOKEN_TAG, "Value": recipient.token}]
    if recipient.reply_to:
        found["ReplyToAddresses"] = [_address(recipient.reply_to)]
    if configuration_set:
        found["ConfigurationSetName"] = configuration_set
    return found


def _text(data: str) -> dict[str, str]:
    return {"Data": data, "Charset": _UTF8}


def _from(recipient: EmailRecipient) -> str:
    """ "Name <address>"; a name outside ASCII as encoded words (RFC 2047), as SES asks."""
    address, name = _address(recipient.from_address), recipient.from_name
    if name.isascii():
        return formataddr((name, address))
    return f"{Header(name, 'utf-8').encode(linesep='')} <{address}>"


def _address(address: str) -> str:
    """Raises ProviderRefused: SES has no SMTPUTF8, so what is before the @ is ASCII."""
    found = ascii_domain(address)
    if not found.isascii():
        raise ProviderRefused(
            "Amazon SES takes no such address.", provider_code="address", kind=Refusal.BAD_ADDRESS
        )
    return found


def _message_id(found: object) -> str:
    if not isinstance(found, str) or not found:
        raise unreadable()
    return found


def _given_back() -> ProviderBusy:
    return ProviderBusy("Not started in time.", provider_code=NOT_STARTED, retry_after_seconds=0.0)
