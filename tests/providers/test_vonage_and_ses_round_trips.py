"""Vonage and Amazon SES against the stand-in provider: whole round trips, with their callbacks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from provider_accounts import TOPIC, VONAGE_SECRET, ses_account, vonage_account
from provider_cases import MAIL, TEXT, TOKEN
from provider_doors import Doors

from outreach.core.channels import Channel
from outreach.core.errors import ProviderRefused, Refusal
from outreach.providers.port import Accepted, EventKind, StatusEvent
from outreach.providers.ses.callbacks import parse_event
from outreach.providers.ses.certificates import SnsCertificates
from outreach.providers.ses.client import SesEmail
from outreach.providers.ses.envelope import CONFIRMATION, read_envelope
from outreach.providers.ses.envelope import verify as verify_sns
from outreach.providers.ses.setup import SesSetup
from outreach.providers.setup import WantedHooks
from outreach.providers.vonage import callbacks as vonage_callbacks
from outreach.providers.vonage.client import VonageSms
from outreach.sandbox.control import SandboxServer

PARENT, SCHOOL = TEXT.to, TEXT.sender


@pytest.fixture
async def vonage(sandbox: SandboxServer) -> AsyncIterator[VonageSms]:
    provider = VonageSms(vonage_account(sandbox.api_url))
    yield provider
    await provider.close()


@pytest.fixture
async def ses(sandbox: SandboxServer) -> AsyncIterator[SesEmail]:
    provider = SesEmail(ses_account(sandbox.api_url, "outreach"))
    yield provider
    await provider.close()


def status_of(headers: dict[str, str], body: bytes) -> StatusEvent:
    vonage_callbacks.verify(body, headers["authorization"], [VONAGE_SECRET])
    return vonage_callbacks.parse_status(body)


async def test_text_is_accepted_found_and_reported_delivered(
    vonage: VonageSms, doors: Doors
) -> None:
    began = datetime.now(UTC) - timedelta(seconds=5)
    message = replace(TEXT, status_callback=f"{doors.url}/{TOKEN}")
    accepted = await vonage.send(message)
    (found,) = await vonage.find(to=PARENT, sender=SCHOOL, since=began)
    assert (found.message_id, found.body) == (accepted.message_id, "Say No!")
    posts = await doors.posted(f"/{TOKEN}", 2)
    events = [status_of(headers, body) for _, headers, body in posts]
    assert [event.kind for event in events] == [EventKind.ACCEPTED, EventKind.DELIVERED]
    assert {(event.token, event.message_id) for event in events} == {(TOKEN, accepted.message_id)}


async def test_text_to_somebody_who_opted_out_there_is_reported_as_an_opt_out(
    sandbox: SandboxServer, vonage: VonageSms, doors: Doors
) -> None:
    sandbox.control.configure(vonage_inbound_url=f"{doors.url}/inbound")
    await vonage.send(replace(TEXT, status_callback=""))
    await asyncio.to_thread(sandbox.control.reply_from_phone, PARENT, "STOP", to=SCHOOL)
    ((_, headers, body),) = await doors.posted("/inbound", 1)
    vonage_callbacks.verify(body, headers["authorization"], [VONAGE_SECRET])
    message = vonage_callbacks.parse_inbound(body)
    assert (message.from_address, message.to_address, message.text) == (PARENT, SCHOOL, "STOP")
    listed = await vonage.find(to=SCHOOL, sender="", since=datetime.now(UTC) - timedelta(hours=1))
    assert [(one.direction, one.body, one.sender) for one in listed] == [
        ("inbound", "STOP", PARENT)
    ]

    await vonage.send(replace(TEXT, status_callback=f"{doors.url}/{TOKEN}"))
    ((_, headers, body),) = await doors.posted(f"/{TOKEN}", 1)
    event = status_of(headers, body)
    assert (event.refusal, event.permanent) == (Refusal.OPTED_OUT, True)


async def test_wrong_key_of_the_application_is_unauthorised(sandbox: SandboxServer) -> None:
    account = replace(vonage_account(sandbox.api_url), application_id="another")
    provider = VonageSms(account)
    with pytest.raises(ProviderRefused) as caught:
        await provider.send(TEXT)
    await provider.close()
    assert caught.value.kind == Refusal.UNAUTHORISED


async def test_wrong_secret_of_the_aws_key_is_unauthorised(sandbox: SandboxServer) -> None:
    account = replace(ses_account(sandbox.api_url), secret_access_key="wrong")
    provider = SesEmail(account)
    (found,) = await provider.send(MAIL)
    await provider.close()
    assert isinstance(found, ProviderRefused)
    assert found.kind == Refusal.UNAUTHORISED


async def test_mail_arrives_personal_with_its_way_out(
    sandbox: SandboxServer, ses: SesEmail, doors: Doors
) -> None:
    await _subscribe(sandbox, doors)
    (found,) = await ses.send(MAIL)
    assert isinstance(found, Accepted)
    (mail,) = sandbox.control.messages(Channel.EMAIL, "anna@example.org")
    assert (mail["subject"], mail["text"], mail["token"]) == ("Hello Anna", "Anna", TOKEN)
    assert mail["reply_to"] == f"reply+{TOKEN}@in.example.org"
    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert TOKEN in mail["headers"]["List-Unsubscribe"]


async def test_events_come_once_the_subscription_is_confirmed_and_carry_the_token(
    sandbox: SandboxServer, ses: SesEmail, doors: Doors
) -> None:
    certificates = await _subscribe(sandbox, doors)
    sandbox.control.configure(
        outcomes=[{"channel": "email", "suffix": "@gone.example", "kind": "bounce"}]
    )
    gone = replace(MAIL.recipients[0], to="ben@gone.example", token="t2")
    await ses.send(replace(MAIL, recipients=(*MAIL.recipients, gone)))
    posts = await doors.posted("/webhooks/ses/events", 5)
    events = [await _event(certificates, body) for _, _, body in posts[1:]]
    assert {(event.token, event.kind) for event in events} == {
        (TOKEN, EventKind.ACCEPTED),
        (TOKEN, EventKind.DELIVERED),
        ("t2", EventKind.ACCEPTED),
        ("t2", EventKind.BOUNCED),
    }


async def test_person_who_reports_spam_is_told_of_as_a_complaint(
    sandbox: SandboxServer, ses: SesEmail, doors: Doors
) -> None:
    certificates = await _subscribe(sandbox, doors)
    await ses.send(MAIL)
    await doors.posted("/webhooks/ses/events", 3)
    await asyncio.to_thread(sandbox.control.report_spam, "anna@example.org")
    posts = await doors.posted("/webhooks/ses/events", 4)
    event = await _event(certificates, posts[-1][2])
    assert (event.kind, event.permanent) == (EventKind.COMPLAINED, True)


async def _subscribe(sandbox: SandboxServer, doors: Doors) -> SnsCertificates:
    """Sets everything up as the command does, and says yes as the webhooks do."""
    setup = SesSetup(ses_account(sandbox.api_url, "outreach"))
    await setup.set_hooks(WantedHooks(origin=doors.url))
    ((_, _, body),) = await doors.posted("/webhooks/ses/events", 1)
    envelope = read_envelope(body, [TOPIC])
    assert envelope.kind == CONFIRMATION
    certificates = SnsCertificates(sandbox.api_url)
    await certificates.learn(envelope)
    verify_sns(envelope, certificates.key_of(envelope))
    await certificates.confirm(envelope)
    hooks = await setup.hooks(WantedHooks(origin=doors.url))
    await setup.close()
    assert all(hook.is_right for hook in hooks), hooks
    return certificates


async def _event(certificates: SnsCertificates, body: bytes) -> StatusEvent:
    assert "SubscribeURL" not in json.loads(body)
    envelope = read_envelope(body, [TOPIC])
    await certificates.learn(envelope)
    verify_sns(envelope, certificates.key_of(envelope))
    return parse_event(envelope)
