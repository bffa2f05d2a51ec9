"""What each thing that can happen to a text on its way to Twilio becomes."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from provider_peers import (
    Answerer,
    HttpPeer,
    breaks_off,
    dribbles,
    free_port,
    hangs_up,
    http_peer,
    replies,
    resets,
    says_nothing,
)

from outreach.core.errors import OutcomeUnknown, ProviderBusy, ProviderRefused, Refusal
from outreach.providers.port import Accepted, OutboundSms
from outreach.providers.transport import CONNECTIONS_PER_HOST, Transport
from outreach.providers.twilio.account import TwilioAccount
from outreach.providers.twilio.client import TwilioSms

SID = "SM" + "a" * 32
SERVICE = "MG" + "b" * 32
ACCOUNT = "AC" + "c" * 32
TEXT = OutboundSms(
    "+447700900123", "+447700900001", "Say No! + 1 & more", "https://x.test/t/abc", 600
)
# The shape of the provider's own example ("create", Message resource).
CREATED = {
    "account_sid": ACCOUNT,
    "api_version": "2010-04-01",
    "body": "Say No!",
    "date_created": "Thu, 24 Aug 2023 05:01:45 +0000",
    "date_sent": None,
    "date_updated": "Thu, 24 Aug 2023 05:01:45 +0000",
    "direction": "outbound-api",
    "error_code": None,
    "error_message": None,
    "from": "+447700900001",
    "messaging_service_sid": None,
    "num_media": "0",
    "num_segments": "2",
    "price": None,
    "price_unit": None,
    "sid": SID,
    "status": "queued",
    "to": "+447700900123",
    "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{SID}.json",
}


def created(**changes: object) -> Answerer:
    return replies(201, json.dumps({**CREATED, **changes}))


def refused(code: int, status: int = 400) -> Answerer:
    return replies(
        status,
        json.dumps(
            {"code": code, "message": "to +447700900123", "more_info": "", "status": status}
        ),
    )


@asynccontextmanager
async def twilio(*script: Answerer, **limits: float) -> AsyncIterator[tuple[HttpPeer, TwilioSms]]:
    async with http_peer(*script) as peer:
        transport = Transport(peer.base_url, **limits)
        provider = TwilioSms(TwilioAccount(ACCOUNT, "secret", peer.base_url), transport)
        try:
            yield peer, provider
        finally:
            await provider.close()


async def test_accepted_text_carries_sid_segments_and_price() -> None:
    async with twilio(created(price="-0.00750")) as (_, provider):
        assert await provider.send(TEXT) == Accepted(SID, 2, 7500)


async def test_segments_are_unknown_until_a_messaging_service_has_chosen() -> None:
    async with twilio(created(num_segments="0")) as (_, provider):
        assert await provider.send(TEXT) == Accepted(SID, None, None)


async def test_request_has_path_parameters_and_credentials_of_the_api() -> None:
    async with twilio(created()) as (peer, provider):
        await provider.send(TEXT)
    (request,) = peer.requests
    assert (request.method, request.path) == (
        "POST",
        f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
    )
    assert dict(parse_qsl(request.body.decode())) == {
        "To": "+447700900123",
        "From": "+447700900001",
        "Body": "Say No! + 1 & more",
        "StatusCallback": "https://x.test/t/abc",
        "ValidityPeriod": "600",
    }
    expected = base64.b64encode(f"{ACCOUNT}:secret".encode()).decode()
    assert request.headers["Authorization"] == f"Basic {expected}"


async def test_base_url_may_have_a_path_of_its_own() -> None:
    async with http_peer(created()) as peer:
        provider = TwilioSms(TwilioAccount(ACCOUNT, "secret", f"{peer.base_url}/twilio/"))
        await provider.send(TEXT)
        await provider.close()
    assert peer.requests[0].path.startswith("/twilio/2010-04-01/")


async def test_credentials_in_the_environment_are_never_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_EDGE", "TWILIO_REGION"):
        monkeypatch.setenv(name, "real")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    async with twilio(created()) as (peer, provider):
        await provider.send(TEXT)
    assert "real" not in peer.requests[0].path
    with pytest.raises(ValueError, match="auth token"):
        TwilioAccount(ACCOUNT, "")


async def test_messaging_service_is_no_from_but_a_name_like_one_is() -> None:
    async with twilio(created()) as (peer, provider):
        await provider.send(OutboundSms("+447700900123", SERVICE, "a"))
        await provider.send(OutboundSms("+447700900123", "MGSchool", "a", validity_seconds=90_000))
    by_service, by_name = (parse_qs(request.body.decode()) for request in peer.requests)
    assert by_service["MessagingServiceSid"] == [SERVICE]
    assert "From" not in by_service
    assert "ValidityPeriod" not in by_service
    assert by_name["From"] == ["MGSchool"]
    assert by_name["ValidityPeriod"] == ["36000"]


async def test_refused_connection_is_busy() -> None:
    provider = TwilioSms(TwilioAccount(ACCOUNT, "secret", f"http://127.0.0.1:{free_port()}"))
    with pytest.raises(ProviderBusy):
        await provider.send(TEXT)
    await provider.close()


async def test_name_that_does_not_resolve_is_busy() -> None:
    provider = TwilioSms(TwilioAccount(ACCOUNT, "secret", "http://nowhere.invalid"))
    with pytest.raises(ProviderBusy):
        await provider.send(TEXT)
    await provider.close()


async def test_no_free_connection_in_time_is_busy() -> None:
    """All places are taken by answers that do not come: the text behind them never left."""
    async with twilio(says_nothing, connect_seconds=1.5) as (peer, provider):
        waiting = [asyncio.create_task(provider.send(TEXT)) for _ in range(CONNECTIONS_PER_HOST)]
        while len(peer.requests) < CONNECTIONS_PER_HOST:
            await asyncio.sleep(0.01)
        with pytest.raises(ProviderBusy):
            await provider.send(TEXT)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert len(peer.requests) == CONNECTIONS_PER_HOST


@pytest.mark.parametrize(
    "answer",
    [resets, hangs_up, breaks_off, says_nothing, dribbles],
    ids=["reset", "hang-up", "half a body", "silence", "endless body"],
)
async def test_failure_after_writing_is_unknown_and_sent_once(answer: Answerer) -> None:
    async with twilio(answer, read_seconds=0.3, total_seconds=1.0) as (peer, provider):
        with pytest.raises(OutcomeUnknown):
            await provider.send(TEXT)
    assert len(peer.requests) == 1


async def test_reset_of_a_fresh_connection_is_unknown() -> None:
    async with http_peer(created(), reset_on_connect=True) as peer:
        provider = TwilioSms(TwilioAccount(ACCOUNT, "secret", peer.base_url))
        with pytest.raises(OutcomeUnknown):
            await provider.send(TEXT)
        await provider.close()


async def test_kept_connection_that_dies_does_not_post_twice() -> None:
    async with twilio(created(), hangs_up) as (peer, provider):
        await provider.send(TEXT)
        with pytest.raises(OutcomeUnknown):
            await provider.send(TEXT)
    assert (len(peer.requests), peer.connections) == (2, 1)


@pytest.mark.parametrize("status", [301, 408, 500, 502, 504])
async def test_status_that_proves_nothing_is_unknown(status: int) -> None:
    async with twilio(refused(21211, status)) as (_, provider):
        with pytest.raises(OutcomeUnknown) as caught:
            await provider.send(TEXT)
    assert caught.value.provider_code == str(status)


@pytest.mark.parametrize(
    "body", ["", "<html>", "[]", "{}", '{"sid": null}', '{"sid": "SM1", "num_segments": "x"}']
)
async def test_success_that_cannot_be_read_is_unknown(body: str) -> None:
    async with twilio(replies(201, body)) as (_, provider):
        with pytest.raises(OutcomeUnknown):
            await provider.send(TEXT)


@pytest.mark.parametrize("status", [429, 503])
async def test_come_back_later_is_busy_with_the_seconds_asked_for(status: int) -> None:
    async with twilio(replies(status, "{}", {"Retry-After": "7"})) as (_, provider):
        with pytest.raises(ProviderBusy) as caught:
            await provider.send(TEXT)
    assert caught.value.retry_after_seconds == 7.0


async def test_retry_after_may_be_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    async with twilio(replies(503, "", {"Retry-After": later})) as (_, provider):
        with pytest.raises(ProviderBusy) as caught:
            await provider.send(TEXT)
    assert caught.value.retry_after_seconds == pytest.approx(3600, abs=30)


@pytest.mark.parametrize("header", ["soon", "-3", "Mon, 99 Foo 2026"])
async def test_retry_after_of_nonsense_is_none(header: str) -> None:
    async with twilio(replies(429, "{}", {"Retry-After": header})) as (_, provider):
        with pytest.raises(ProviderBusy) as caught:
            await provider.send(TEXT)
    assert caught.value.retry_after_seconds is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (21211, Refusal.BAD_ADDRESS),
        (21614, Refusal.BAD_ADDRESS),
        (21610, Refusal.OPTED_OUT),
        (21635, Refusal.CANNOT_RECEIVE),
        (21408, Refusal.NOT_ENABLED),
        (21617, Refusal.CONTENT),
        (99999, Refusal.OTHER),
    ],
)
async def test_refusal_is_read_from_the_code(code: int, kind: str) -> None:
    async with twilio(refused(code)) as (_, provider):
        with pytest.raises(ProviderRefused) as caught:
            await provider.send(TEXT)
    assert (caught.value.kind, caught.value.provider_code) == (kind, str(code))
    assert "+447700900123" not in str(caught.value)


@pytest.mark.parametrize("code", [20429, 21611, 14107])
async def test_full_queue_is_busy_although_it_comes_as_a_400(code: int) -> None:
    async with twilio(refused(code)) as (_, provider):
        with pytest.raises(ProviderBusy):
            await provider.send(TEXT)


@pytest.mark.parametrize(("code", "status"), [(20003, 401), (0, 401), (0, 403)])
async def test_wrong_credentials_are_unauthorised(code: int, status: int) -> None:
    async with twilio(refused(code, status)) as (_, provider):
        with pytest.raises(ProviderRefused) as caught:
            await provider.send(TEXT)
    assert caught.value.kind == Refusal.UNAUTHORISED


async def test_country_that_is_not_enabled_is_not_taken_for_wrong_credentials() -> None:
    async with twilio(refused(21408, 403)) as (_, provider):
        with pytest.raises(ProviderRefused) as caught:
            await provider.send(TEXT)
    assert caught.value.kind == Refusal.NOT_ENABLED


async def test_refusal_without_a_readable_body_is_other() -> None:
    async with twilio(replies(404, "<html>")) as (_, provider):
        with pytest.raises(ProviderRefused) as caught:
            await provider.send(TEXT)
    assert (caught.value.kind, caught.value.provider_code) == (Refusal.OTHER, "404")


SINCE = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def listed(*ages_minutes: int, next_page: str | None = None, **fields: object) -> Answerer:
    messages = [
        {
            **CREATED,
            **fields,
            "sid": f"SM{age}",
            "date_created": format_datetime(SINCE + timedelta(minutes=age)),
        }
        for age in ages_minutes
    ]
    page = {"messages": messages, "next_page_uri": next_page, "page": 0, "page_size": 200}
    return replies(
        200, json.dumps({**page, "first_page_uri": "/", "uri": "/", "start": 0, "end": 1})
    )


async def test_find_filters_by_number_and_sender_and_not_by_sent_date() -> None:
    async with twilio(listed(5)) as (peer, provider):
        (found,) = await provider.find(to="+447700900123", sender="+447700900001", since=SINCE)
    query = parse_qs(urlsplit(peer.requests[0].path).query)
    assert query == {"To": ["+447700900123"], "From": ["+447700900001"], "PageSize": ["200"]}
    assert (found.message_id, found.body, found.status) == ("SM5", "Say No!", "queued")
    assert (found.created_at, found.direction) == (SINCE + timedelta(minutes=5), "outbound-api")


async def test_find_reads_on_until_a_page_is_too_old() -> None:
    pages = listed(9, 8, next_page="/2010-04-01/p2"), listed(7, -1, next_page="/2010-04-01/p3")
    old = listed(-2, -3, next_page="/2010-04-01/p4")
    async with twilio(*pages, old) as (peer, provider):
        found = await provider.find(to="+447700900123", sender="", since=SINCE)
    assert [one.message_id for one in found] == ["SM9", "SM8", "SM7"]
    assert [request.path for request in peer.requests[1:]] == ["/2010-04-01/p2", "/2010-04-01/p3"]


async def test_find_by_messaging_service_compares_it_in_the_answer() -> None:
    async with twilio(listed(1, messaging_service_sid=SERVICE)) as (peer, provider):
        assert len(await provider.find(to="+447700900123", sender=SERVICE, since=SINCE)) == 1
        other = "MG" + "e" * 32
        assert await provider.find(to="+447700900123", sender=other, since=SINCE) == []
    assert "From" not in parse_qs(urlsplit(peer.requests[0].path).query)


@pytest.mark.parametrize(
    "answer", [replies(500), replies(200, "<html>"), replies(200, "{}"), says_nothing]
)
async def test_find_that_fails_may_be_tried_again(answer: Answerer) -> None:
    async with twilio(answer, read_seconds=0.2) as (_, provider):
        with pytest.raises(ProviderBusy):
            await provider.find(to="+447700900123", sender="", since=SINCE)
