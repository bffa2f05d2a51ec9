"""Every provider that is called over HTTP, as the shared suite calls it: one line each."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from provider_accounts import ses_account, vonage_account
from provider_peers import Answerer, HttpPeer, http_peer, replies

from outreach.core.channels import Channel
from outreach.core.errors import OutcomeUnknown, ProviderBusy, ProviderRefused
from outreach.providers.port import EmailRecipient, EmailRequest, OutboundSms, Outcome
from outreach.providers.sendgrid.account import SendGridAccount
from outreach.providers.sendgrid.client import SendGridEmail
from outreach.providers.ses.client import SesEmail
from outreach.providers.transport import Transport
from outreach.providers.twilio.account import TwilioAccount
from outreach.providers.twilio.client import TwilioSms
from outreach.providers.vonage.client import VonageSms

TOKEN = "abcdefgh234567"
TEXT = OutboundSms(
    "+447700900123", "+447700900001", "Say No!", f"https://x.test/status/{TOKEN}", 600
)
LIST_UNSUBSCRIBE = {
    "List-Unsubscribe": f"<https://x.test/stop/{TOKEN}>, <mailto:stop+{TOKEN}@in.example.org>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
}
MAIL = EmailRequest(
    "Hello %n-name%",
    "<p>%n-name%</p>",
    "%n-name%",
    (
        EmailRecipient(
            to="anna@example.org",
            from_name="School West",
            from_address="hello@school.example.org",
            reply_to=f"reply+{TOKEN}@in.example.org",
            headers=LIST_UNSUBSCRIBE,
            token=TOKEN,
            substitutions={"%n-name%": "Anna"},
        ),
    ),
)


@dataclass(frozen=True)
class Case:
    """`build`: base URL and transport to adapter. `taken`: an answer that says it was accepted.
    `unreadable`: a 2xx from which that cannot be read."""

    name: str
    channel: Channel
    build: Callable[[str, Transport], Any]
    taken: Answerer
    unreadable: Answerer

    async def send(self, provider: Any) -> Outcome:
        """The outcome of one message, also where the adapter raises it."""
        try:
            if self.channel is Channel.SMS:
                found: Outcome = await provider.send(TEXT)
            else:
                (found,) = await provider.send(MAIL)
        except (ProviderRefused, ProviderBusy, OutcomeUnknown) as error:
            return error
        return found

    @asynccontextmanager
    async def against(
        self, *script: Answerer, **limits: float
    ) -> AsyncIterator[tuple[HttpPeer, Any]]:
        async with http_peer(*script) as peer:
            provider = self.build(peer.base_url, Transport(peer.base_url, **limits))
            try:
                yield peer, provider
            finally:
                await provider.close()


def _twilio(url: str, transport: Transport) -> TwilioSms:
    return TwilioSms(TwilioAccount("AC" + "c" * 32, "secret", url), transport)


def _sendgrid(url: str, transport: Transport) -> SendGridEmail:
    return SendGridEmail(SendGridAccount("SG.key", url), transport)


def _vonage(url: str, transport: Transport) -> VonageSms:
    return VonageSms(vonage_account(url), transport)


def _ses(url: str, transport: Transport) -> SesEmail:
    return SesEmail(ses_account(url), transport)


CASES = (
    Case(
        "twilio",
        Channel.SMS,
        _twilio,
        replies(201, json.dumps({"sid": "SM" + "a" * 32, "num_segments": "1"})),
        replies(201, "<html>"),
    ),
    Case(
        "sendgrid",
        Channel.EMAIL,
        _sendgrid,
        replies(202, "", {"X-Message-Id": "one"}),
        replies(200, "{}"),
    ),
    Case(
        "vonage",
        Channel.SMS,
        _vonage,
        replies(202, json.dumps({"message_uuid": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"})),
        replies(202, "{}"),
    ),
    Case(
        "ses",
        Channel.EMAIL,
        _ses,
        replies(200, json.dumps({"MessageId": "010001234-000000"})),
        replies(200, "{}"),
    ),
)
