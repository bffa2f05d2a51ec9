"""Vonage's HTTP doors: messages, reports of them, and the application's webhooks."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from outreach.core import clock
from outreach.core.channels import Channel
from outreach.sandbox.config import OutcomeKind
from outreach.sandbox.faults import STATUS_OF, Fault, FaultKind, act_out
from outreach.sandbox.records import Direction, SmsRecord, SmsStatus
from outreach.sandbox.segments import count_parts
from outreach.sandbox.vonage import status
from outreach.sandbox.vonage.access import denied_key, denied_token
from outreach.sandbox.vonage.answers import INTERNAL, NOT_FOUND, THROTTLED, Problem, of_code
from outreach.sandbox.vonage.inbound import PROVIDER
from outreach.sandbox.world import WORLD, World

_NUMBER = re.compile(r"[1-9]\d{6,14}")
_SENDER = re.compile(r"[1-9]\d{2,14}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")
_LONGEST_TEXT = 1_000
_LONGEST_REFERENCE = 100
_TTL = range(20, 259_201)
_PAGE = 200


def routes() -> list[web.RouteDef]:
    return [
        web.post("/v1/messages", send_message),
        web.get("/v2/reports/records", read_records),
        web.get("/v2/applications/{id}", read_application),
        web.put("/v2/applications/{id}", change_application),
    ]


async def send_message(request: web.Request) -> web.Response:
    """202 with the message's UUID, or Vonage's refusal."""
    world = request.app[WORLD]
    if refused := denied_token(world, request):
        return refused.response()
    fault = world.faults.take_before(Channel.SMS)
    if fault and (answer := await _fault_answer(fault, request)):
        return answer
    world.accepted[Channel.SMS].requests += 1
    fields = _json(await request.read())
    if refusal := _refusal(world, fields):
        return refusal.response()
    record = _accept(world, fields)
    fault = world.faults.take_after(Channel.SMS)
    if fault and (answer := await _fault_answer(fault, request)):
        return answer
    return web.json_response({"message_uuid": record.sid}, status=202)


async def read_records(request: web.Request) -> web.Response:
    """One page of one direction; `cursor` is the place of the next."""
    world = request.app[WORLD]
    if refused := denied_key(world, request):
        return refused.response()
    fault = world.faults.take_before(Channel.SMS, read=True)
    if fault and (answer := await _fault_answer(fault, request)):
        return answer
    query = request.query
    ours = world.config.vonage
    if ours is None or query.get("account_id") != ours.api_key:
        return Problem(403, "#forbidden", "Forbidden").response()
    found = [_record_json(each, query) for each in world.sms.newest_first() if _is_in(each, query)]
    start = int(query.get("cursor", "0"))
    page = found[start : start + _PAGE]
    more = {"cursor": str(start + _PAGE), "iv": "sandbox"} if len(found) > start + _PAGE else {}
    return web.json_response({"items_count": len(page), "records": page, **more})


async def read_application(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    if refused := denied_key(world, request) or _other(world, request):
        return refused.response()
    return web.json_response(_application(world))


async def change_application(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    if refused := denied_key(world, request) or _other(world, request):
        return refused.response()
    body = _json(await request.read())
    if not body.get("name"):
        return Problem(400, "application#payload-validation", "Bad Request").response()
    messages = (body.get("capabilities") or {}).get("messages") or {}
    webhooks = messages.get("webhooks") or {}
    world.account.vonage_webhooks = {
        name: str(each.get("address", "")) for name, each in webhooks.items()
    }
    return web.json_response(_application(world))


def _application(world: World) -> dict[str, object]:
    webhooks = {
        name: {"address": address, "http_method": "POST"}
        for name, address in world.account.vonage_webhooks.items()
    }
    return {
        "id": world.config.vonage.application_id if world.config.vonage else "",
        "name": "Sandbox",
        "capabilities": {"messages": {"version": "v1", "webhooks": webhooks}},
        "keys": {"public_key": "withheld"},
    }


def _other(world: World, request: web.Request) -> Problem | None:
    ours = world.config.vonage
    is_ours = ours is not None and request.match_info["id"] == ours.application_id
    return None if is_ours else NOT_FOUND


def _refusal(world: World, fields: Mapping[str, Any]) -> Problem | None:
    """The reason to refuse a message, None to accept."""
    to, sender, text = (str(fields.get(name) or "") for name in ("to", "from", "text"))
    complete = bool(to and sender and text and fields.get("channel") == "sms")
    checks = (
        (complete, 1010, "Missing params"),
        (_NUMBER.fullmatch(to), 1170, "Invalid or Missing Msisdn Param"),
        (_SENDER.fullmatch(sender), 1120, "Invalid sender"),
        (len(text) <= _LONGEST_TEXT, 1090, "Message too long"),
        (fields.get("ttl", _TTL.start) in _TTL, 1130, "Invalid TTL"),
        (len(str(fields.get("client_ref", ""))) <= _LONGEST_REFERENCE, 1020, "Invalid params"),
    )
    for is_good, code, title in checks:
        if not is_good:
            return of_code(code, title)
    outcome = world.settings.outcome_for(Channel.SMS, f"+{to}")
    if outcome and outcome.kind is OutcomeKind.REFUSED:
        return of_code(int(outcome.code or 1170), "Refused")
    return None


def _accept(world: World, fields: Mapping[str, Any]) -> SmsRecord:
    now = clock.now()
    sender = str(fields["from"])
    record = SmsRecord(
        sequence=world.sms.next_sequence(),
        sid=str(uuid.uuid4()),
        to=f"+{fields['to']}",
        sender=f"+{sender}" if sender.isdecimal() else sender,
        service_sid=None,
        body=str(fields["text"]),
        segments=count_parts(str(fields["text"])),
        direction=Direction.OUTBOUND_API,
        status=SmsStatus.ACCEPTED,
        created_at=now,
        updated_at=now,
        callback_url=str(fields.get("webhook_url") or _status_url(world)),
        token=str(fields.get("client_ref") or ""),
        validity_seconds=fields.get("ttl"),
        provider=PROVIDER,
    )
    world.sms.add(record.sid, record)
    world.vonage_numbers.add(record.sender or "")
    world.accepted[Channel.SMS].note(record.token)
    status.begin(world, record)
    return record


def _status_url(world: World) -> str:
    return world.account.vonage_webhooks.get("status_url", "")


def _is_in(record: SmsRecord, query: Mapping[str, str]) -> bool:
    """Whether a report of these dates, this direction and these numbers has this text."""
    if record.provider != PROVIDER or record.inbound != (query.get("direction") == "inbound"):
        return False
    ends = {"to": record.to, "from": record.sender or ""}
    if any(query.get(name, end.lstrip("+")) != end.lstrip("+") for name, end in ends.items()):
        return False
    begin, end = (_moment(query[name]) for name in ("date_start", "date_end"))
    return begin <= record.created_at < end


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _record_json(record: SmsRecord, query: Mapping[str, str]) -> dict[str, object]:
    body = record.body if query.get("include_message") == "true" else ""
    return {
        "account_id": query["account_id"],
        "message_id": record.sid,
        "client_ref": record.token,
        "direction": "inbound" if record.inbound else "outbound",
        "from": (record.sender or "").removeprefix("+"),
        "to": record.to.removeprefix("+"),
        "message_body": body,
        "provider": "sms",
        "date_received": record.created_at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
        "status": record.status.value,
        "error_code": record.error_code,
    }


async def _fault_answer(fault: Fault, request: web.Request) -> web.Response | None:
    http_status = STATUS_OF.get(fault.kind)
    if http_status is None:
        return await act_out(fault, request)
    problem = THROTTLED if fault.kind is FaultKind.HTTP_429 else INTERNAL
    answer = web.json_response(problem.as_json(), status=http_status)
    if fault.kind in {FaultKind.HTTP_429, FaultKind.HTTP_503}:
        answer.headers["Retry-After"] = str(fault.retry_after_seconds)
    return answer


def _json(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
