"""Addresses that are told when something changes. For keys of the whole organisation."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Field, Query, Router, Schema, Status

from outreach.api.keys import Bearer, KeyedRequest, require_whole, rows_of
from outreach.api.paging import Page, Window, page_of
from outreach.organisation.api_keys import actor_of_key
from outreach.organisation.models import ApiScope
from outreach.outbound.hooks import add_hook, end_hook, hook_by_uuid, hooks, renew_secret
from outreach.outbound.models import Hook, HookEvent

router = Router(tags=["Hooks"])
EventName = Literal["delivery.changed", "consent.changed", "case.opened"]


class HookIn(Schema):
    url: str = Field(description="https://…, of a public address.", max_length=500)
    events: list[EventName] = Field(min_length=1, max_length=3)


class HookOut(Schema):
    """`why`: of its state. `problem`: why the last request failed, "" while it answers."""

    id: UUID
    url: str
    events: list[EventName]
    state: Literal["active", "paused"]
    why: str
    problem: str
    created_at: datetime
    delivered_at: datetime | None
    failing_since: datetime | None


class NewHook(HookOut):
    """`secret`: to check signatures with; it is not shown again."""

    secret: str


@router.get("", auth=Bearer(ApiScope.MANAGE_HOOKS), response=Page[HookOut], summary="All endpoints")
def all_hooks(request: KeyedRequest, window: Query[Window]) -> Page[HookOut]:
    require_whole(request.auth)
    with rows_of(request.auth, reading=True):
        return page_of(hooks(), window, lambda hook: HookOut.model_validate(_fields(hook)))


# No Idempotency-Key: its answer would keep the secret. An address is an endpoint once anyway.
@router.post(
    "",
    auth=Bearer(ApiScope.MANAGE_HOOKS),
    response={201: NewHook},
    summary="Add an endpoint",
    description="It is told what changes from now on. An address that is an endpoint already is "
    "refused with 409.",
)
def add(request: KeyedRequest, given: HookIn) -> Status[NewHook]:
    require_whole(request.auth)
    with rows_of(request.auth):
        events = {HookEvent(name) for name in given.events}
        made = add_hook(given.url, events, actor=actor_of_key(request.auth))
        return Status(201, _with_secret(made.hook, made.secret))


@router.get(
    "/{uuid:hook}", auth=Bearer(ApiScope.MANAGE_HOOKS), response=HookOut, summary="One endpoint"
)
def one(request: KeyedRequest, hook: UUID) -> HookOut:
    require_whole(request.auth)
    with rows_of(request.auth, reading=True):
        return HookOut.model_validate(_fields(hook_by_uuid(hook)))


@router.post(
    "/{uuid:hook}/secret",
    auth=Bearer(ApiScope.MANAGE_HOOKS),
    response=NewHook,
    summary="Make its secret anew",
    description="For 24 hours messages carry a signature of each.",
)
def renew(request: KeyedRequest, hook: UUID) -> NewHook:
    require_whole(request.auth)
    with rows_of(request.auth):
        made = renew_secret(hook_by_uuid(hook), actor=actor_of_key(request.auth))
        return _with_secret(made.hook, made.secret)


@router.delete(
    "/{uuid:hook}",
    auth=Bearer(ApiScope.MANAGE_HOOKS),
    response={204: None},
    summary="End an endpoint",
    description="For good; what waits for it is dropped.",
)
def end(request: KeyedRequest, hook: UUID) -> Status[None]:
    require_whole(request.auth)
    with rows_of(request.auth):
        end_hook(hook_by_uuid(hook), why="by the API", actor=actor_of_key(request.auth))
    return Status(204, None)


def _fields(hook: Hook) -> dict[str, object]:
    return {
        "id": hook.uuid,
        "url": hook.url,
        "events": hook.events,
        "state": hook.state,
        "why": hook.why,
        "problem": hook.problem,
        "created_at": hook.created_at,
        "delivered_at": hook.delivered_at,
        "failing_since": hook.failing_since,
    }


def _with_secret(hook: Hook, secret: str) -> NewHook:
    return NewHook.model_validate(_fields(hook) | {"secret": secret})
