"""The control API under /sandbox/api/: settings, faults, counts, replies, reset. All JSON."""

from __future__ import annotations

from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel

from outreach.core.channels import Channel
from outreach.core.errors import NotFound
from outreach.sandbox import control_models as bodies
from outreach.sandbox import mailboxes, phones
from outreach.sandbox.control_reads import read_accepted, read_messages
from outreach.sandbox.faults import FaultKind
from outreach.sandbox.records import EmailRecord
from outreach.sandbox.sendgrid import events
from outreach.sandbox.sendgrid import inbound as mail_inbound
from outreach.sandbox.sendgrid.inbound import WrittenMail
from outreach.sandbox.twilio import inbound as sms_inbound
from outreach.sandbox.world import WORLD, World

_BASE = "/sandbox/api"
BodyT = TypeVar("BodyT", bound=BaseModel)


class ApiDoor:
    """The port that the fault `refused` closes."""

    url: str

    async def open(self) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError


API_DOOR: web.AppKey[list[ApiDoor]] = web.AppKey("api_door", list)


def routes() -> list[web.RouteDef]:
    return [
        web.get(f"{_BASE}/keys", keys),
        web.get(f"{_BASE}/settings", read_settings),
        web.patch(f"{_BASE}/settings", change_settings),
        web.get(f"{_BASE}/faults", read_faults),
        web.post(f"{_BASE}/faults", add_fault),
        web.delete(f"{_BASE}/faults", clear_faults),
        web.get(f"{_BASE}/callbacks", read_callbacks),
        web.get(f"{_BASE}/accepted", read_accepted),
        web.get(f"{_BASE}/messages", read_messages),
        web.get(f"{_BASE}/blocked", read_blocked),
        web.post(f"{_BASE}/suppressions", suppress),
        web.post(f"{_BASE}/phones/{{number}}/reply", phone_reply),
        web.post(f"{_BASE}/mailboxes/{{address}}/reply", mailbox_reply),
        web.post(f"{_BASE}/mailboxes/{{address}}/write", mailbox_write),
        web.post(f"{_BASE}/mailboxes/{{address}}/unsubscribe", mailbox_unsubscribe),
        web.post(f"{_BASE}/mailboxes/{{address}}/spam", mailbox_spam),
        web.post(f"{_BASE}/reset", reset),
    ]


async def keys(request: web.Request) -> web.Response:
    """What a receiver needs to know; no secret is told."""
    world = request.app[WORLD]
    return web.json_response(
        {
            "event_public_key": world.event_key.public_key,
            "twilio_account_sid": world.config.twilio_account_sid,
            "api_url": request.app[API_DOOR][0].url,
        }
    )


async def read_settings(request: web.Request) -> web.Response:
    return web.json_response(_settings_json(request.app[WORLD]))


async def change_settings(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    body = await _read(request, bodies.SettingsBody)
    settings = world.settings
    for name in body.model_fields_set - {"outcomes", "senders"}:
        value = getattr(body, name)
        if value is not None or name == "countries":  # None means "all countries" there alone
            setattr(settings, name, value)
    if body.outcomes is not None:
        settings.outcomes = [each.outcome() for each in body.outcomes]
    for sender in body.senders:
        settings.senders[sender.sender] = sender.setup()
    settings.max_delay_seconds = max(settings.max_delay_seconds, settings.min_delay_seconds)
    world.poster.retry_base_seconds = settings.retry_base_seconds
    return web.json_response(_settings_json(world))


def _settings_json(world: World) -> dict[str, object]:
    settings = world.settings
    plain = {
        name: value
        for name, value in vars(settings).items()
        if name not in {"countries", "outcomes", "senders"}
    }
    countries = settings.countries
    return {
        **plain,
        "countries": None if countries is None else sorted(countries),
        "outcomes": [vars(outcome) for outcome in settings.outcomes],
        "senders": [vars(setup) for setup in settings.senders.values()],
    }


async def read_faults(request: web.Request) -> web.Response:
    return web.json_response({"faults": [vars(f) for f in request.app[WORLD].faults.faults]})


async def add_fault(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    body = await _read(request, bodies.FaultBody)
    world.faults.add(body.fault())
    if body.kind is FaultKind.REFUSED:
        await request.app[API_DOOR][0].close()
    if body.kind is FaultKind.HELD_CALLBACKS:
        world.poster.holding.add(body.channel)
    return web.json_response({"faults": [vars(f) for f in world.faults.faults]}, status=201)


async def clear_faults(request: web.Request) -> web.Response:
    """Clears all faults, or those of ?channel= and ?kind=. Held callbacks are let go."""
    world = request.app[WORLD]
    wanted = bodies.FaultFilter.model_validate(dict(request.query))
    world.faults.clear(wanted.channel, wanted.kind)
    released = 0
    for each in Channel:
        if not world.faults.has(FaultKind.HELD_CALLBACKS, each):
            released += world.poster.release(each)
    if not world.faults.has(FaultKind.REFUSED):
        await request.app[API_DOOR][0].open()
    return web.json_response({"released_callbacks": released})


async def read_callbacks(request: web.Request) -> web.Response:
    """`pending` is 0 when nothing is scheduled, waiting for a retry or on its way."""
    world = request.app[WORLD]
    return web.json_response(
        {
            "pending": world.schedule.pending,
            "held": world.poster.held,
            "counts": world.poster.counts,
            "last_failure": world.poster.last_failure,
        }
    )


async def read_blocked(request: web.Request) -> web.Response:
    """Opt-outs that Twilio holds, addresses that SendGrid drops."""
    world = request.app[WORLD]
    opted_out = [{"sender": sender, "number": number} for sender, number in sorted(world.opted_out)]
    return web.json_response({"opted_out": opted_out, "suppressed": world.suppressed.reasons()})


async def suppress(request: web.Request) -> web.Response:
    body = await _read(request, bodies.SuppressionBody)
    request.app[WORLD].suppressed.add_for_drop(body.reason, body.address)
    return web.json_response({}, status=201)


async def phone_reply(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    person = request.match_info["number"]
    body = await _read(request, bodies.PhoneReply)
    to = body.to or sms_inbound.last_sender(world, person)
    record = phones.receive(
        world, person=person, to=to, body=body.body, media_types=body.media_types
    )
    return web.json_response({"sid": record.sid}, status=201)


async def mailbox_reply(request: web.Request) -> web.Response:
    body = await _read(request, bodies.MailboxReply)
    files = [each.file() for each in body.files]
    record = find_mail(request.app[WORLD], request.match_info["address"], body.message_id)
    written = mail_inbound.reply(
        request.app[WORLD], record, body.text, quote=body.quote, headers=body.headers, files=files
    )
    return web.json_response({"to": written.to, "subject": written.subject}, status=201)


async def mailbox_write(request: web.Request) -> web.Response:
    body = await _read(request, bodies.MailboxWrite)
    fields = {**body.model_dump(exclude={"files"}), "files": [f.file() for f in body.files]}
    mail_inbound.write(
        request.app[WORLD], WrittenMail(person=request.match_info["address"], **fields)
    )
    return web.json_response({}, status=201)


async def mailbox_unsubscribe(request: web.Request) -> web.Response:
    """One-click answers with the status that the List-Unsubscribe address gave."""
    world = request.app[WORLD]
    body = await _read(request, bodies.MailboxUnsubscribe)
    record = find_mail(world, request.match_info["address"], body.message_id)
    if body.how == "mailto":
        written = mail_inbound.unsubscribe_by_mail(world, record)
        return web.json_response({"to": written.to})
    if body.how == "provider":
        events.unsubscribe_at_provider(world, record)
        return web.json_response({})
    return web.json_response({"status": await mail_inbound.unsubscribe_by_click(world, record)})


async def mailbox_spam(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    body = await _read(request, bodies.MailboxSpam)
    mailboxes.report_spam(world, find_mail(world, request.match_info["address"], body.message_id))
    return web.json_response({})


async def reset(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    # Callbacks already on their way would otherwise bring on their next state afterwards.
    await world.schedule.stop()
    world.reset()
    world.schedule.start()
    await request.app[API_DOOR][0].open()
    return web.json_response({})


def find_mail(world: World, address: str, message_id: str = "") -> EmailRecord:
    """A mail of this mailbox by id, the newest without one. Raises NotFound."""
    for record in reversed(world.emails.of(address.casefold())):
        if message_id in {"", record.sg_message_id}:
            return record
    raise NotFound(f"There is no such mail in the mailbox of {address}.")


async def _read(request: web.Request, model: type[BodyT]) -> BodyT:
    return model.model_validate_json(await request.read() or b"{}")
