"""The life of a text at Vonage, and the webhooks that tell of it.

Source: Messages API, "Message status": submitted, then delivered, rejected or undeliverable.
Where Vonage keeps opt-outs (Opt-Out Assist), a text to somebody who opted out is accepted and
then rejected with 1240.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from outreach.core import clock
from outreach.core.channels import Channel
from outreach.sandbox.config import Outcome, OutcomeKind
from outreach.sandbox.faults import CallbackTwist
from outreach.sandbox.records import RANK, SmsRecord, SmsStatus
from outreach.sandbox.vonage.answers import of_code
from outreach.sandbox.vonage.webhooks import webhook
from outreach.sandbox.world import World

_OPTED_OUT = 1240
_PRICE_OF_SEGMENT = 0.0333


@dataclass(frozen=True)
class _Step:
    """`word`: Vonage's. `status`: what the phone's page shows."""

    word: str
    status: SmsStatus
    code: int | None = None


_SUBMITTED = _Step("submitted", SmsStatus.SENT)
_DELIVERED = _Step("delivered", SmsStatus.DELIVERED)


def begin(world: World, record: SmsRecord) -> None:
    """Starts the life of an accepted text."""
    steps = _script(world, record)
    twist = world.faults.twist(Channel.SMS)
    if twist.shuffled:
        steps = tuple(reversed(steps))
    world.schedule.after(
        world.delay_seconds() / 2, functools.partial(_play, world, record, steps, twist)
    )


def _script(world: World, record: SmsRecord) -> tuple[_Step, ...]:
    if (record.sender, record.to) in world.opted_out:
        return (_Step("rejected", SmsStatus.FAILED, _OPTED_OUT),)
    outcome = world.settings.outcome_for(Channel.SMS, record.to)
    return _ending(outcome) if outcome else (_SUBMITTED, _DELIVERED)


def _ending(outcome: Outcome) -> tuple[_Step, ...]:
    if outcome.kind is OutcomeKind.FAILED:
        return (_Step("undeliverable", SmsStatus.FAILED, int(outcome.code or 1331)),)
    if outcome.kind is OutcomeKind.UNDELIVERED:
        step = _Step("rejected", SmsStatus.UNDELIVERED, int(outcome.code or 1180))
        return (_SUBMITTED, step)
    return (_SUBMITTED,) if outcome.kind is OutcomeKind.STUCK else (_SUBMITTED, _DELIVERED)


async def _play(
    world: World, record: SmsRecord, steps: tuple[_Step, ...], twist: CallbackTwist
) -> None:
    _apply(record, steps[0])
    if record.callback_url:
        await _tell(world, record, steps[0], twist)
    if steps[1:]:
        delay = world.delay_seconds()
        world.schedule.after(delay, functools.partial(_play, world, record, steps[1:], twist))


def _apply(record: SmsRecord, step: _Step) -> None:
    if RANK[step.status] <= RANK[record.status]:
        return
    record.status, record.error_code, record.updated_at = step.status, step.code, clock.now()
    record.sent_at = record.sent_at or record.updated_at


async def _tell(world: World, record: SmsRecord, step: _Step, twist: CallbackTwist) -> None:
    ours = world.config.vonage
    if ours is None:
        return
    if twist.forged:
        lie = _fields(record, _Step("rejected", SmsStatus.FAILED, _OPTED_OUT))
        await world.poster.post(webhook(ours, record.callback_url, lie, forged=True))
    posting = webhook(ours, record.callback_url, _fields(record, step))
    for _ in range(twist.times):
        await world.poster.post(posting)


def _fields(record: SmsRecord, step: _Step) -> dict[str, object]:
    fields: dict[str, object] = {
        "message_uuid": record.sid,
        "to": record.to.removeprefix("+"),
        "from": (record.sender or "").removeprefix("+"),
        "timestamp": clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "status": step.word,
        "channel": "sms",
        "usage": {"currency": "EUR", "price": f"{record.segments * _PRICE_OF_SEGMENT:.4f}"},
        "sms": {"count_total": str(record.segments)},
    }
    if record.token:
        fields["client_ref"] = record.token
    if step.code:
        fields["error"] = of_code(step.code, str(step.code)).as_json()
    return fields
