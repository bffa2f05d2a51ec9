"""The HTTP doors of SES: SendEmail, the account, configuration sets.

Source: SES API v2 reference (botocore's service model sesv2, November 2026).
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from email.header import decode_header, make_header
from email.utils import parseaddr
from typing import Any

from aiohttp import web

from outreach.core import clock
from outreach.core.channels import Channel
from outreach.sandbox.faults import STATUS_OF, Fault, FaultKind, act_out
from outreach.sandbox.records import EmailRecord, MailAddress, MailContent
from outreach.sandbox.ses import events, sns
from outreach.sandbox.ses.access import denied
from outreach.sandbox.world import WORLD, World

PROVIDER = "ses"
_ADDRESS = re.compile(r"[\x21-\x3f\x41-\x7e]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_SETS = "/v2/email/configuration-sets"
_ERROR_OF = {
    429: ("TooManyRequestsException", "Maximum sending rate exceeded."),
    503: ("ServiceUnavailableException", "Service unavailable."),
}


def routes() -> list[web.RouteDef]:
    return [
        web.post("/v2/email/outbound-emails", send_email),
        web.get("/v2/email/account", read_account),
        web.post(_SETS, create_set),
        web.get(f"{_SETS}/{{name}}/event-destinations", read_destinations),
        web.post(f"{_SETS}/{{name}}/event-destinations", create_destination),
        web.put(f"{_SETS}/{{name}}/event-destinations/{{destination}}", update_destination),
        *sns.routes(),
    ]


def refusal(status: int, name: str, message: str) -> web.Response:
    """An error as the protocol rest-json has it: its name in a header, its text in the body."""
    headers = {"x-amzn-ErrorType": name}
    return web.json_response({"message": message}, status=status, headers=headers)


async def send_email(request: web.Request) -> web.Response:
    """200 with the message's id, or Amazon's refusal."""
    world = request.app[WORLD]
    if name := await denied(world, request):
        return refusal(403, name, "The request is not signed rightly.")
    fault = world.faults.take_before(Channel.EMAIL)
    if fault and (answer := await _fault_answer(fault, request)):
        return answer
    world.accepted[Channel.EMAIL].requests += 1
    body = _json(await request.read())
    if problem := _problem(world, body):
        return refusal(400, *problem)
    record = _accept(world, body)
    fault = world.faults.take_after(Channel.EMAIL)
    if fault and (answer := await _fault_answer(fault, request)):
        return answer
    return web.json_response({"MessageId": record.content.message_id})


async def read_account(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    if name := await denied(world, request):
        return refusal(403, name, "The request is not signed rightly.")
    quota = {"Max24HourSend": 200_000.0, "MaxSendRate": 500.0, "SentLast24Hours": 0.0}
    return web.json_response(
        {
            "SendingEnabled": True,
            "ProductionAccessEnabled": True,
            "EnforcementStatus": "HEALTHY",
            "SendQuota": quota,
        }
    )


async def create_set(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    if name := await denied(world, request):
        return refusal(403, name, "The request is not signed rightly.")
    body = _json(await request.read())
    world.account.ses_destinations.setdefault(str(body.get("ConfigurationSetName", "")), {})
    return web.json_response({})


async def read_destinations(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    if name := await denied(world, request):
        return refusal(403, name, "The request is not signed rightly.")
    found = world.account.ses_destinations.get(request.match_info["name"])
    if found is None:
        return refusal(404, "NotFoundException", "Configuration set does not exist.")
    return web.json_response({"EventDestinations": list(found.values())})


async def create_destination(request: web.Request) -> web.Response:
    return await _set_destination(request, "")


async def update_destination(request: web.Request) -> web.Response:
    return await _set_destination(request, request.match_info["destination"])


async def _set_destination(request: web.Request, name: str) -> web.Response:
    world = request.app[WORLD]
    if wrong := await denied(world, request):
        return refusal(403, wrong, "The request is not signed rightly.")
    found = world.account.ses_destinations.get(request.match_info["name"])
    body = _json(await request.read())
    name = name or str(body.get("EventDestinationName", ""))
    if found is None:
        return refusal(404, "NotFoundException", "Configuration set does not exist.")
    found[name] = {"Name": name, **(body.get("EventDestination") or {})}
    return web.json_response({})


def _problem(world: World, body: Mapping[str, Any]) -> tuple[str, str] | None:
    """(name, text) of why Amazon refuses this mail; None to accept."""
    configured = body.get("ConfigurationSetName")
    if configured and configured not in world.account.ses_destinations:
        return "NotFoundException", f"Configuration set <{configured}> does not exist."
    sender = parseaddr(str(body.get("FromEmailAddress", "")))[1]
    receivers = (body.get("Destination") or {}).get("ToAddresses") or []
    if not receivers or not all(_is_address(each) for each in (sender, *receivers)):
        return "BadRequestException", "Illegal address"
    simple = (body.get("Content") or {}).get("Simple") or {}
    if not (simple.get("Subject") or {}).get("Data") or not simple.get("Body"):
        return "BadRequestException", "Empty required header 'Subject'."
    tags = body.get("EmailTags") or []
    if not all(_TAG.fullmatch(str(tag.get(part, ""))) for tag in tags for part in tag):
        return "BadRequestException", "Invalid tag."
    return None


def _is_address(text: object) -> bool:
    return isinstance(text, str) and bool(_ADDRESS.fullmatch(text))


def _accept(world: World, body: Mapping[str, Any]) -> EmailRecord:
    simple = body["Content"]["Simple"]
    tags = {tag["Name"]: tag["Value"] for tag in body.get("EmailTags") or []}
    replies = body.get("ReplyToAddresses") or []
    sender = _named(body["FromEmailAddress"])
    message_id = f"0100{secrets.token_hex(6)}-{secrets.token_hex(4)}-000000"
    record = EmailRecord(
        sequence=world.emails.next_sequence(),
        content=MailContent(
            message_id=message_id,
            sender=sender,
            reply_to=MailAddress(replies[0]) if replies else None,
            subject=simple["Subject"]["Data"],
            text=(simple["Body"].get("Text") or {}).get("Data", ""),
            html=(simple["Body"].get("Html") or {}).get("Data", ""),
            headers={},
        ),
        to=_named(body["Destination"]["ToAddresses"][0]),
        sender=sender,
        subject=None,
        own_headers={each["Name"]: each["Value"] for each in simple.get("Headers") or []},
        substitutions={},
        custom_args=tags,
        sg_message_id=message_id,
        token=tags.get("token", ""),
        created_at=clock.now(),
        provider=PROVIDER,
    )
    world.emails.add(message_id, record)
    world.accepted[Channel.EMAIL].note(record.token)
    events.begin(world, record, str(body.get("ConfigurationSetName") or ""))
    return record


def _named(text: str) -> MailAddress:
    name, address = parseaddr(text)
    return MailAddress(address, str(make_header(decode_header(name))))


async def _fault_answer(fault: Fault, request: web.Request) -> web.Response | None:
    status = STATUS_OF.get(fault.kind)
    if status is None:
        return await act_out(fault, request)
    name, message = _ERROR_OF.get(status, ("InternalServiceError", "Internal failure."))
    answer = refusal(status, name, message)
    if fault.kind in {FaultKind.HTTP_429, FaultKind.HTTP_503}:
        answer.headers["Retry-After"] = str(fault.retry_after_seconds)
    return answer


def _json(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
