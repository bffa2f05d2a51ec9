"""Sending texts over Vonage's Messages API, and finding them in its reports.

Vonage's own SDK is synchronous and wants 14 packages; a request is eight fields of JSON and a
token that PyJWT signs. Sources (November 2026): OpenAPI files messages and reports of
Nexmo/api-specification; developer.vonage.com, "Messages API v1". Refuses to repeat a POST.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import jwt

from outreach.core import clock
from outreach.core.errors import (
    OutcomeUnknown,
    ProviderBusy,
    ProviderError,
    ProviderRefused,
    Refusal,
)
from outreach.providers.json_fields import instant_of
from outreach.providers.port import Accepted, FoundMessage, OutboundSms
from outreach.providers.transport import (
    Answer,
    Transport,
    error_for_status,
    retry_after_seconds,
)
from outreach.providers.vonage.account import VonageAccount
from outreach.providers.vonage.calls import VonageCalls, unreadable
from outreach.providers.vonage.codes import BUSY, meaning_of, read_code
from outreach.providers.vonage.numbers import from_vonage, to_vonage

PATH = "/v1/messages"
REPORTS_PATH = "/v2/reports/records"
# `ttl` in seconds; Vonage holds a text for 72 hours at most.
SHORTEST_VALIDITY_SECONDS = 20
LONGEST_VALIDITY_SECONDS = 72 * 3600
# Signing costs a millisecond with a key of 2,048 bits, so a token serves many requests.
TOKEN_SECONDS = 900
_RENEW_SECONDS = 600
# One report covers 24 hours at most (Reports API, `date_end`).
_LONGEST_REPORT = timedelta(hours=24)
MOST_PAGES = 50
# 402: no credit. All three say that nothing goes, whoever it is to.
_UNAUTHORISED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN}
_UNREADABLE = (ValueError, TypeError, KeyError, RecursionError)


class VonageSms:
    """An `SmsProvider`. One per event loop; keeps its connections until `close`."""

    def __init__(self, account: VonageAccount, transport: Transport | None = None) -> None:
        self._account = account
        self._transport = transport or Transport(account.base_url)
        self._calls = VonageCalls(account, self._transport)
        self._token, self._signed_at = "", 0.0

    async def send(self, message: OutboundSms) -> Accepted:
        """See `SmsProvider.send`. Vonage tells the parts and the price later, in the status."""
        answer = await self._transport.request(
            "POST", PATH, headers=self._headers(), body=_body(message)
        )
        if answer.succeeded:
            return _accepted(answer)
        raise _error_of(answer)

    async def find(self, *, to: str, sender: str, since: datetime) -> list[FoundMessage]:
        """See `SmsProvider.find`: reports of both directions, a day at a time."""
        if not to and not sender:
            raise ValueError("find needs a recipient or a sender")
        found: list[FoundMessage] = []
        for direction in ("outbound", "inbound"):
            # In a time-lapse business time and Vonage's need not be the same.
            for begin, end in _days(since, max(clock.now(), datetime.now(UTC))):
                found += await self._report(direction, to, sender, begin, end)
        return sorted(found, key=lambda one: one.created_at or since, reverse=True)

    async def close(self) -> None:
        await self._transport.close()

    async def _report(
        self, direction: str, to: str, sender: str, begin: datetime, end: datetime
    ) -> list[FoundMessage]:
        query = {
            "account_id": self._account.api_key,
            "product": "MESSAGES",
            "direction": direction,
            "date_start": begin.isoformat(timespec="seconds"),
            "date_end": end.isoformat(timespec="seconds"),
            "include_message": "true",
            **({"to": to_vonage(to)} if to else {}),
            **({"from": to_vonage(sender)} if sender else {}),
        }
        found: list[FoundMessage] = []
        for _ in range(MOST_PAGES):
            page = await self._calls.ask("GET", f"{REPORTS_PATH}?{urlencode(query)}")
            found += [one for one in _records(page, direction) if _matches(one, to, sender)]
            if not page.get("cursor"):
                break
            query |= {"cursor": str(page["cursor"]), "iv": str(page.get("iv", ""))}
        return found

    def _headers(self) -> Mapping[str, str]:
        """The machine's own time: Vonage compares it with its clock, also in time-lapse."""
        now = time.time()
        if now - self._signed_at > _RENEW_SECONDS:
            claims = {
                "application_id": self._account.application_id,
                "iat": int(now),
                "exp": int(now) + TOKEN_SECONDS,
                "jti": str(uuid4()),
            }
            self._token = jwt.encode(claims, self._account.private_key, algorithm="RS256")
            self._signed_at = now
        return {
            "Authorization": f"Bearer {self._token}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }


def _body(message: OutboundSms) -> bytes:
    fields: dict[str, object] = {
        "message_type": "text",
        "channel": "sms",
        "to": to_vonage(message.to),
        "from": to_vonage(message.sender),
        "text": message.body,
    }
    if message.status_callback:
        fields |= {
            "webhook_url": message.status_callback,
            "webhook_version": "v1",
            # Comes back in every status, signed; the address is not.
            "client_ref": message.status_callback.rpartition("/")[2],
        }
    if message.validity_seconds is not None:
        wanted = max(SHORTEST_VALIDITY_SECONDS, message.validity_seconds)
        fields["ttl"] = min(wanted, LONGEST_VALIDITY_SECONDS)
    return json.dumps(fields).encode()


def _accepted(answer: Answer) -> Accepted:
    """Raises OutcomeUnknown for a 2xx that does not name the message."""
    try:
        found = json.loads(answer.body)["message_uuid"]
    except _UNREADABLE as error:
        raise _unclear() from error
    if not isinstance(found, str) or not found:
        raise _unclear()
    return Accepted(found)


def _unclear() -> OutcomeUnknown:
    return OutcomeUnknown(
        "Vonage accepted the request with an answer that cannot be read.",
        provider_code="unreadable",
    )


def _error_of(answer: Answer) -> ProviderError:
    by_status = error_for_status(answer)
    if by_status is not None:
        return by_status
    try:
        code = read_code(json.loads(answer.body))
    except _UNREADABLE:
        code = None
    found = meaning_of(code)
    if found.kind == BUSY:
        wait = retry_after_seconds(answer.headers)
        return ProviderBusy(found.meaning, provider_code=str(code), retry_after_seconds=wait)
    kind = found.kind
    if kind == Refusal.OTHER and answer.status in _UNAUTHORISED:
        kind = Refusal.UNAUTHORISED
    return ProviderRefused(found.meaning, provider_code=str(code or answer.status), kind=kind)


def _days(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """From `since` to `until`, the newest stretch first."""
    end = until
    while end > since:
        begin = max(since, end - _LONGEST_REPORT)
        # `date_end` is exclusive and seconds are cut: what is a second old belongs in it.
        yield begin, end + timedelta(seconds=1)
        end = begin


def _records(page: Mapping[str, Any], direction: str) -> list[FoundMessage]:
    records = page.get("records", [])
    if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
        raise unreadable()
    return [_found(each, direction) for each in records]


def _found(record: Mapping[str, object], direction: str) -> FoundMessage:
    return FoundMessage(
        message_id=_text(record, "message_id"),
        to=from_vonage(_text(record, "to")),
        body=_text(record, "message_body"),
        created_at=instant_of(_text(record, "date_received")),
        status=_text(record, "status").lower(),
        error_code=_text(record, "error_code"),
        direction=direction,
        sender=from_vonage(_text(record, "from")),
    )


def _matches(found: FoundMessage, to: str, sender: str) -> bool:
    return to in {"", found.to} and sender in {"", found.sender}


def _text(record: Mapping[str, object], name: str) -> str:
    value = record.get(name)
    return "" if value is None else str(value)
