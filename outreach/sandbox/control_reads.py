"""The control API's reads of what was accepted, for counting what went twice."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from outreach.core.channels import Channel
from outreach.core.errors import BadInput
from outreach.sandbox.records import EmailRecord, SmsRecord
from outreach.sandbox.sendgrid.compose import compose
from outreach.sandbox.twilio.answers import message_json
from outreach.sandbox.world import WORLD, World

_MOST_ROWS = 5000


async def read_accepted(request: web.Request) -> web.Response:
    """Counts, tokens accepted more than once, and the kept messages with their tokens."""
    world = request.app[WORLD]
    channel = _channel(request)
    ledger = world.accepted[channel]
    offset, limit = _number(request, "offset", 0), min(_number(request, "limit", 1000), _MOST_ROWS)
    rows = [_row(record) for record in _kept(world, channel)[offset : offset + limit]]
    answer = {
        "channel": channel,
        "requests": ledger.requests,
        "accepted": ledger.messages,
        "distinct_tokens": ledger.distinct_tokens,
        "without_token": ledger.without_token,
        "duplicates": ledger.duplicates,
        "items": rows,
        "next_offset": offset + len(rows) if len(rows) == limit else None,
    }
    if token := request.query.get("token"):
        answer["has_token"] = ledger.has(token)
    return web.json_response(answer)


def _kept(world: World, channel: Channel) -> Sequence[SmsRecord | EmailRecord]:
    if channel is Channel.EMAIL:
        return list(world.emails.oldest_first())
    return [record for record in world.sms.oldest_first() if record.token]


def _row(record: SmsRecord | EmailRecord) -> dict[str, str]:
    return {
        "token": record.token,
        "to": record.person,
        "id": record.sid if isinstance(record, SmsRecord) else record.sg_message_id,
        "at": record.created_at.isoformat(),
        "state": record.status if isinstance(record, SmsRecord) else ",".join(record.events),
    }


async def read_messages(request: web.Request) -> web.Response:
    """Everything of one phone or mailbox, oldest first, as its owner sees it."""
    world = request.app[WORLD]
    address = request.query.get("address", "")
    if _channel(request) is Channel.SMS:
        found = [message_json(world.config, record) for record in world.sms.of(address)]
    else:
        found = [_mail_json(record) for record in world.emails.of(address.casefold())]
    return web.json_response({"messages": found})


def _mail_json(record: EmailRecord) -> dict[str, object]:
    return {
        **vars(compose(record)),
        "id": record.sg_message_id,
        "token": record.token,
        "events": record.events,
        "at": record.created_at.isoformat(),
    }


def _channel(request: web.Request) -> Channel:
    try:
        return Channel(request.query.get("channel", ""))
    except ValueError as error:
        raise BadInput(
            "Say which channel.", remedy="Add ?channel=sms or ?channel=email."
        ) from error


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isdecimal() else default
