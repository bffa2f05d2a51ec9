"""SendGrid's HTTP door to its webhook settings, and to what a key may do.

Source: OpenAPI file tsg_webhooks_v3: GetAllEventWebhook, CreateEventWebhook, UpdateEventWebhook,
GetSignedEventWebhook, UpdateSignedEventWebhook, TestEventWebhook, ListParseSetting,
CreateParseSetting, UpdateParseSetting; the scopes as "API Key Permissions" has them.
"""

from __future__ import annotations

import functools
import json
import uuid
from typing import Any

from aiohttp import web

from outreach.core import clock
from outreach.sandbox.sendgrid.answers import FieldError, error_response
from outreach.sandbox.sendgrid.events import event_posting
from outreach.sandbox.sendgrid.suppressions import guarded
from outreach.sandbox.world import WORLD

_EVENT = "/v3/user/webhooks/event/settings"
_PARSE = "/v3/user/webhooks/parse/settings"
_SCOPES = (
    "mail.send",
    "suppression.create",
    "suppression.delete",
    "suppression.read",
    "user.webhooks.event.settings.read",
    "user.webhooks.event.settings.update",
    "user.webhooks.event.test.create",
    "user.webhooks.parse.settings.create",
    "user.webhooks.parse.settings.read",
    "user.webhooks.parse.settings.update",
)
_FLAGS = (
    "account_status_change",
    "bounce",
    "click",
    "deferred",
    "delivered",
    "dropped",
    "group_resubscribe",
    "group_unsubscribe",
    "open",
    "processed",
    "spam_report",
    "unsubscribe",
)
_NO_URL = FieldError("url is required", "url")


def routes() -> list[web.RouteDef]:
    return [
        web.get("/v3/scopes", guarded(scopes)),
        web.get(f"{_EVENT}/all", guarded(all_event_webhooks)),
        web.post(_EVENT, guarded(create_event_webhook)),
        web.patch(f"{_EVENT}/{{id}}", guarded(update_event_webhook)),
        web.get(f"{_EVENT}/signed/{{id}}", guarded(signing)),
        web.patch(f"{_EVENT}/signed/{{id}}", guarded(change_signing)),
        web.post("/v3/user/webhooks/event/test", guarded(send_test_event)),
        web.get(_PARSE, guarded(parse_settings)),
        web.post(_PARSE, guarded(create_parse)),
        web.patch(f"{_PARSE}/{{hostname}}", guarded(update_parse)),
    ]


async def scopes(_request: web.Request) -> web.Response:
    return web.json_response({"scopes": list(_SCOPES)})


async def all_event_webhooks(request: web.Request) -> web.Response:
    hooks = request.app[WORLD].account.event_webhooks
    shown = [_shown(request, identifier) for identifier in hooks]
    return web.json_response({"max_allowed": 5, "webhooks": shown})


async def create_event_webhook(request: web.Request) -> web.Response:
    body = await _body(request)
    if not body.get("url"):
        return error_response(400, [_NO_URL])
    identifier = str(uuid.uuid4())
    request.app[WORLD].account.event_webhooks[identifier] = {"signed": False}
    _take_over(request, identifier, body)
    return web.json_response(_shown(request, identifier), status=201)


async def update_event_webhook(request: web.Request) -> web.Response:
    identifier = request.match_info["id"]
    if identifier not in request.app[WORLD].account.event_webhooks:
        return _missing()
    body = await _body(request)
    if not body.get("url"):
        return error_response(400, [_NO_URL])
    _take_over(request, identifier, body)
    return web.json_response(_shown(request, identifier))


async def signing(request: web.Request) -> web.Response:
    identifier = request.match_info["id"]
    if identifier not in request.app[WORLD].account.event_webhooks:
        return _missing()
    return web.json_response({"id": identifier, "public_key": _key(request, identifier)})


async def change_signing(request: web.Request) -> web.Response:
    identifier = request.match_info["id"]
    hook = request.app[WORLD].account.event_webhooks.get(identifier)
    if hook is None:
        return _missing()
    hook["signed"] = bool((await _body(request)).get("enabled"))
    return web.json_response({"id": identifier, "public_key": _key(request, identifier)})


async def send_test_event(request: web.Request) -> web.Response:
    """A made-up event, signed as the real ones, to the address that is named."""
    world, body = request.app[WORLD], await _body(request)
    if not body.get("url"):
        return error_response(400, [_NO_URL])
    line: dict[str, object] = {
        "email": "example@test.com",
        "timestamp": int(clock.now().timestamp()),
        "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
        "event": "processed",
        "category": ["cat facts"],
        "sg_event_id": uuid.uuid4().hex,
        "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
    }
    posting = event_posting(str(body["url"]), [line], world.event_key)
    world.schedule.after(0, functools.partial(world.poster.post, posting))
    return web.Response(status=204)


async def parse_settings(request: web.Request) -> web.Response:
    return web.json_response({"result": list(request.app[WORLD].account.parse.values())})


async def create_parse(request: web.Request) -> web.Response:
    body = await _body(request)
    hostname = str(body.get("hostname", ""))
    if not hostname or not body.get("url"):
        return error_response(400, [FieldError("hostname and url are required")])
    return _set_parse(request, hostname, body, 201)


async def update_parse(request: web.Request) -> web.Response:
    hostname = request.match_info["hostname"]
    if hostname not in request.app[WORLD].account.parse:
        return _missing()
    return _set_parse(request, hostname, await _body(request), 200)


def _set_parse(
    request: web.Request, hostname: str, body: dict[str, Any], status: int
) -> web.Response:
    world = request.app[WORLD]
    found = world.account.parse.setdefault(
        hostname, {"url": "", "hostname": hostname, "spam_check": False, "send_raw": False}
    )
    found.update({name: body[name] for name in ("url", "spam_check", "send_raw") if name in body})
    world.settings.email_inbound_url = str(found["url"])
    return web.json_response(found, status=status)


def _take_over(request: web.Request, identifier: str, body: dict[str, Any]) -> None:
    world = request.app[WORLD]
    hook = world.account.event_webhooks[identifier]
    fields = ("url", "enabled", "friendly_name", *_FLAGS)
    hook.update({name: body[name] for name in fields if name in body})
    if hook.get("enabled", True):
        world.settings.email_events_url = str(hook["url"])


def _shown(request: web.Request, identifier: str) -> dict[str, object]:
    hook = request.app[WORLD].account.event_webhooks[identifier]
    flags = {name: bool(hook.get(name, False)) for name in _FLAGS}
    key = {"public_key": _key(request, identifier)} if hook["signed"] else {}
    return {
        "id": identifier,
        "enabled": bool(hook.get("enabled", True)),
        "url": hook["url"],
        "friendly_name": hook.get("friendly_name", ""),
        **flags,
        **key,
    }


def _key(request: web.Request, identifier: str) -> str:
    world = request.app[WORLD]
    signed = world.account.event_webhooks[identifier]["signed"]
    return world.event_key.public_key if signed else ""


def _missing() -> web.Response:
    return error_response(404, [FieldError("webhook not found", "id")])


async def _body(request: web.Request) -> dict[str, Any]:
    found = json.loads(await request.read() or b"{}")
    return found if isinstance(found, dict) else {}
