"""The real adapters against the stand-in provider: whole round trips, with its callbacks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from provider_accounts import ses_account, vonage_account
from provider_doors import Doors

from outreach.core.channels import Channel
from outreach.core.errors import OutcomeUnknown, ProviderBusy, ProviderRefused, Refusal
from outreach.providers.port import (
    Accepted,
    EmailProvider,
    EmailRecipient,
    EmailRequest,
    EventKind,
    OutboundSms,
    SmsProvider,
    StatusEvent,
)
from outreach.providers.sendgrid import callbacks as sendgrid_callbacks
from outreach.providers.sendgrid.account import SendGridAccount
from outreach.providers.sendgrid.client import SendGridEmail
from outreach.providers.sendgrid.inbound import parse_inbound as parse_mail
from outreach.providers.ses.client import SesEmail
from outreach.providers.twilio import callbacks as twilio_callbacks
from outreach.providers.twilio.account import TwilioAccount
from outreach.providers.twilio.client import TwilioSms
from outreach.providers.vonage.client import VonageSms
from outreach.sandbox.control import SandboxServer
from outreach.sandbox.faults import FaultKind

PARENT = "+447700900123"
SCHOOL = "+447700900001"


@asynccontextmanager
async def twilio(server: SandboxServer, token: str = "") -> AsyncIterator[TwilioSms]:
    key = token or server.twilio_auth_token
    provider = TwilioSms(TwilioAccount(server.twilio_account_sid, key, server.api_url))
    try:
        yield provider
    finally:
        await provider.close()


@asynccontextmanager
async def sendgrid(server: SandboxServer) -> AsyncIterator[SendGridEmail]:
    provider = SendGridEmail(SendGridAccount(server.sendgrid_api_key, server.api_url))
    try:
        yield provider
    finally:
        await provider.close()


async def test_text_is_accepted_found_and_reported_delivered(
    sandbox: SandboxServer, doors: Doors
) -> None:
    callback = f"{doors.url}/status"
    began = datetime.now(UTC) - timedelta(seconds=5)
    async with twilio(sandbox) as provider:
        accepted = await provider.send(OutboundSms(PARENT, SCHOOL, "Say No!", callback, 600))
        (found,) = await provider.find(to=PARENT, sender=SCHOOL, since=began)
        assert await provider.find(to=PARENT, sender=SCHOOL, since=began + timedelta(days=1)) == []
    assert (found.message_id, found.body) == (accepted.message_id, "Say No!")
    events: list[StatusEvent] = []
    while not any(event.kind is EventKind.DELIVERED for event in events):
        posts = await doors.posted("/status", len(events) + 1)
        events = [read_status(sandbox, callback, headers, body) for _, headers, body in posts]
    assert {event.message_id for event in events} == {accepted.message_id}


def read_status(
    server: SandboxServer, url: str, headers: dict[str, str], body: bytes
) -> StatusEvent:
    params = parse_qsl(body.decode(), keep_blank_values=True)
    signature = headers["x-twilio-signature"]
    twilio_callbacks.verify(url, params, signature, [server.twilio_auth_token])
    return twilio_callbacks.parse_status(params, "t1")


async def test_number_that_texted_stop_is_refused_as_opted_out(
    sandbox: SandboxServer, doors: Doors
) -> None:
    url = f"{doors.url}/inbound"
    sandbox.control.configure(sms_inbound_url=url)
    async with twilio(sandbox) as provider:
        await provider.send(OutboundSms(PARENT, SCHOOL, "Say No!"))
        await asyncio.to_thread(sandbox.control.reply_from_phone, PARENT, "STOP", to=SCHOOL)
        ((_, headers, body),) = await doors.posted("/inbound", 1)
        with pytest.raises(ProviderRefused) as caught:
            await provider.send(OutboundSms(PARENT, SCHOOL, "Again"))
    assert (caught.value.kind, caught.value.provider_code) == (Refusal.OPTED_OUT, "21610")
    params = parse_qsl(body.decode(), keep_blank_values=True)
    twilio_callbacks.verify(url, params, headers["x-twilio-signature"], [sandbox.twilio_auth_token])
    message = twilio_callbacks.parse_inbound(params)
    assert (message.from_address, message.to_address, message.text) == (PARENT, SCHOOL, "STOP")


async def test_wrong_auth_token_is_unauthorised(sandbox: SandboxServer) -> None:
    async with twilio(sandbox, "wrong") as provider:
        with pytest.raises(ProviderRefused) as caught:
            await provider.send(OutboundSms(PARENT, SCHOOL, "x"))
    assert caught.value.kind == Refusal.UNAUTHORISED


def twilio_and_sendgrid(server: SandboxServer) -> tuple[SmsProvider, EmailProvider]:
    account = TwilioAccount(server.twilio_account_sid, server.twilio_auth_token, server.api_url)
    return TwilioSms(account), SendGridEmail(
        SendGridAccount(server.sendgrid_api_key, server.api_url)
    )


def vonage_and_ses(server: SandboxServer) -> tuple[SmsProvider, EmailProvider]:
    return VonageSms(vonage_account(server.api_url)), SesEmail(ses_account(server.api_url))


@pytest.mark.parametrize("adapters", [twilio_and_sendgrid, vonage_and_ses])
@pytest.mark.parametrize(
    ("kind", "error", "accepted"),
    [
        (FaultKind.HTTP_429, ProviderBusy, 0),
        (FaultKind.HTTP_503, ProviderBusy, 0),
        (FaultKind.HTTP_500, OutcomeUnknown, 0),
        (FaultKind.HTTP_500_AFTER, OutcomeUnknown, 1),
        (FaultKind.RESET_BEFORE, OutcomeUnknown, 0),
        (FaultKind.RESET_AFTER, OutcomeUnknown, 1),
    ],
)
async def test_fault_has_its_outcome_on_both_channels_and_nothing_is_sent_twice(
    sandbox: SandboxServer,
    kind: FaultKind,
    error: type[ProviderBusy] | type[OutcomeUnknown],
    accepted: int,
    adapters: Callable[[SandboxServer], tuple[SmsProvider, EmailProvider]],
) -> None:
    control = sandbox.control
    for channel in Channel:
        control.fail(channel, kind, 1)
    texts, mails = adapters(sandbox)
    with pytest.raises(error):
        await texts.send(OutboundSms(PARENT, SCHOOL, "x"))
    (outcome,) = await mails.send(request("anna@example.org"))
    await texts.close()
    await mails.close()
    assert type(outcome) is error
    assert [control.accepted(channel).accepted for channel in Channel] == [accepted] * 2


def request(*addresses: str) -> EmailRequest:
    recipients = tuple(
        EmailRecipient(
            to=address,
            from_name=f"School {number}",
            from_address="hello@school.example.org",
            reply_to=f"reply+t{number}@in.example.org",
            headers={"List-Unsubscribe": f"<https://x.test/stop/t{number}>"},
            token=f"t{number}",
            substitutions={"%n-name%": f"Parent {number}"},
        )
        for number, address in enumerate(addresses)
    )
    return EmailRequest("Hello %n-name%", "<p>%n-name%</p>", "%n-name%", recipients)


async def test_mail_arrives_personal_and_its_events_carry_the_token(
    sandbox: SandboxServer, doors: Doors
) -> None:
    sandbox.control.configure(email_events_url=f"{doors.url}/events")
    async with sendgrid(sandbox) as provider:
        outcomes = await provider.send(request("anna@example.org", "ben@example.org"))
    assert all(isinstance(one, Accepted) and one.message_id for one in outcomes)
    (mail,) = sandbox.control.messages(Channel.EMAIL, "ben@example.org")
    assert "Parent 1" in str(mail)
    assert "reply+t1@in.example.org" in str(mail)
    assert "School 1" in str(mail)
    key = sandbox.control.event_public_key()
    delivered: set[str | None] = set()
    while delivered != {"t0", "t1"}:
        for _, headers, raw in await doors.posted("/events", 1):
            signature = headers[sendgrid_callbacks.SIGNATURE_HEADER.lower()]
            timestamp = headers[sendgrid_callbacks.TIMESTAMP_HEADER.lower()]
            sendgrid_callbacks.verify(raw, timestamp, signature, [key])
            events = sendgrid_callbacks.parse_events(raw)
            delivered |= {e.token for e in events if e.kind is EventKind.DELIVERED}
            assert {e.message_id for e in events} == {outcomes[0].message_id}  # type: ignore[union-attr]
        await asyncio.sleep(0.02)


async def test_recipient_that_sendgrid_names_is_the_one_that_fails(
    sandbox: SandboxServer,
) -> None:
    async with sendgrid(sandbox) as provider:
        anna, odd, ben = await provider.send(
            request("anna@example.org", "no address@at-all", "ben@example.org")
        )
    assert isinstance(odd, ProviderRefused)
    assert odd.kind == Refusal.BAD_ADDRESS
    assert isinstance(anna, ProviderBusy)
    assert isinstance(ben, ProviderBusy)
    assert sandbox.control.accepted(Channel.EMAIL).accepted == 0


async def test_reply_from_a_mailbox_comes_back_to_its_own_address(
    sandbox: SandboxServer, doors: Doors
) -> None:
    sandbox.control.configure(email_inbound_url=f"{doors.url}/mail")
    async with sendgrid(sandbox) as provider:
        await provider.send(request("anna@example.org", "ben@example.org"))
    await asyncio.to_thread(
        sandbox.control.reply_from_mailbox, "ben@example.org", "Bitte nicht mehr, danke schön"
    )
    ((_, headers, body),) = await doors.posted("/mail", 1)
    message = parse_mail(headers["content-type"], body)
    assert (message.from_address, message.to_address) == (
        "ben@example.org",
        "reply+t1@in.example.org",
    )
    assert message.text.startswith("Bitte nicht mehr, danke schön")
