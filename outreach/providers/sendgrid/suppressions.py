"""SendGrid's own lists of addresses that it does not write to: reading them, adding, removing.

Owns the paths and pages of the Suppressions API (OpenAPI file tsg_suppressions_v3, read in
November 2026). Refuses the list of blocks: a blocked message is the server's mood, not the
person's wish, and SendGrid itself tries the address again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import quote, urlencode

from sendgrid import __version__

from outreach.core.errors import OutcomeUnknown, ProviderBusy, ProviderRefused, Refusal
from outreach.providers.port import ListedAddress, ListedFor
from outreach.providers.sendgrid.account import SendGridAccount
from outreach.providers.transport import Answer, Transport, error_for_status

PAGE_SIZE = 500  # the largest that is allowed
MOST_AT_ONCE = 500
_GLOBAL = "/v3/asm/suppressions/global"
_PATHS: Mapping[ListedFor, str] = {
    ListedFor.UNSUBSCRIBED: "/v3/suppression/unsubscribes",
    ListedFor.COMPLAINED: "/v3/suppression/spam_reports",
    ListedFor.BOUNCED: "/v3/suppression/bounces",
    ListedFor.INVALID: "/v3/suppression/invalid_emails",
}


class SendGridOptOuts:
    """An `OptOutLists`. One per event loop; keeps its connections until `close`."""

    page_size = PAGE_SIZE
    most_at_once = MOST_AT_ONCE

    def __init__(self, account: SendGridAccount, transport: Transport | None = None) -> None:
        self._transport = transport or Transport(account.base_url)
        self._headers = {
            "Authorization": f"Bearer {account.api_key}",
            "User-Agent": f"sendgrid/{__version__};python",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }

    async def page(self, why: ListedFor, *, since: datetime, offset: int) -> list[ListedAddress]:
        """See `OptOutLists.page`."""
        query = urlencode(
            {
                "start_time": int(since.timestamp()),
                "limit": PAGE_SIZE,
                "offset": offset,
            }
        )
        answer = await self._ask("GET", f"{_PATHS[why]}?{query}")
        return [_listed(why, entry) for entry in _entries(answer)]

    async def add(self, addresses: Sequence[str]) -> None:
        """See `OptOutLists.add`: the global list, which every later mail is checked against."""
        body = json.dumps({"recipient_emails": list(addresses)}).encode()
        await self._ask("POST", _GLOBAL, body)

    async def remove(self, address: str) -> None:
        """See `OptOutLists.remove`."""
        try:
            await self._ask("DELETE", f"{_GLOBAL}/{quote(address, safe='')}")
        except ProviderRefused as refused:
            if refused.provider_code != str(HTTPStatus.NOT_FOUND):
                raise

    async def _ask(self, method: str, path: str, body: bytes | None = None) -> Answer:
        """These calls change a list and send nothing: an unknown outcome may be asked again."""
        try:
            answer = await self._transport.request(method, path, headers=self._headers, body=body)
        except OutcomeUnknown as error:
            raise ProviderBusy(error.message, provider_code=error.provider_code) from error
        if answer.succeeded:
            return answer
        failed = error_for_status(answer)
        if isinstance(failed, ProviderBusy):
            raise failed
        if failed is not None:
            raise ProviderBusy(failed.message, provider_code=failed.provider_code)
        raise _refused(answer.status)

    async def close(self) -> None:
        await self._transport.close()


def _refused(status: int) -> ProviderRefused:
    denied = status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
    return ProviderRefused(
        "SendGrid refused to show or change its suppression lists.",
        provider_code=str(status),
        kind=Refusal.UNAUTHORISED if denied else Refusal.OTHER,
        remedy="The API key needs Suppressions: full access." if denied else "",
    )


def _entries(answer: Answer) -> list[Mapping[str, object]]:
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise _unreadable() from error
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise _unreadable()
    return found


def _listed(why: ListedFor, entry: Mapping[str, object]) -> ListedAddress:
    email, created = entry.get("email"), entry.get("created")
    if not isinstance(email, str) or not isinstance(created, int):
        raise _unreadable()
    return ListedAddress(email, why, datetime.fromtimestamp(created, UTC))


def _unreadable() -> ProviderBusy:
    return ProviderBusy("SendGrid's list cannot be read.", provider_code="unreadable")
