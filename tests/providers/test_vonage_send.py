"""What each answer of Vonage becomes, and what it is sent."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from provider_accounts import APPLICATION, private_key, vonage_account
from provider_cases import TEXT, TOKEN
from provider_peers import Answerer, HttpPeer, http_peer, replies

from outreach.core.errors import OutcomeUnknown, ProviderBusy, ProviderRefused, Refusal
from outreach.providers.port import Accepted
from outreach.providers.registry import words_of_code
from outreach.providers.vonage.client import VonageSms

UUID = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"
TAKEN = replies(202, json.dumps({"message_uuid": UUID}))


def refused(code: int, status: int = 422) -> Answerer:
    body = {
        "type": f"https://developer.vonage.com/api-errors/messages#{code}",
        "title": "A title",
        "detail": "about +447700900123",
        "instance": "f94b4e56604e07e5e5ad5a7228618f81",
    }
    return replies(status, json.dumps(body))


@asynccontextmanager
async def vonage(*script: Answerer) -> AsyncIterator[tuple[HttpPeer, VonageSms]]:
    async with http_peer(*script) as peer:
        provider = VonageSms(vonage_account(peer.base_url))
        try:
            yield peer, provider
        finally:
            await provider.close()


async def test_text_has_the_fields_of_the_api_and_our_token_twice() -> None:
    async with vonage(TAKEN) as (peer, provider):
        assert await provider.send(TEXT) == Accepted(UUID)
    (request,) = peer.requests
    assert (request.method, request.path) == ("POST", "/v1/messages")
    assert json.loads(request.body) == {
        "message_type": "text",
        "channel": "sms",
        "to": "447700900123",
        "from": "447700900001",
        "text": "Say No!",
        "webhook_url": f"https://x.test/status/{TOKEN}",
        "webhook_version": "v1",
        "client_ref": TOKEN,
        "ttl": 600,
    }


async def test_request_is_signed_by_the_application_and_the_token_serves_many() -> None:
    async with vonage(TAKEN) as (peer, provider):
        for _ in range(2):
            await provider.send(TEXT)
    tokens = {request.headers["Authorization"] for request in peer.requests}
    (token,) = tokens
    key = load_pem_private_key(private_key().encode(), None).public_key()
    claims = jwt.decode(token.removeprefix("Bearer "), key, algorithms=["RS256"])  # type: ignore[arg-type]
    assert claims["application_id"] == APPLICATION
    assert claims["exp"] - claims["iat"] == 900


@pytest.mark.parametrize(("wanted", "sent"), [(1, 20), (36_000, 36_000), (10**7, 259_200)])
async def test_validity_stays_within_the_limits_of_the_api(wanted: int, sent: int) -> None:
    async with vonage(TAKEN) as (peer, provider):
        await provider.send(replace(TEXT, validity_seconds=wanted))
    assert json.loads(peer.requests[0].body)["ttl"] == sent


async def test_name_as_sender_and_no_callback_are_sent_so() -> None:
    plain = replace(TEXT, sender="SayNo", status_callback="", validity_seconds=None)
    async with vonage(TAKEN) as (peer, provider):
        await provider.send(plain)
    body = json.loads(peer.requests[0].body)
    assert body["from"] == "SayNo"
    assert not {"webhook_url", "client_ref", "ttl"} & set(body)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (1240, Refusal.OPTED_OUT),
        (1170, Refusal.BAD_ADDRESS),
        (1050, Refusal.CANNOT_RECEIVE),
        (1120, Refusal.NOT_ENABLED),
        (1060, Refusal.UNAUTHORISED),
        (1090, Refusal.CONTENT),
        (9999, Refusal.OTHER),
    ],
)
async def test_code_says_what_a_refusal_means(code: int, kind: str) -> None:
    async with vonage(refused(code)) as (_, provider):
        with pytest.raises(ProviderRefused) as caught:
            await provider.send(TEXT)
    assert (caught.value.kind, caught.value.provider_code) == (kind, str(code))
    assert "7700" not in str(caught.value)


async def test_too_fast_is_busy_also_when_it_comes_as_a_refusal() -> None:
    async with vonage(refused(1000)) as (_, provider):
        with pytest.raises(ProviderBusy):
            await provider.send(TEXT)


async def test_no_credit_is_not_the_person_s_fault() -> None:
    plain = replies(402, json.dumps({"type": "https://x.test/api-errors#low-balance"}))
    for answer in (refused(1070, 402), plain):
        async with vonage(answer) as (_, provider):
            with pytest.raises(ProviderRefused) as caught:
                await provider.send(TEXT)
        assert caught.value.kind == Refusal.UNAUTHORISED


@pytest.mark.parametrize("body", ["[]", '{"message_uuid": 7}', '{"message_uuid": ""}'])
async def test_acceptance_without_an_id_is_unknown(body: str) -> None:
    async with vonage(replies(202, body)) as (_, provider):
        with pytest.raises(OutcomeUnknown):
            await provider.send(TEXT)


def report(*records: dict[str, object], **more: str) -> Answerer:
    return replies(200, json.dumps({"records": records, **more}))


def record(number: int, **changes: object) -> dict[str, object]:
    return {
        "message_id": f"m{number}",
        "from": "447700900001",
        "to": "447700900123",
        "message_body": f"Text {number}",
        "date_received": f"2026-11-22T10:00:0{number}+0000",
        "status": "DELIVERED",
        "error_code": None,
        **changes,
    }


async def test_reports_of_both_directions_and_all_pages_are_read_newest_first() -> None:
    since = datetime.now(UTC) - timedelta(hours=2)
    script = (report(record(1), cursor="c", iv="i"), report(record(2)), report())
    async with vonage(*script) as (peer, provider):
        found = await provider.find(to="+447700900123", sender="+447700900001", since=since)
    assert [one.message_id for one in found] == ["m2", "m1"]
    assert found[0].direction == "outbound"
    assert (found[0].to, found[0].sender) == ("+447700900123", "+447700900001")
    assert found[0].created_at == datetime(2026, 11, 22, 10, 0, 2, tzinfo=UTC)
    queries = [parse_qs(urlsplit(request.path).query) for request in peer.requests]
    assert [query["direction"] for query in queries] == [["outbound"], ["outbound"], ["inbound"]]
    assert queries[1]["cursor"] == ["c"]
    assert queries[0]["to"] == ["447700900123"]


async def test_record_of_another_number_is_left_out_whatever_the_report_says() -> None:
    since = datetime.now(UTC) - timedelta(hours=1)
    odd = record(1, to="447700900999")
    async with vonage(report(odd, record(2))) as (_, provider):
        found = await provider.find(to="+447700900123", sender="+447700900001", since=since)
    assert {one.message_id for one in found} == {"m2"}


async def test_days_are_asked_for_one_at_a_time() -> None:
    since = datetime.now(UTC) - timedelta(hours=50)
    async with vonage(report()) as (peer, provider):
        assert await provider.find(to="+447700900123", sender="", since=since) == []
    assert len(peer.requests) == 6


@pytest.mark.parametrize("answer", [replies(500, ""), replies(200, "[]"), replies(200, "x")])
async def test_report_that_cannot_be_had_is_busy(answer: Answerer) -> None:
    since = datetime.now(UTC) - timedelta(hours=1)
    async with vonage(answer) as (_, provider):
        with pytest.raises(ProviderBusy):
            await provider.find(to="+447700900123", sender="", since=since)


def test_codes_have_words_for_people() -> None:
    assert "opted out" in words_of_code("vonage", "1240")
    assert words_of_code("vonage", "delivered") == ""
