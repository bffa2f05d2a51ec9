"""What each reply of a mail server means, and what it was given."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from provider_peers import SmtpPeer, free_port, smtp_peer

from outreach.core.errors import OutcomeUnknown, ProviderBusy, ProviderRefused, Refusal
from outreach.providers.port import Accepted, EmailRecipient, EmailRequest, Outcome
from outreach.providers.smtp.account import SmtpAccount, SmtpTls
from outreach.providers.smtp.client import SmtpEmail
from outreach.providers.substitution import substitute

LINK = "https://outreach.example.org/stop/" + "abcdefgh234567" * 8
ANNA = EmailRecipient(
    to="anna@example.org",
    from_name="Schule Müller (Köln), West",
    from_address="hello@mail.example.org",
    reply_to="reply+t1@in.example.org",
    headers={
        "List-Unsubscribe": f"<{LINK}>, <mailto:stop+t1@in.example.org>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    },
    token="t1",
    substitutions={"%n-name%": "Anna Ölgart", "%n-link%": LINK},
)
REQUEST = EmailRequest(
    "Für %n-name%: Sag Nein!",
    '<p>%n-name%</p><a href="%n-link%">x</a>',
    "%n-name%\n.\n..dots\n%n-link%\n",
    (ANNA,),
)


def people(count: int) -> EmailRequest:
    many = (replace(ANNA, to=f"p{i}@example.org", token=f"t{i}") for i in range(count))
    return replace(REQUEST, recipients=tuple(many))


@asynccontextmanager
async def mail_server(
    start_within_seconds: float = 30.0, reply_seconds: float = 5.0, **settings: object
) -> AsyncIterator[tuple[SmtpPeer, SmtpEmail]]:
    async with smtp_peer(**settings) as peer:
        account = SmtpAccount("127.0.0.1", peer.port, tls=SmtpTls.NONE)
        provider = SmtpEmail(
            account, start_within_seconds=start_within_seconds, reply_seconds=reply_seconds
        )
        try:
            yield peer, provider
        finally:
            await provider.close()


async def outcome(**settings: object) -> Outcome:
    async with mail_server(**settings) as (_, provider):  # type: ignore[arg-type]  # named at each call
        (found,) = await provider.send(REQUEST)
    return found


def kind(found: Outcome) -> str:
    return found.kind if isinstance(found, ProviderRefused) else type(found).__name__


async def delivered(request: EmailRequest = REQUEST) -> tuple[EmailMessage, bytes]:
    async with mail_server() as (peer, provider):
        assert await provider.send(request) == [Accepted("<t1@mail.example.org>")]
    ((sender, recipient, raw),) = peer.messages
    assert (sender, recipient) == ("hello@mail.example.org", "anna@example.org")
    parsed = message_from_bytes(raw, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed, raw


async def test_message_has_both_texts_with_values_put_in() -> None:
    mail, _ = await delivered()
    assert mail.get_content_type() == "multipart/alternative"
    plain, html = mail.iter_parts()
    assert html.get_content().strip() == f'<p>Anna Ölgart</p><a href="{LINK}">x</a>'
    # The peer keeps the dot that is put before a line with one (RFC 5321 section 4.5.2); a line
    # of nothing else is encoded.
    assert plain.get_content().replace("\r\n", "\n") == f"Anna Ölgart\n.\n...dots\n{LINK}\n"
    assert mail["Subject"] == "Für Anna Ölgart: Sag Nein!"


async def test_headers_are_those_a_mail_client_needs() -> None:
    mail, _ = await delivered()
    assert mail["From"].addresses[0].display_name == "Schule Müller (Köln), West"
    assert mail["From"].addresses[0].addr_spec == "hello@mail.example.org"
    assert mail["Reply-To"] == "reply+t1@in.example.org"
    assert mail["To"] == "anna@example.org"
    assert mail["Message-ID"] == "<t1@mail.example.org>"
    assert mail["Date"].datetime is not None


async def test_unsubscribe_link_is_not_folded_into_encoded_words() -> None:
    _, raw = await delivered()
    line = f"List-Unsubscribe: <{LINK}>, <mailto:stop+t1@in.example.org>\r\n".encode()
    assert line in raw
    assert raw.isascii()


async def test_no_reply_to_when_there_is_none() -> None:
    mail, _ = await delivered(replace(REQUEST, recipients=(replace(ANNA, reply_to=None),)))
    assert mail["Reply-To"] is None


def test_value_that_holds_another_key_is_left_as_it_is() -> None:
    assert substitute("%a% %ab%", {"%a%": "%ab%", "%ab%": "2"}) == "%ab% 2"
    assert substitute("-x- -xy-", {"-x": "1", "-xy": "2"}) == "1- 2-"
    assert substitute("a.c abc", {"a.c": r"\1"}) == r"\1 abc"


async def test_connections_are_kept_from_one_request_to_the_next() -> None:
    async with mail_server() as (peer, provider):
        for _ in range(3):
            assert kind((await provider.send(REQUEST))[0]) == "Accepted"
        assert peer.connections == 1
        await provider.send(people(20))
        assert peer.connections == 4
    assert len(peer.messages) == 23


async def test_many_recipients_have_their_outcomes_in_order() -> None:
    async with mail_server(rejected={"p3@example.org": "550 5.1.1 no such user"}) as (_, provider):
        found = await provider.send(people(8))
    assert [kind(one) for one in found] == ["Accepted"] * 3 + [Refusal.BAD_ADDRESS] + [
        "Accepted"
    ] * 4
    assert found[5] == Accepted("<t5@mail.example.org>")


async def test_dead_kept_connection_is_replaced() -> None:
    async with mail_server() as (peer, provider):
        await provider.send(REQUEST)
        peer.hang_up_all()
        (found,) = await provider.send(REQUEST)
        assert isinstance(found, Accepted)
        assert len(peer.messages) == 2


async def test_server_that_drops_kept_connections_at_mail_gets_one_more_try() -> None:
    async with mail_server() as (peer, provider):
        await provider.send(REQUEST)
        peer.replies["MAIL"] = ""
        (found,) = await provider.send(REQUEST)
        assert isinstance(found, ProviderBusy)
        assert (peer.connections, len(peer.messages)) == (2, 1)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("550 5.1.1 no such user", Refusal.BAD_ADDRESS),
        ("550 no such user", Refusal.BAD_ADDRESS),
        ("553 5.1.3 bad syntax", Refusal.BAD_ADDRESS),
        ("550 5.7.1 relaying denied", Refusal.NOT_ENABLED),
        ("552 5.2.2 mailbox full", Refusal.OTHER),
        ("554 transaction failed", Refusal.OTHER),
        ("530 5.7.0 authenticate first", Refusal.UNAUTHORISED),
        ("450 4.2.1 try later", "ProviderBusy"),
        ("421 closing", "ProviderBusy"),
    ],
)
async def test_reply_to_the_recipient_is_about_the_recipient(reply: str, expected: str) -> None:
    assert kind(await outcome(replies={"RCPT": reply})) == expected


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("550 5.1.8 bad sender", Refusal.NOT_ENABLED),
        ("530 5.7.0 authenticate first", Refusal.UNAUTHORISED),
        ("451 later", "ProviderBusy"),
    ],
)
async def test_reply_to_the_sender_never_blames_the_recipient(reply: str, expected: str) -> None:
    assert kind(await outcome(replies={"MAIL": reply})) == expected


@pytest.mark.parametrize("stage", ["DATA", "."])
@pytest.mark.parametrize(
    ("reply", "expected"),
    [("554 5.7.1 spam", Refusal.CONTENT), ("451 4.3.0 later", "ProviderBusy")],
)
async def test_reply_to_the_content_is_about_the_content(
    stage: str, reply: str, expected: str
) -> None:
    assert kind(await outcome(replies={stage: reply})) == expected


@pytest.mark.parametrize("reply", ["", "-", "252 who knows"], ids=["lost", "silence", "odd"])
async def test_no_plain_answer_to_the_content_is_unknown(reply: str) -> None:
    found = await outcome(replies={".": reply}, reply_seconds=1.0)
    assert isinstance(found, OutcomeUnknown)


@pytest.mark.parametrize("command", ["EHLO", "MAIL", "RCPT"])
@pytest.mark.parametrize("reply", ["", "-"], ids=["lost", "silence"])
async def test_connection_lost_before_the_content_is_busy(command: str, reply: str) -> None:
    found = await outcome(replies={command: reply, "HELO": reply}, reply_seconds=0.3)
    assert isinstance(found, ProviderBusy)


async def test_connection_goes_on_after_a_refusal() -> None:
    async with mail_server(rejected={"p0@example.org": "550 5.1.1 no"}) as (peer, provider):
        await provider.send(people(1))
        (found,) = await provider.send(REQUEST)
        assert isinstance(found, Accepted)
        assert peer.connections == 1


async def test_server_that_is_not_there_is_busy_for_all() -> None:
    provider = SmtpEmail(SmtpAccount("127.0.0.1", free_port(), tls=SmtpTls.NONE))
    found = await provider.send(people(50))
    assert [kind(one) for one in found] == ["ProviderBusy"] * 50


async def test_server_that_takes_few_connections_still_gets_all_mail() -> None:
    async with mail_server(most_connections=2) as (peer, provider):
        found = await provider.send(people(30))
    assert len(peer.messages) == 28
    assert sorted(kind(one) for one in found) == ["Accepted"] * 28 + ["ProviderBusy"] * 2


async def test_wrong_password_is_unauthorised_for_all_after_one_try_each() -> None:
    settings = {"extensions": ("AUTH PLAIN",), "replies": {"AUTH": "535 5.7.8 wrong"}}
    async with smtp_peer(**settings) as peer:
        account = SmtpAccount("127.0.0.1", peer.port, "user", "wrong", SmtpTls.NONE)
        provider = SmtpEmail(account)
        found = await provider.send(people(50))
        await provider.close()
    assert {kind(one) for one in found} == {Refusal.UNAUTHORISED}
    assert peer.connections == 4
    assert "wrong" not in repr(account)


async def test_server_without_starttls_gets_no_mail() -> None:
    async with smtp_peer() as peer:
        provider = SmtpEmail(SmtpAccount("127.0.0.1", peer.port))
        (found,) = await provider.send(REQUEST)
        await provider.close()
    assert kind(found) == Refusal.UNAUTHORISED
    assert peer.messages == []


async def test_what_cannot_start_in_time_is_given_back_unsent() -> None:
    async with mail_server(start_within_seconds=0.0) as (peer, provider):
        found = await provider.send(people(10))
    assert [kind(one) for one in found] == ["Accepted"] * 4 + ["ProviderBusy"] * 6
    assert len(peer.messages) == 4
    assert isinstance(found[9], ProviderBusy)
    assert found[9].retry_after_seconds == 0


async def test_two_requests_at_once_do_not_mix() -> None:
    async with mail_server() as (peer, provider):
        await asyncio.gather(provider.send(people(10)), provider.send(people(10)))
    assert sorted(to for _, to, _ in peer.messages) == sorted(
        [f"p{i}@example.org" for i in range(10)] * 2
    )
    assert all(b"To: " + to.encode() in raw for _, to, raw in peer.messages)


@pytest.mark.parametrize(
    ("unsafe", "expected"),
    [
        (replace(ANNA, headers={"X-A": "b\r\nBcc: c@example.org"}), Refusal.CONTENT),
        (replace(ANNA, from_name="School\nBcc: c@example.org"), Refusal.CONTENT),
        (replace(ANNA, substitutions={"%n-name%": "A\r\nB: c"}), Refusal.CONTENT),
        (replace(ANNA, to="anna@example.org\r\nDATA"), Refusal.CONTENT),
        (replace(ANNA, to="not an address"), Refusal.BAD_ADDRESS),
        (replace(ANNA, to="a b@example.org"), Refusal.BAD_ADDRESS),
        (replace(ANNA, to="änna@example.org"), Refusal.BAD_ADDRESS),
        (replace(ANNA, to=""), Refusal.BAD_ADDRESS),
    ],
)
async def test_unsafe_recipient_is_refused_and_the_others_are_sent(
    unsafe: EmailRecipient, expected: str
) -> None:
    async with mail_server() as (peer, provider):
        found = await provider.send(replace(REQUEST, recipients=(unsafe, ANNA)))
    assert [kind(one) for one in found] == [expected, "Accepted"]
    assert [to for _, to, _ in peer.messages] == ["anna@example.org"]


async def test_unsafe_subject_is_refused_for_all() -> None:
    async with mail_server() as (peer, provider):
        found = await provider.send(replace(people(2), subject="a\rb"))
    assert [kind(one) for one in found] == [Refusal.CONTENT] * 2
    assert peer.connections == 0


async def test_international_domain_goes_in_ascii() -> None:
    async with mail_server() as (peer, provider):
        await provider.send(replace(REQUEST, recipients=(replace(ANNA, to="a@müller.example"),)))
    assert peer.messages[0][1] == "a@xn--mller-kva.example"


async def test_delivery_reports_come_to_an_address_with_the_mails_own_token() -> None:
    async with smtp_peer() as peer:
        account = SmtpAccount(
            "127.0.0.1", peer.port, tls=SmtpTls.NONE, return_domain="answers.example.org"
        )
        provider = SmtpEmail(account)
        await provider.send(people(2))
        await provider.close()
    assert {sender for sender, _, _ in peer.messages} == {
        "bounce+t0@answers.example.org",
        "bounce+t1@answers.example.org",
    }
