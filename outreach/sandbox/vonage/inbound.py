"""Texts that people write on a sandbox phone to a number at Vonage.

Source: Messages API, inbound webhook of version 1; "Opt-Out Assist" for who acts on STOP.
"""

from __future__ import annotations

import functools
import uuid

from outreach.core import clock
from outreach.core.channels import Channel
from outreach.sandbox.config import OptOutHandledBy
from outreach.sandbox.records import Direction, SmsRecord, SmsStatus
from outreach.sandbox.segments import count_parts
from outreach.sandbox.twilio.inbound import opt_out_word
from outreach.sandbox.vonage.webhooks import webhook
from outreach.sandbox.world import World

PROVIDER = "vonage"


def receive(
    world: World, *, person: str, to: str, body: str, media_types: tuple[str, ...] = ()
) -> SmsRecord:
    """A person's phone sends `body` to the number `to`. Returns the inbound record."""
    setup = world.settings.setup_of(to)
    record = _record(world, person, to, body)
    record.media_types = media_types
    word = opt_out_word(body)
    if setup.opt_out_handled_by is OptOutHandledBy.PROVIDER and word in {"STOP", "START"}:
        change = world.opted_out.add if word == "STOP" else world.opted_out.discard
        change((to, person))
    _post(world, record, setup.inbound_url or _inbound_url(world))
    return record


def _inbound_url(world: World) -> str:
    webhooks = world.account.vonage_webhooks
    return webhooks.get("inbound_url", "") or world.settings.vonage_inbound_url


def _record(world: World, person: str, to: str, body: str) -> SmsRecord:
    now = clock.now()
    record = SmsRecord(
        sequence=world.sms.next_sequence(),
        sid=str(uuid.uuid4()),
        to=to,
        sender=person,
        service_sid=None,
        body=body,
        segments=count_parts(body),
        direction=Direction.INBOUND,
        status=SmsStatus.RECEIVED,
        created_at=now,
        updated_at=now,
        sent_at=now,
        provider=PROVIDER,
    )
    world.sms.add(record.sid, record)
    return record


def _post(world: World, record: SmsRecord, url: str) -> None:
    ours = world.config.vonage
    if not url or ours is None:
        return
    twist = world.faults.twist(Channel.SMS)
    fields = _fields(record)
    if twist.forged:
        lie = {**fields, "text": "STOP", "message_uuid": str(uuid.uuid4())}
        forged = webhook(ours, url, lie, forged=True)
        world.schedule.after(0, functools.partial(world.poster.post, forged))
    posting = webhook(ours, url, fields)
    for _ in range(twist.times):
        world.schedule.after(0, functools.partial(world.poster.post, posting))


def _fields(record: SmsRecord) -> dict[str, object]:
    fields: dict[str, object] = {
        "channel": "sms",
        "message_uuid": record.sid,
        "to": record.to.removeprefix("+"),
        "from": (record.sender or "").removeprefix("+"),
        "timestamp": record.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "message_type": "text",
        "text": record.body,
        "sms": {"num_messages": str(record.segments), "keyword": _keyword(record.body)},
    }
    if record.media_types:
        url = f"https://api-us.nexmo.com/v3/media/{uuid.uuid4()}"
        image = {"url": url, "caption": record.body}
        fields |= {"channel": "mms", "message_type": "image", "image": image}
        del fields["text"], fields["sms"]
    return fields


def _keyword(body: str) -> str:
    words = body.upper().split()
    return words[0] if words else ""
