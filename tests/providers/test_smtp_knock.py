"""Trying the mail server: everything up to the message, and nothing of one."""

from __future__ import annotations

import pytest
from provider_peers import free_port, smtp_peer

from outreach.core.errors import ProviderBusy, ProviderError, ProviderRefused
from outreach.providers.port import ProviderName
from outreach.providers.registry import words_of_code
from outreach.providers.smtp import knocking
from outreach.providers.smtp.account import SmtpAccount, SmtpTls
from outreach.providers.smtp.knocking import knock

CAN_SIGN_IN = ("AUTH PLAIN",)


def account(port: int, username: str = "", tls: SmtpTls = SmtpTls.NONE) -> SmtpAccount:
    return SmtpAccount("127.0.0.1", port, username=username, password="secret", tls=tls)


async def test_a_server_that_lets_us_in_is_left_politely_and_gets_no_message() -> None:
    async with smtp_peer(extensions=CAN_SIGN_IN, replies={"AUTH": "235 2.7.0 ok"}) as peer:
        await knock(account(peer.port, "maya"))
    verbs = [line.split(" ")[0] for line in peer.commands]
    assert [each for each in verbs if each != "EHLO"] == ["AUTH", "NOOP", "QUIT"]
    assert peer.messages == []


@pytest.mark.parametrize(
    ("replies", "username", "tls", "error", "words"),
    [
        ({"AUTH": "535 5.7.8 no"}, "maya", SmtpTls.NONE, ProviderRefused, "user and password"),
        ({}, "", SmtpTls.STARTTLS, ProviderRefused, "does not offer the encryption"),
        ({"NOOP": "530 5.7.0 who?"}, "", SmtpTls.NONE, ProviderRefused, "wants a user"),
        ({"NOOP": "421 4.3.2 bye"}, "", SmtpTls.NONE, ProviderBusy, "no connection now"),
        ({"NOOP": ""}, "", SmtpTls.NONE, ProviderBusy, "hung up"),
    ],
)
async def test_a_server_that_does_not_says_why(
    replies: dict[str, str],
    username: str,
    tls: SmtpTls,
    error: type[ProviderError],
    words: str,
) -> None:
    async with smtp_peer(extensions=CAN_SIGN_IN, replies=replies) as peer:
        with pytest.raises(error) as raised:
            await knock(account(peer.port, username, tls))
    assert words in words_of_code(ProviderName.SMTP, raised.value.provider_code)


async def test_a_server_that_is_not_there_is_not_reached() -> None:
    with pytest.raises(ProviderBusy) as raised:
        await knock(account(free_port()))
    assert "could not be reached" in words_of_code("smtp", raised.value.provider_code)


async def test_a_server_that_says_nothing_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(knocking, "ANSWER_SECONDS", 0.05)
    async with smtp_peer(replies={"NOOP": "-"}) as peer:
        with pytest.raises(ProviderBusy) as raised:
            await knock(account(peer.port))
    assert "did not answer in time" in words_of_code("smtp", raised.value.provider_code)


async def test_a_server_that_refuses_the_goodbye_has_let_us_in() -> None:
    async with smtp_peer(replies={"QUIT": "500 5.5.1 what?"}) as peer:
        await knock(account(peer.port))
    assert peer.commands[-1] == "QUIT"
