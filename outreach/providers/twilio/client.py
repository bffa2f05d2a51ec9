"""Sending texts and reading the message list through the Twilio SDK.

The SDK builds parameters and reads answers; our transport carries them through its
documented seam (`AsyncHttpClient`, "Use a custom HTTP client"), because the SDK's own
asynchronous client has no timeout, logs addresses and costs ten times as much. Failures are
mapped inside the seam, the last place that still sees the response headers.
"""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from urllib.parse import urlencode

from twilio.base.exceptions import TwilioException
from twilio.base.values import unset
from twilio.base.version import Version
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance, MessagePage
from yarl import URL

from outreach.core.errors import (
    OutcomeUnknown,
    ProviderBusy,
    ProviderError,
    ProviderRefused,
    Refusal,
)
from outreach.providers.port import Accepted, FoundMessage, OutboundSms
from outreach.providers.transport import (
    Answer,
    Transport,
    error_for_status,
    retry_after_seconds,
)
from outreach.providers.twilio.account import TwilioAccount
from outreach.providers.twilio.codes import BUSY, meaning_of, read_code

_SERVICE_SID = re.compile(r"MG[0-9a-fA-F]{32}")
# ValidityPeriod: 1 to 36,000 seconds, Twilio's own limit and default (Message resource).
LONGEST_VALIDITY_SECONDS = 36_000
PAGE_SIZE = 200
MOST_PAGES = 50
_UNAUTHORISED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
_NOWHERE = URL("/")
# What json, the SDK's field parsers and our own reading of its fields raise on nonsense.
_UNREADABLE = (ValueError, TypeError, AttributeError, KeyError)


class TwilioHttpClient(AsyncHttpClient):  # type: ignore[misc]  # the SDK ships no types
    """The SDK's HTTP seam on our transport. Answers 2xx, raises the mapped error otherwise."""

    def __init__(self, account: TwilioAccount, transport: Transport) -> None:
        super().__init__(logging.getLogger(__name__), is_async=True)
        self._transport = transport
        pair = f"{account.account_sid}:{account.auth_token}".encode()
        self._authorization = "Basic " + base64.b64encode(pair).decode("ascii")

    async def request(  # noqa: PLR0917 - the SDK's signature
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        # The SDK has no base-URL option: keep its path, put it behind our own base.
        path = "/" + uri.split("/", 3)[3]
        if params:
            path += "?" + urlencode(params, doseq=True)
        body = _form(data) if data else None
        answer = await self._transport.request(
            method,
            path,
            headers={**(headers or {}), "Authorization": self._authorization},
            body=body,
        )
        response = Response(answer.status, answer.body.decode("utf-8", "replace"), answer.headers)
        if answer.succeeded:
            return response
        raise _error_of(method, uri, answer, response)


def _form(data: Mapping[str, object]) -> bytes:
    """application/x-www-form-urlencoded. yarl quotes in C: five times faster than `urlencode`,
    which costs as much as the rest of the SDK."""
    fields = {name: value if isinstance(value, int) else str(value) for name, value in data.items()}
    return _NOWHERE.with_query(fields).raw_query_string.encode("ascii")


def _error_of(method: str, uri: str, answer: Answer, response: Response) -> ProviderError:
    """What a refusal means is in its code: Twilio says "queue full" with a 400."""
    by_status = error_for_status(answer)
    if by_status is not None:
        return by_status
    code = read_code(getattr(Version.exception(method, uri, response, ""), "code", None))
    found = meaning_of(code)
    if found.kind == BUSY:
        wait = retry_after_seconds(answer.headers)
        return ProviderBusy(found.meaning, provider_code=str(code), retry_after_seconds=wait)
    kind = found.kind
    if kind == Refusal.OTHER and answer.status in _UNAUTHORISED:
        kind = Refusal.UNAUTHORISED
    return ProviderRefused(found.meaning, provider_code=str(code or answer.status), kind=kind)


class TwilioSms:
    """An `SmsProvider`. One per event loop; keeps its connections until `close`."""

    def __init__(self, account: TwilioAccount, transport: Transport | None = None) -> None:
        self._transport = transport or Transport(account.base_url)
        self._client = Client(
            account.account_sid,
            account.auth_token,
            http_client=TwilioHttpClient(account, self._transport),
            # Not empty, or the SDK reads edge and region from the process's environment.
            environment={"TWILIO_EDGE": ""},
        )

    async def send(self, message: OutboundSms) -> Accepted:
        """See `SmsProvider.send`. A 2xx that cannot be read is OutcomeUnknown."""
        by_service = _SERVICE_SID.fullmatch(message.sender) is not None
        try:
            created = await self._client.messages.create_async(
                to=message.to,
                body=message.body,
                from_=unset if by_service else message.sender,
                messaging_service_sid=message.sender if by_service else unset,
                status_callback=message.status_callback or unset,
                validity_period=_validity(message.validity_seconds),
            )
            return _accepted(created)
        except _UNREADABLE as error:
            raise OutcomeUnknown(
                "Twilio accepted the request with an answer that cannot be read.",
                provider_code="unreadable",
            ) from error

    async def find(self, *, to: str, sender: str, since: datetime) -> list[FoundMessage]:
        """See `SmsProvider.find`.

        Filters by To and From only: a message that is not sent yet has no sent date to
        filter on, and a messaging service is no From. Pages are read until one holds
        nothing as young as `since`.
        """
        if not to and not sender:
            raise ValueError("find needs a recipient or a sender")
        try:
            found = await self._collect(to, sender, since)
        except OutcomeUnknown as error:
            raise ProviderBusy(error.message, provider_code=error.provider_code) from error
        except (*_UNREADABLE, TwilioException) as error:
            raise ProviderBusy(
                "Twilio's message list cannot be read.", provider_code="unreadable"
            ) from error
        return sorted(found, key=lambda one: one.created_at or since, reverse=True)

    async def _collect(self, to: str, sender: str, since: datetime) -> list[FoundMessage]:
        service = sender if _SERVICE_SID.fullmatch(sender) else ""
        page: MessagePage | None = await self._client.messages.page_async(
            to=to or unset, from_=unset if service or not sender else sender, page_size=PAGE_SIZE
        )
        found: list[FoundMessage] = []
        for _ in range(MOST_PAGES):
            if page is None:
                break
            young = [m for m in page if m.date_created is None or m.date_created >= since]
            found += [_found(m) for m in young if not service or m.messaging_service_sid == service]
            page = await page.next_page_async() if young else None
        return found

    async def close(self) -> None:
        await self._transport.close()


def _validity(seconds: int | None) -> int | object:
    return unset if seconds is None else min(max(1, seconds), LONGEST_VALIDITY_SECONDS)


def _accepted(created: MessageInstance) -> Accepted:
    if not created.sid:
        raise ValueError("no sid in the answer")
    # A messaging service answers "0" until it has chosen a sender.
    segments = int(created.num_segments or 0) or None
    return Accepted(created.sid, segments, _price_micros(created.price))


def _price_micros(price: str | None) -> int | None:
    """Twilio bills with a minus sign ("-0.00750"); None until billed or if not a number."""
    try:
        return None if price is None else int(abs(Decimal(price)) * 1_000_000)
    except (InvalidOperation, ValueError, OverflowError):
        return None


def _found(message: MessageInstance) -> FoundMessage:
    return FoundMessage(
        message_id=message.sid or "",
        to=message.to or "",
        body=message.body or "",
        created_at=message.date_created,
        status=str(message.status or ""),
        error_code=str(message.error_code or ""),
        direction=str(message.direction or ""),
        sender=message.from_ or "",
    )
