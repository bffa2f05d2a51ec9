"""SendGrid's HTTP door: POST /v3/mail/send, and the suppression lists beside it."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from outreach.core import clock
from outreach.core.channels import Channel
from outreach.sandbox.records import EmailRecord
from outreach.sandbox.sendgrid import answers, events, suppressions, webhook_settings
from outreach.sandbox.sendgrid.access import authorised, fault_answer
from outreach.sandbox.sendgrid.answers import error_response
from outreach.sandbox.sendgrid.checks import problems
from outreach.sandbox.sendgrid.compose import records_of
from outreach.sandbox.world import WORLD, World

# "The total size of your email, including attachments, must be less than 30MB."
LARGEST_BODY_BYTES = 30 * 1024 * 1024


def routes() -> list[web.RouteDef]:
    return [
        web.post("/v3/mail/send", send_mail),
        *suppressions.routes(),
        *webhook_settings.routes(),
    ]


async def send_mail(request: web.Request) -> web.Response:
    """202 with X-Message-Id and no body, or SendGrid's errors."""
    world = request.app[WORLD]
    if not authorised(world, request):
        return error_response(401, [answers.UNAUTHORISED])
    fault = world.faults.take_before(Channel.EMAIL)
    if fault and (answer := await fault_answer(fault, request)):
        return answer
    world.accepted[Channel.EMAIL].requests += 1
    body = await _read(request)
    if isinstance(body, web.Response):
        return body
    found = problems(body, clock.now())
    if found:
        return error_response(400, found)
    records = _accept(world, body)
    fault = world.faults.take_after(Channel.EMAIL)
    if fault and (answer := await fault_answer(fault, request)):
        return answer
    return web.Response(status=202, headers={"X-Message-Id": records[0].content.message_id})


async def _read(request: web.Request) -> dict[str, Any] | web.Response:
    if request.content_type != "application/json":
        return error_response(415, [answers.NOT_JSON_TYPE])
    try:
        body = json.loads(await request.read())
    except web.HTTPRequestEntityTooLarge:
        return error_response(413, [answers.TOO_LARGE])
    except ValueError:
        return error_response(400, [answers.NOT_JSON])
    return body if isinstance(body, dict) else error_response(400, [answers.NOT_JSON])


def _accept(world: World, body: dict[str, Any]) -> list[EmailRecord]:
    records = list(records_of(world, body, clock.now()))
    for record in records:
        world.emails.add(record.sg_message_id, record)
        world.accepted[Channel.EMAIL].note(record.token)
        events.begin(world, record)
    return records
