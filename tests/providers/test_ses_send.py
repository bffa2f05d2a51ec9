"""What each answer of Amazon SES becomes, and what it is sent."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
from provider_accounts import ses_account
from provider_cases import LIST_UNSUBSCRIBE, MAIL, TOKEN
from provider_peers import Answerer, HttpPeer, http_peer, replies, says_nothing

from outreach.core.errors import ProviderBusy, ProviderRefused, Refusal
from outreach.providers.port import NOT_STARTED, Accepted, EmailRecipient, EmailRequest, Outcome
from outreach.providers.registry import words_of_code
from outreach.providers.ses.client import SesEmail
from outreach.providers.transport import Transport

TAKEN = replies(200, json.dumps({"MessageId": "0100-000000"}))
ANNA = MAIL.recipients[0]


@asynccontextmanager
async def ses(
    *script: Answerer, configuration_set: str = "", **more: float
) -> AsyncIterator[tuple[HttpPeer, SesEmail]]:
    async with http_peer(*script) as peer:
        account = ses_account(peer.base_url, configuration_set)
        limits = {"read_seconds": 1.0} if "start_within_seconds" in more else {}
        provider = SesEmail(account, Transport(peer.base_url, **limits), **more)
        try:
            yield peer, provider
        finally:
            await provider.close()


def refused(name: str, message: str = "about anna@example.org", status: int = 400) -> Answerer:
    return replies(status, json.dumps({"message": message}), {"x-amzn-ErrorType": name})


async def outcome(answer: Answerer, request: EmailRequest = MAIL) -> Outcome:
    async with ses(answer) as (_, provider):
        (found,) = await provider.send(request)
    return found


async def sent(recipient: EmailRecipient = ANNA) -> dict[str, object]:
    async with ses(TAKEN, configuration_set="outreach") as (peer, provider):
        found = await provider.send(replace(MAIL, recipients=(recipient,)))
    assert found == [Accepted("0100-000000")]
    (request,) = peer.requests
    assert (request.method, request.path) == ("POST", "/v2/email/outbound-emails")
    body: dict[str, object] = json.loads(request.body)
    return body


async def test_mail_is_personal_and_has_the_fields_of_the_api() -> None:
    assert await sent() == {
        "FromEmailAddress": "School West <hello@school.example.org>",
        "Destination": {"ToAddresses": ["anna@example.org"]},
        "ReplyToAddresses": [f"reply+{TOKEN}@in.example.org"],
        "Content": {
            "Simple": {
                "Subject": {"Data": "Hello Anna", "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": "Anna", "Charset": "UTF-8"},
                    "Html": {"Data": "<p>Anna</p>", "Charset": "UTF-8"},
                },
                "Headers": [{"Name": n, "Value": v} for n, v in LIST_UNSUBSCRIBE.items()],
            }
        },
        "EmailTags": [{"Name": "token", "Value": TOKEN}],
        "ConfigurationSetName": "outreach",
    }


async def test_every_recipient_of_a_request_has_list_unsubscribe() -> None:
    people = tuple(
        replace(ANNA, to=f"p{i}@example.org", token=f"t{i}", headers={
            "List-Unsubscribe": f"<https://x.test/stop/t{i}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        })
        for i in range(5)
    )  # fmt: skip
    async with ses(TAKEN) as (peer, provider):
        await provider.send(replace(MAIL, recipients=people))
    for request in peer.requests:
        body = json.loads(request.body)
        token = body["EmailTags"][0]["Value"]
        headers = {each["Name"]: each["Value"] for each in body["Content"]["Simple"]["Headers"]}
        assert headers["List-Unsubscribe"] == f"<https://x.test/stop/{token}>"
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert len(peer.requests) == 5


async def test_request_is_signed_with_the_key_and_the_secret_stays_here() -> None:
    async with ses(TAKEN) as (peer, provider):
        await provider.send(MAIL)
    (request,) = peer.requests
    assert re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/\d{8}/eu-central-1/ses/aws4_request, "
        r"SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, Signature=[0-9a-f]{64}",
        request.headers["Authorization"],
    )
    assert "x-amz-security-token" not in {name.lower() for name in request.headers}


@pytest.mark.parametrize("name", ["Schule Müller (Köln), West", 'A "quoted" name', "Школа", ""])
async def test_name_of_the_sender_arrives_as_it_is(name: str) -> None:
    body = await sent(replace(ANNA, from_name=name))
    field = str(body["FromEmailAddress"])
    assert field.isascii()
    shown, address = parseaddr(field)
    assert address == "hello@school.example.org"
    assert str(make_header(decode_header(shown))) == name


async def test_domain_outside_ascii_is_sent_in_its_ascii_form() -> None:
    body = await sent(replace(ANNA, to="anna@müller.example"))
    assert body["Destination"] == {"ToAddresses": ["anna@xn--mller-kva.example"]}


@pytest.mark.parametrize("address", ["änna@example.org", "anna", "a@-ä-.example"])
async def test_address_that_ses_cannot_take_never_leaves(address: str) -> None:
    async with ses(TAKEN) as (peer, provider):
        (found,) = await provider.send(replace(MAIL, recipients=(replace(ANNA, to=address),)))
    assert isinstance(found, ProviderRefused)
    assert found.kind == Refusal.BAD_ADDRESS
    assert peer.requests == []


async def test_unsafe_recipient_is_refused_and_the_other_is_sent() -> None:
    unsafe = replace(ANNA, from_name="School\r\nBcc: all@example.org")
    async with ses(TAKEN) as (peer, provider):
        found = await provider.send(replace(MAIL, recipients=(unsafe, ANNA)))
    assert isinstance(found[0], ProviderRefused)
    assert isinstance(found[1], Accepted)
    assert len(peer.requests) == 1


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("MessageRejected", Refusal.CONTENT),
        ("MailFromDomainNotVerifiedException", Refusal.UNAUTHORISED),
        ("SendingPausedException", Refusal.UNAUTHORISED),
        ("SignatureDoesNotMatch", Refusal.UNAUTHORISED),
        ("BadRequestException", Refusal.OTHER),
        ("SomethingNew", Refusal.OTHER),
    ],
)
async def test_name_of_an_error_says_what_a_refusal_means(name: str, kind: str) -> None:
    found = await outcome(refused(name))
    assert isinstance(found, ProviderRefused)
    assert (found.kind, found.provider_code) == (kind, name)
    assert "anna" not in str(found)


async def test_sender_that_nobody_verified_is_not_the_content_s_fault() -> None:
    text = "Email address is not verified. The following identities failed: anna@example.org"
    found = await outcome(refused("MessageRejected", text))
    assert isinstance(found, ProviderRefused)
    assert found.kind == Refusal.UNAUTHORISED


async def test_throttling_that_comes_as_a_refusal_is_busy() -> None:
    assert isinstance(await outcome(refused("ThrottlingException")), ProviderBusy)


async def test_mail_whose_turn_does_not_come_in_time_is_given_back_unsent() -> None:
    people = tuple(replace(ANNA, token=f"t{i}") for i in range(70))
    async with ses(says_nothing, start_within_seconds=0.6) as (peer, provider):
        found = await provider.send(replace(MAIL, recipients=people))
    given_back = [each for each in found if isinstance(each, ProviderBusy)]
    assert [each.provider_code for each in given_back] == [NOT_STARTED] * 6
    assert len(peer.requests) == 64


def test_names_of_errors_have_words_for_people() -> None:
    assert "paused" in words_of_code("ses", "SendingPausedException")
    assert words_of_code("ses", "Delivery") == ""


def test_an_installation_without_amazon_does_not_load_its_library() -> None:
    said = "import sys, outreach.providers.registry; print('botocore' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
