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

from outreach.core.errors import ProviderBusy, ProviderRefused
from outreach.providers.port import ListedAddress, ListedFor
from outreach.providers.sendgrid.account import SendGridAccount
from outreach.providers.sendgrid.calls import SendGridCalls
from outreach.providers.transport import Answer, Transport

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
        self._calls = SendGridCalls(
            account,
            transport,
            what="show or change its suppression lists",
            needs="Suppressions: full access",
        )

    async def page(self, why: ListedFor, *, since: datetime, offset: int) -> list[ListedAddress]:
        """See `OptOutLists.page`."""
        query = urlencode(
            {
                "start_time": int(since.timestamp()),
                "limit": PAGE_SIZE,
                "offset": offset,
            }
        )
        answer = await self._calls.ask("GET", f"{_PATHS[why]}?{query}")
        return [_listed(why, entry) for entry in _entries(answer)]

    async def add(self, addresses: Sequence[str]) -> None:
        """See `OptOutLists.add`: the global list, which every later mail is checked against."""
        await self._calls.ask("POST", _GLOBAL, {"recipient_emails": list(addresses)})

    async def remove(self, address: str) -> None:
        """See `OptOutLists.remove`."""
        try:
            await self._calls.ask("DELETE", f"{_GLOBAL}/{quote(address, safe='')}")
        except ProviderRefused as refused:
            if refused.provider_code != str(HTTPStatus.NOT_FOUND):
                raise

    async def close(self) -> None:
        await self._calls.close()


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
