"""Sending mail through SendGrid: one request for up to 1,000 recipients.

The SDK's helpers build the body; our pooled transport posts it, because the SDK's own client
is synchronous, opens a connection for every request and takes no timeout. Refuses to repeat a
request; what must not leave (unsafe headers, oversized values) never does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sendgrid import __version__
from sendgrid.helpers.mail.exceptions import ApiKeyIncludedException

from outreach.core.errors import OutcomeUnknown, ProviderBusy, ProviderRefused, Refusal
from outreach.providers.mail_rules import (
    are_surely_safe,
    ascii_domain,
    refuse_unsafe,
    refuse_unsafe_subject,
)
from outreach.providers.port import EmailRecipient, EmailRequest, Outcome
from outreach.providers.sendgrid.account import SendGridAccount
from outreach.providers.sendgrid.answers import outcomes_of
from outreach.providers.sendgrid.body import build_body
from outreach.providers.transport import Transport

PATH = "/v3/mail/send"
# Per personalization (OpenAPI of POST /v3/mail/send); a little is kept for the reply-to key.
MOST_SUBSTITUTION_BYTES = 9_500


class SendGridEmail:
    """An `EmailProvider`. One per event loop; keeps its connections until `close`."""

    is_one_request = True
    most_at_once = 1000  # one request (OpenAPI of POST /v3/mail/send, personalizations)

    def __init__(self, account: SendGridAccount, transport: Transport | None = None) -> None:
        self._transport = transport or Transport(account.base_url)
        self._headers = {
            "Authorization": f"Bearer {account.api_key}",
            "User-Agent": f"sendgrid/{__version__};python",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }

    async def send(self, request: EmailRequest) -> list[Outcome]:
        """See `EmailProvider.send`.

        Recipients refused here do not go into the request; the answer to the rest is one
        outcome for all, or per recipient when SendGrid names the one at fault.
        """
        if unsafe := refuse_unsafe_subject(request):
            return [unsafe] * len(request.recipients)
        refusals = _refusals(request)
        good = [r for r, refusal in zip(request.recipients, refusals, strict=True) if not refusal]
        answered = iter(await self._post(request, good) if good else [])
        return [refusal or next(answered) for refusal in refusals]

    async def _post(self, request: EmailRequest, recipients: list[EmailRecipient]) -> list[Outcome]:
        try:
            body = build_body(request, recipients)
            answer = await self._transport.request("POST", PATH, headers=self._headers, body=body)
        except ApiKeyIncludedException:
            refused = ProviderRefused(
                "The text is an API key.", provider_code="api-key", kind=Refusal.CONTENT
            )
            return [refused] * len(recipients)
        except (ProviderBusy, OutcomeUnknown) as error:
            return [error] * len(recipients)
        return outcomes_of(answer, len(recipients))

    async def close(self) -> None:
        await self._transport.close()


def _refusals(request: EmailRequest) -> list[ProviderRefused | None]:
    recipients = request.recipients
    if are_surely_safe(recipients) and not _may_be_too_long(recipients):
        return [None] * len(recipients)
    return [_refusal(request, recipient) for recipient in recipients]


def _refusal(request: EmailRequest, recipient: EmailRecipient) -> ProviderRefused | None:
    if unsafe := refuse_unsafe(request, recipient):
        return unsafe
    if _are_too_long(recipient.substitutions):
        return ProviderRefused(
            "The values for this recipient are longer than SendGrid takes.",
            provider_code="substitutions",
            kind=Refusal.CONTENT,
        )
    try:
        for address in (recipient.to, recipient.from_address, recipient.reply_to):
            ascii_domain(recipient.to if address is None else address)
    except ProviderRefused as refused:
        return refused
    return None


# A character has at most four bytes: nearly always that says enough, without encoding.
_MOST_BYTES_OF_A_CHARACTER = 4


def _may_be_too_long(recipients: Sequence[EmailRecipient]) -> bool:
    keys = {"".join(each.substitutions) for each in recipients}
    values = max(sum(map(len, each.substitutions.values())) for each in recipients)
    characters = max(map(len, keys)) + values
    return characters * _MOST_BYTES_OF_A_CHARACTER > MOST_SUBSTITUTION_BYTES


def _are_too_long(substitutions: Mapping[str, str]) -> bool:
    pairs = substitutions.items()
    return sum(len(key.encode()) + len(value.encode()) for key, value in pairs) > (
        MOST_SUBSTITUTION_BYTES
    )
