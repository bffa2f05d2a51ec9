"""Twilio's HTTP doors: create, list and fetch a Message."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from outreach.core import clock
from outreach.core.channels import Channel
from outreach.sandbox.faults import STATUS_OF, Fault, FaultKind, act_out
from outreach.sandbox.records import Direction, SmsRecord, SmsStatus
from outreach.sandbox.segments import count_parts
from outreach.sandbox.twilio import numbers, status
from outreach.sandbox.twilio.access import denied
from outreach.sandbox.twilio.answers import (
    API_VERSION,
    TOO_MANY,
    Refusal,
    message_json,
    new_sid,
    not_found,
)
from outreach.sandbox.twilio.listing import list_messages
from outreach.sandbox.twilio.refusals import refusal_of
from outreach.sandbox.world import WORLD, World

_MESSAGES = f"/{API_VERSION}/Accounts/{{account_sid}}/Messages"


def routes() -> list[web.RouteDef]:
    return [
        web.post(f"{_MESSAGES}.json", create_message),
        web.get(f"{_MESSAGES}.json", read_messages),
        web.get(f"{_MESSAGES}/{{sid}}.json", fetch_message),
        *numbers.routes(),
    ]


async def create_message(request: web.Request) -> web.Response:
    """POST Messages.json: 201 with the Message, or Twilio's refusal."""
    world = request.app[WORLD]
    refused = denied(world, request)
    if refused:
        return refused.response()
    form = dict(parse_qsl((await request.read()).decode(errors="replace"), keep_blank_values=True))
    fault = world.faults.take_before(Channel.SMS)
    if fault and (answer := await _fault_answer(fault, request)):
        return answer
    world.accepted[Channel.SMS].requests += 1
    refusal = refusal_of(world, form)
    if refusal:
        return refusal.response()
    record = _accept(world, form)
    fault = world.faults.take_after(Channel.SMS)
    if fault and (answer := await _fault_answer(fault, request)):
        return answer
    return web.json_response(message_json(world.config, record), status=201)


async def read_messages(request: web.Request) -> web.Response:
    """GET Messages.json: one page of the list."""
    world = request.app[WORLD]
    refused = denied(world, request)
    if refused:
        return refused.response()
    fault = world.faults.take_before(Channel.SMS, read=True)
    if fault and (answer := await _fault_answer(fault, request)):
        return answer
    page = list_messages(world, request.query)
    return page.response() if isinstance(page, Refusal) else web.json_response(page)


async def fetch_message(request: web.Request) -> web.Response:
    """GET Messages/{sid}.json."""
    world = request.app[WORLD]
    refused = denied(world, request)
    if refused:
        return refused.response()
    record = world.sms.get(request.match_info["sid"])
    if record is None:
        return not_found(request.path).response()
    return web.json_response(message_json(world.config, record))


def _accept(world: World, form: Mapping[str, str]) -> SmsRecord:
    callback = form.get("StatusCallback", "")
    service_sid = form.get("MessagingServiceSid")
    now = clock.now()
    record = SmsRecord(
        sequence=world.sms.next_sequence(),
        sid=new_sid("SM"),
        to=form["To"],
        sender=form.get("From"),
        service_sid=service_sid,
        body=form["Body"],
        segments=count_parts(form["Body"]),
        direction=Direction.OUTBOUND_API,
        status=SmsStatus.ACCEPTED if service_sid else SmsStatus.QUEUED,
        created_at=now,
        updated_at=now,
        callback_url=callback,
        token=urlsplit(callback).path.rstrip("/").rpartition("/")[2],
        validity_seconds=int(form["ValidityPeriod"]) if "ValidityPeriod" in form else None,
    )
    world.sms.add(record.sid, record)
    world.accepted[Channel.SMS].note(record.token)
    status.begin(world, record)
    return record


async def _fault_answer(fault: Fault, request: web.Request) -> web.Response | None:
    http_status = STATUS_OF.get(fault.kind)
    if http_status is None:
        return await act_out(fault, request)
    refusal = Refusal(http_status, 20500, "An internal server error has occurred")
    headers = {}
    if fault.kind is FaultKind.HTTP_429:
        refusal = TOO_MANY
    if fault.kind in {FaultKind.HTTP_429, FaultKind.HTTP_503}:
        headers["Retry-After"] = str(fault.retry_after_seconds)
    answer = refusal.response()
    answer.headers.update(headers)
    return answer
