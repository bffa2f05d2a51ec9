"""What goes to SendGrid, and what each of its answers means for each recipient."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from provider_peers import (
    Answerer,
    HttpPeer,
    breaks_off,
    free_port,
    hangs_up,
    http_peer,
    replies,
    resets,
    says_nothing,
)
from sendgrid.helpers import mail

from outreach.core.errors import OutcomeUnknown, ProviderBusy, ProviderRefused, Refusal
from outreach.providers.port import Accepted, EmailRecipient, EmailRequest, Outcome
from outreach.providers.sendgrid.account import SendGridAccount
from outreach.providers.sendgrid.body import build_body
from outreach.providers.sendgrid.client import SendGridEmail
from outreach.providers.transport import Transport

ANNA = EmailRecipient(
    to="anna@example.org",
    from_name="Schule am Park",
    from_address="hello@mail.example.org",
    reply_to="reply+t1@in.example.org",
    headers={
        "List-Unsubscribe": "<https://x.test/stop/t1>, <mailto:stop+t1@in.example.org>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    },
    token="t1",
    substitutions={"%n1-name%": "Anna", "%n1-link%": "https://x.test/a?b=1&c"},
)
BEN = replace(
    ANNA,
    to="ben@example.org",
    from_name="Hill School",
    reply_to="reply+t2@in.example.org",
    token="t2",
    substitutions={"%n1-name%": "Ben", "%n1-link%": ""},
)
REQUEST = EmailRequest("Hello %n1-name%", "<p>%n1-name%</p>", "%n1-name%", (ANNA, BEN))
TAKEN = replies(202, "", {"X-Message-Id": "14c5d75ce93"})


@asynccontextmanager
async def sendgrid(
    *script: Answerer, **limits: float
) -> AsyncIterator[tuple[HttpPeer, SendGridEmail]]:
    async with http_peer(*script) as peer:
        transport = Transport(peer.base_url, **limits)
        provider = SendGridEmail(SendGridAccount("SG.key", peer.base_url), transport)
        try:
            yield peer, provider
        finally:
            await provider.close()


async def outcomes(answer: Answerer, request: EmailRequest = REQUEST) -> list[Outcome]:
    async with sendgrid(answer) as (_, provider):
        return await provider.send(request)


async def body_of(request: EmailRequest) -> dict[str, object]:
    async with sendgrid(TAKEN) as (peer, provider):
        await provider.send(request)
    body: dict[str, object] = json.loads(peer.requests[0].body)
    return body


def errors(*fields: str | None) -> Answerer:
    found = [{"message": "no", "field": field, "help": "http://x"} for field in fields]
    return replies(400, json.dumps({"errors": found}))


def kinds(found: list[Outcome]) -> list[str]:
    return [one.kind if isinstance(one, ProviderRefused) else type(one).__name__ for one in found]


async def test_accepted_request_is_accepted_for_all() -> None:
    assert await outcomes(TAKEN) == [Accepted("14c5d75ce93")] * 2


async def test_one_request_carries_key_and_all_personalizations() -> None:
    async with sendgrid(TAKEN) as (peer, provider):
        await provider.send(REQUEST)
    (seen,) = peer.requests
    assert (seen.method, seen.path) == ("POST", "/v3/mail/send")
    assert seen.headers["Authorization"] == "Bearer SG.key"
    anna, ben = json.loads(seen.body)["personalizations"]
    assert anna["to"] == [{"email": "anna@example.org"}]
    assert anna["from"] == {"email": "hello@mail.example.org", "name": "Schule am Park"}
    assert ben["from"]["name"] == "Hill School"
    assert anna["headers"] == ANNA.headers
    assert anna["custom_args"] == {"token": "t1"}
    assert anna["substitutions"]["%n1-link%"] == "https://x.test/a?b=1&c"
    assert ben["substitutions"]["%n1-link%"] == ""


async def test_texts_go_with_their_keys_and_plain_text_first() -> None:
    body = await body_of(REQUEST)
    assert body["subject"] == "Hello %n1-name%"
    assert body["content"] == [
        {"type": "text/plain", "value": "%n1-name%"},
        {"type": "text/html", "value": "<p>%n1-name%</p>"},
    ]


async def test_no_tracking_whatever_the_account_says() -> None:
    settings = (await body_of(REQUEST))["tracking_settings"]
    assert settings == {
        "click_tracking": {"enable": False, "enable_text": False},
        "open_tracking": {"enable": False},
        "subscription_tracking": {"enable": False},
        "ganalytics": {"enable": False},
    }


async def test_only_the_token_is_left_with_sendgrid() -> None:
    body = json.dumps(await body_of(REQUEST))
    assert body.count("custom_args") == 2
    assert not {"categories", "unique_args", "sections"} & set(json.loads(body))


async def test_reply_to_differs_through_a_substitution() -> None:
    body = await body_of(REQUEST)
    key = body["reply_to"]["email"]  # type: ignore[index]
    assert key.endswith("@in.example.org")
    values = [one["substitutions"][key] for one in body["personalizations"]]  # type: ignore[attr-defined]
    assert values == ["reply+t1@in.example.org", "reply+t2@in.example.org"]


async def test_recipient_without_reply_to_answers_the_sender() -> None:
    body = await body_of(replace(REQUEST, recipients=(ANNA, replace(BEN, reply_to=None))))
    key = body["reply_to"]["email"]  # type: ignore[index]
    assert body["personalizations"][1]["substitutions"][key] == "hello@mail.example.org"  # type: ignore[index]


async def test_common_reply_to_needs_no_substitution() -> None:
    body = await body_of(replace(REQUEST, recipients=(ANNA,)))
    assert body["reply_to"] == {"email": "reply+t1@in.example.org"}
    none = replace(ANNA, reply_to=None)
    assert "reply_to" not in await body_of(replace(REQUEST, recipients=(none,)))


async def test_international_domain_goes_in_ascii() -> None:
    body = await body_of(replace(REQUEST, recipients=(replace(ANNA, to="anna@müller.example"),)))
    assert body["personalizations"][0]["to"] == [{"email": "anna@xn--mller-kva.example"}]  # type: ignore[index]


async def test_thousand_recipients_are_one_request() -> None:
    many = tuple(replace(ANNA, to=f"p{i}@example.org", token=f"t{i}") for i in range(1000))
    long = EmailRequest("Hello", "<p>x</p>" * 1000, "x", many)
    async with sendgrid(TAKEN) as (peer, provider):
        assert await provider.send(long) == [Accepted("14c5d75ce93")] * 1000
    assert len(json.loads(peer.requests[0].body)["personalizations"]) == 1000
    with pytest.raises(ValueError, match="1 to 1000"):
        replace(long, recipients=(*many, ANNA))


@pytest.mark.parametrize("field", ["personalizations.1.to.0.email", "personalizations[1].to"])
async def test_named_recipient_is_refused_and_the_others_given_back(field: str) -> None:
    anna, ben = await outcomes(errors(field))
    assert isinstance(anna, ProviderBusy)
    assert anna.retry_after_seconds == 0
    assert isinstance(ben, ProviderRefused)
    assert ben.kind == Refusal.BAD_ADDRESS


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("personalizations.0.from.email", Refusal.NOT_ENABLED),
        ("personalizations.0.headers", Refusal.CONTENT),
        ("personalizations.0", Refusal.CONTENT),
    ],
)
async def test_other_fault_of_one_recipient_is_not_its_address(field: str, kind: str) -> None:
    assert kinds(await outcomes(errors(field))) == [kind, "ProviderBusy"]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        (("subject",), Refusal.CONTENT),
        (("content.0.value",), Refusal.CONTENT),
        (("from.email",), Refusal.OTHER),
        ((None,), Refusal.OTHER),
        (("personalizations",), Refusal.OTHER),
        (("personalizations.7.to",), Refusal.OTHER),
        (("personalizations.0.to", "subject"), Refusal.CONTENT),
    ],
)
async def test_other_bad_request_is_refused_for_all(fields: tuple[str], kind: str) -> None:
    assert kinds(await outcomes(errors(*fields))) == [kind, kind]


@pytest.mark.parametrize("body", ["", "<html>", "[]", '{"errors": 3}', '{"errors": [7]}'])
async def test_bad_request_that_cannot_be_read_is_refused_for_all(body: str) -> None:
    assert kinds(await outcomes(replies(400, body))) == [Refusal.OTHER, Refusal.OTHER]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, Refusal.UNAUTHORISED),
        (403, Refusal.UNAUTHORISED),
        (413, Refusal.CONTENT),
        (404, Refusal.OTHER),
        (499, Refusal.OTHER),
    ],
)
async def test_refusal_by_status_is_for_all(status: int, kind: str) -> None:
    assert kinds(await outcomes(replies(status, "{}"))) == [kind, kind]


@pytest.mark.parametrize("status", [200, 302, 408, 500, 502, 504])
async def test_status_that_proves_nothing_is_unknown_for_all(status: int) -> None:
    assert kinds(await outcomes(replies(status, "{}"))) == ["OutcomeUnknown"] * 2


async def test_rate_limit_is_busy_until_its_reset() -> None:
    reset = str(int(time.time()) + 3600)
    first, _ = await outcomes(replies(429, "{}", {"X-RateLimit-Reset": reset}))
    assert isinstance(first, ProviderBusy)
    assert first.retry_after_seconds == pytest.approx(3600, abs=30)


async def test_rate_limit_whose_reset_is_past_may_be_tried_at_once() -> None:
    first, _ = await outcomes(replies(429, "{}", {"X-RateLimit-Reset": "1392815263"}))
    assert isinstance(first, ProviderBusy)
    assert first.retry_after_seconds == 0


@pytest.mark.parametrize("answer", [resets, hangs_up, breaks_off, says_nothing])
async def test_failure_after_writing_is_unknown_for_all_and_sent_once(answer: Answerer) -> None:
    async with sendgrid(answer, read_seconds=0.2) as (peer, provider):
        found = await provider.send(REQUEST)
    assert [type(one) for one in found] == [OutcomeUnknown] * 2
    assert len(peer.requests) == 1


async def test_refused_connection_is_busy_for_all() -> None:
    provider = SendGridEmail(SendGridAccount("SG.key", f"http://127.0.0.1:{free_port()}"))
    assert kinds(await provider.send(REQUEST)) == ["ProviderBusy"] * 2
    await provider.close()


@pytest.mark.parametrize(
    "unsafe",
    [
        replace(ANNA, from_name="School\r\nBcc: all@example.org"),
        replace(ANNA, to="a@example.org\nb@example.org"),
        replace(ANNA, reply_to="a@example.org\r"),
        replace(ANNA, headers={"List-Unsubscribe": "<https://x>\r\nX: y"}),
        replace(ANNA, headers={"X-A:B": "c"}),
        replace(ANNA, headers={"Reply-To": "x@example.org"}),
        replace(ANNA, headers={"X-Name": "Müller"}),
        replace(ANNA, substitutions={"%n1-name%": "A\nBcc: x@example.org"}),
        replace(ANNA, substitutions={"%n1-link%": "x" * 10_000}),
    ],
)
async def test_unsafe_recipient_is_refused_and_the_others_are_sent(unsafe: EmailRecipient) -> None:
    async with sendgrid(TAKEN) as (peer, provider):
        found = await provider.send(replace(REQUEST, recipients=(unsafe, BEN)))
    assert kinds(found) == [Refusal.CONTENT, "Accepted"]
    assert [p["to"] for p in json.loads(peer.requests[0].body)["personalizations"]] == [
        [{"email": "ben@example.org"}]
    ]


async def test_impossible_domain_is_a_bad_address_and_the_others_are_sent() -> None:
    odd = replace(ANNA, to="anna@ex\u2028ample.org"), replace(ANNA, to="a@-ä-.example")
    found = await outcomes(TAKEN, replace(REQUEST, recipients=(*odd, BEN)))
    assert kinds(found) == [Refusal.CONTENT, Refusal.BAD_ADDRESS, "Accepted"]


async def test_line_break_in_a_value_is_fine_where_it_is_no_header() -> None:
    letter = replace(ANNA, substitutions={"%n1-link%": "line one\nline two"})
    assert kinds(await outcomes(TAKEN, replace(REQUEST, recipients=(letter,)))) == ["Accepted"]


async def test_unsafe_subject_is_never_posted() -> None:
    async with sendgrid(TAKEN) as (peer, provider):
        found = await provider.send(replace(REQUEST, subject="Hello\r\nBcc: all@example.org"))
    assert kinds(found) == [Refusal.CONTENT] * 2
    assert peer.requests == []


async def test_text_that_is_an_api_key_is_refused() -> None:
    assert kinds(await outcomes(TAKEN, replace(REQUEST, text="SG.abc.def"))) == [
        Refusal.CONTENT,
        Refusal.CONTENT,
    ]


def test_recipients_are_written_as_the_helpers_of_the_sdk_write_them() -> None:
    anonymous = replace(BEN, from_name="", reply_to=None, headers={}, substitutions={})
    everyone = (ANNA, BEN, anonymous)
    body = json.loads(build_body(REQUEST, everyone))
    reply_key = body["reply_to"]["email"]
    replies_to = (ANNA.reply_to, BEN.reply_to, BEN.from_address)

    expected = [
        _by_sdk(each, {**each.substitutions, reply_key: str(own)})
        for each, own in zip(everyone, replies_to, strict=True)
    ]

    assert body["personalizations"] == expected


def _by_sdk(recipient: EmailRecipient, substitutions: dict[str, str]) -> object:
    one = mail.Personalization()
    one.add_to(mail.To(recipient.to))
    one.set_from(mail.From(recipient.from_address, recipient.from_name or None))
    one.add_custom_arg(mail.CustomArg("token", recipient.token))
    for name, value in recipient.headers.items():
        one.add_header(mail.Header(name, value))
    for key, value in substitutions.items():
        one.add_substitution(mail.Substitution(key, value))
    return one.get()
