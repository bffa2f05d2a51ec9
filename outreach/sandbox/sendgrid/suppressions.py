"""SendGrid's HTTP door to its suppression lists.

Source: OpenAPI file tsg_suppressions_v3: ListSuppression…, CreateGlobalSuppression,
GetGlobalSuppression, DeleteGlobalSuppression.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import wraps

from aiohttp import web

from outreach.core.channels import Channel
from outreach.sandbox.sendgrid import answers
from outreach.sandbox.sendgrid.access import authorised, fault_answer
from outreach.sandbox.sendgrid.answers import FieldError, error_response
from outreach.sandbox.sendgrid.checks import is_address
from outreach.sandbox.sendgrid.lists import Entry, ListName
from outreach.sandbox.world import WORLD

_LARGEST_PAGE = 500
_GLOBAL = "/v3/asm/suppressions/global"
_WITH_REASON = frozenset({ListName.BOUNCES, ListName.BLOCKS, ListName.INVALID_EMAILS})
_WITH_STATUS = frozenset({ListName.BOUNCES, ListName.BLOCKS})
Handler = Callable[[web.Request], Awaitable[web.Response]]


def routes() -> list[web.RouteDef]:
    return [
        web.get("/v3/suppression/{list}", list_entries),
        web.post(_GLOBAL, add_globally),
        web.get(f"{_GLOBAL}/{{email}}", read_globally),
        web.delete(f"{_GLOBAL}/{{email}}", remove_globally),
    ]


def guarded(handler: Handler) -> Handler:
    """The key first, then the faults that are told to hit reads."""

    @wraps(handler)
    async def checked(request: web.Request) -> web.Response:
        world = request.app[WORLD]
        if not authorised(world, request):
            return error_response(401, [answers.UNAUTHORISED])
        fault = world.faults.take_before(Channel.EMAIL, read=True)
        if fault and (answer := await fault_answer(fault, request)):
            return answer
        return await handler(request)

    return checked


@dataclass(frozen=True)
class _Query:
    """`end`: None for no end. Times are inclusive Unix seconds."""

    start: int
    end: int | None
    limit: int
    offset: int

    @classmethod
    def read(cls, query: Mapping[str, str]) -> _Query:
        """Raises ValueError for a number that is none."""
        end = query.get("end_time")
        limit = int(query.get("limit", _LARGEST_PAGE))
        if not 1 <= limit <= _LARGEST_PAGE:
            raise ValueError("limit")
        return cls(
            start=int(query.get("start_time", 0)),
            end=None if end is None else int(end),
            limit=limit,
            offset=max(0, int(query.get("offset", 0))),
        )

    def matches(self, entry: Entry) -> bool:
        return self.start <= entry.created and (self.end is None or entry.created <= self.end)


@guarded
async def list_entries(request: web.Request) -> web.Response:
    """One page, in the order in which the addresses came."""
    try:
        name = ListName(request.match_info["list"])
    except ValueError:
        return error_response(404, [FieldError("not found")])
    try:
        wanted = _Query.read(request.query)
    except ValueError:
        return error_response(400, [FieldError("a number is not a number, or out of range")])
    found = [
        entry for entry in request.app[WORLD].suppressed.entries(name) if wanted.matches(entry)
    ]
    page = found[wanted.offset : wanted.offset + wanted.limit]
    return web.json_response([_entry_json(name, entry) for entry in page])


def _entry_json(name: ListName, entry: Entry) -> dict[str, object]:
    line: dict[str, object] = {"created": entry.created, "email": entry.email}
    if name in _WITH_REASON:
        line["reason"] = entry.reason
    if name in _WITH_STATUS:
        line["status"] = entry.status
    if name is ListName.SPAM_REPORTS:
        line["ip"] = "127.0.0.1"
    return line


@guarded
async def add_globally(request: web.Request) -> web.Response:
    """201 with the addresses; one that is no address refuses them all."""
    try:
        emails = json.loads(await request.read())["recipient_emails"]
    except (ValueError, KeyError, TypeError):
        return error_response(400, [answers.NOT_JSON])
    if not isinstance(emails, list) or not all(is_address({"email": each}) for each in emails):
        return error_response(400, [FieldError("email address is not valid", "recipient_emails")])
    for email in emails:
        request.app[WORLD].suppressed.add(ListName.UNSUBSCRIBES, email)
    return web.json_response({"recipient_emails": emails}, status=201)


@guarded
async def read_globally(request: web.Request) -> web.Response:
    """The address, or an empty object when it is not suppressed globally."""
    email = request.match_info["email"]
    entry = request.app[WORLD].suppressed.get(ListName.UNSUBSCRIBES, email)
    return web.json_response({"recipient_email": entry.email} if entry else {})


@guarded
async def remove_globally(request: web.Request) -> web.Response:
    """204; 404 for an address that is not there."""
    email = request.match_info["email"]
    if not request.app[WORLD].suppressed.remove(ListName.UNSUBSCRIBES, email):
        return error_response(404, [FieldError("not found")])
    return web.Response(status=204)
