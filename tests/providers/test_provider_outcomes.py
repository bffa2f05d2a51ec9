"""Promise 3 for every provider over HTTP: what is certain of one message, whatever happens.

One suite for all: a new provider is a line in `provider_cases.py`.
"""

from __future__ import annotations

import pytest
from provider_cases import CASES, Case
from provider_peers import (
    Answerer,
    breaks_off,
    dribbles,
    free_port,
    hangs_up,
    http_peer,
    replies,
    resets,
    says_nothing,
)

from outreach.core.channels import Channel
from outreach.core.errors import OutcomeUnknown, ProviderBusy, ProviderRefused, Refusal
from outreach.providers.port import Accepted, ProviderName
from outreach.providers.registry import EMAIL, SMS
from outreach.providers.transport import Transport

pytestmark = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def test_case_is_of_a_registered_provider(case: Case) -> None:
    registered = SMS if case.channel is Channel.SMS else EMAIL
    assert ProviderName(case.name) in registered


async def test_message_that_is_taken_has_an_id(case: Case) -> None:
    async with case.against(case.taken) as (peer, provider):
        found = await case.send(provider)
    assert isinstance(found, Accepted)
    assert found.message_id
    assert len(peer.requests) == 1


async def test_connections_are_kept(case: Case) -> None:
    async with case.against(case.taken) as (peer, provider):
        for _ in range(3):
            assert isinstance(await case.send(provider), Accepted)
    assert (len(peer.requests), peer.connections) == (3, 1)


async def test_nobody_at_the_address_is_busy(case: Case) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    provider = case.build(url, Transport(url))
    assert isinstance(await case.send(provider), ProviderBusy)
    await provider.close()


@pytest.mark.parametrize("status", [429, 503])
async def test_come_back_later_is_busy_with_the_wait_that_was_asked(
    case: Case, status: int
) -> None:
    async with case.against(replies(status, "{}", {"Retry-After": "7"})) as (peer, provider):
        found = await case.send(provider)
    assert isinstance(found, ProviderBusy)
    assert found.retry_after_seconds == 7
    assert len(peer.requests) == 1


@pytest.mark.parametrize("status", [302, 408, 500, 502, 504])
async def test_status_that_proves_nothing_is_unknown_and_not_asked_again(
    case: Case, status: int
) -> None:
    async with case.against(replies(status, "{}")) as (peer, provider):
        assert isinstance(await case.send(provider), OutcomeUnknown)
    assert len(peer.requests) == 1


@pytest.mark.parametrize("answer", [resets, hangs_up, breaks_off, says_nothing, dribbles])
async def test_failure_after_writing_is_unknown_and_sent_once(case: Case, answer: Answerer) -> None:
    limits = {"read_seconds": 0.2, "total_seconds": 0.4}
    async with case.against(answer, **limits) as (peer, provider):
        assert isinstance(await case.send(provider), OutcomeUnknown)
    assert len(peer.requests) == 1


async def test_connection_that_is_reset_at_once_is_sent_once_at_most(case: Case) -> None:
    async with http_peer(case.taken, reset_on_connect=True) as peer:
        provider = case.build(peer.base_url, Transport(peer.base_url))
        assert isinstance(await case.send(provider), OutcomeUnknown | ProviderBusy)
        await provider.close()
    assert peer.connections == 1


async def test_success_that_cannot_be_read_is_unknown(case: Case) -> None:
    async with case.against(case.unreadable) as (peer, provider):
        assert isinstance(await case.send(provider), OutcomeUnknown)
    assert len(peer.requests) == 1


@pytest.mark.parametrize("status", [401, 403])
async def test_wrong_credentials_are_our_fault_and_not_the_person_s(
    case: Case, status: int
) -> None:
    async with case.against(replies(status, "{}")) as (_, provider):
        found = await case.send(provider)
    assert isinstance(found, ProviderRefused)
    assert found.kind == Refusal.UNAUTHORISED


@pytest.mark.parametrize("body", ["", "<html>", "[]", '"x"', '{"errors": 3}'])
async def test_refusal_that_cannot_be_read_is_a_refusal_without_the_provider_s_words(
    case: Case, body: str
) -> None:
    async with case.against(replies(400, body)) as (_, provider):
        found = await case.send(provider)
    assert isinstance(found, ProviderRefused)
    assert found.kind == Refusal.OTHER
    assert "html" not in str(found)
