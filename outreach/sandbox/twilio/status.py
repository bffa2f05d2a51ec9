"""The life of an outbound text: its states in realistic order and delay, and their callbacks."""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass, replace

from outreach.core import clock
from outreach.core.channels import Channel
from outreach.sandbox.config import Outcome, OutcomeKind
from outreach.sandbox.faults import CallbackTwist
from outreach.sandbox.records import RANK, SmsRecord, SmsStatus
from outreach.sandbox.twilio.answers import API_VERSION
from outreach.sandbox.twilio.webhooks import webhook
from outreach.sandbox.world import World

_EXPIRED = 30036
# Numbers that regulators keep for fiction; a service without a pool sends from one of them.
_POOL_OF_LAST_RESORT = "+12025550100"


@dataclass(frozen=True)
class _Step:
    status: SmsStatus
    error_code: int | None = None


_ARRIVES = (_Step(SmsStatus.QUEUED), _Step(SmsStatus.SENT), _Step(SmsStatus.DELIVERED))


def begin(world: World, record: SmsRecord) -> None:
    """Starts the life of an accepted text. Each state waits for the former one's callback."""
    steps = _script(world.settings.outcome_for(Channel.SMS, record.to))
    twist = world.faults.twist(Channel.SMS)
    if twist.shuffled:
        steps = _other_order(steps)
    world.schedule.after(
        world.delay_seconds() / 2, functools.partial(_play, world, record, steps, twist)
    )


async def _play(
    world: World, record: SmsRecord, steps: tuple[_Step, ...], twist: CallbackTwist
) -> None:
    step = _checked_for_expiry(record, steps[0])
    _apply(world, record, step)
    if record.callback_url:
        await _call_back(world, record, step, twist)
    rest = steps[1:] if step is steps[0] else ()
    if rest:
        delay = world.delay_seconds()
        world.schedule.after(delay, functools.partial(_play, world, record, rest, twist))
    elif record.status is SmsStatus.QUEUED and record.validity_seconds is not None:
        _expire_later(world, record, twist)


def _script(outcome: Outcome | None) -> tuple[_Step, ...]:
    if outcome is None:
        return _ARRIVES
    if outcome.kind is OutcomeKind.FAILED:
        return (_ARRIVES[0], _Step(SmsStatus.FAILED, int(outcome.code or 30008)))
    if outcome.kind is OutcomeKind.UNDELIVERED:
        return (*_ARRIVES[:2], _Step(SmsStatus.UNDELIVERED, int(outcome.code or 30003)))
    if outcome.kind is OutcomeKind.STUCK:
        return _ARRIVES[:1]
    return _ARRIVES


def _other_order(steps: tuple[_Step, ...]) -> tuple[_Step, ...]:
    if len(steps) == 1:
        return steps
    shuffled = list(steps)
    while tuple(shuffled) == steps:
        random.shuffle(shuffled)
    return tuple(shuffled)


def _checked_for_expiry(record: SmsRecord, step: _Step) -> _Step:
    if record.validity_seconds is None or record.sent_at is not None:
        return step
    if step.status is SmsStatus.QUEUED or _validity_left(record) > 0:
        return step
    return _Step(SmsStatus.FAILED, _EXPIRED)


def _validity_left(record: SmsRecord) -> float:
    return record.began + (record.validity_seconds or 0) - clock.monotonic()


def _expire_later(world: World, record: SmsRecord, twist: CallbackTwist) -> None:
    steps = (_Step(SmsStatus.FAILED, _EXPIRED),)
    world.schedule.after(
        max(0.0, _validity_left(record)), functools.partial(_play, world, record, steps, twist)
    )


def _apply(world: World, record: SmsRecord, step: _Step) -> None:
    now = clock.now()
    if RANK[step.status] <= RANK[record.status] and step.status is not record.status:
        return
    record.status, record.error_code, record.updated_at = step.status, step.error_code, now
    if record.sender is None and record.service_sid:
        record.sender = _from_pool(world, record.service_sid)
    if RANK[step.status] >= RANK[SmsStatus.SENT] and step.status is not SmsStatus.FAILED:
        record.sent_at = record.sent_at or now


def _from_pool(world: World, service_sid: str) -> str:
    numbers = world.settings.setup_of(service_sid).numbers
    return random.choice(numbers) if numbers else _POOL_OF_LAST_RESORT  # noqa: S311 - spreads load, guards nothing


async def _call_back(world: World, record: SmsRecord, step: _Step, twist: CallbackTwist) -> None:
    if twist.forged:
        lie = replace(step, status=SmsStatus.UNDELIVERED, error_code=30005)
        params = _callback_params(world, record, lie)
        await world.poster.post(webhook(world, record.callback_url, params, forged=True))
    posting = webhook(world, record.callback_url, _callback_params(world, record, step))
    for _ in range(twist.times):
        await world.poster.post(posting)


def _callback_params(world: World, record: SmsRecord, step: _Step) -> dict[str, str]:
    """Source: twilio.com/docs/messaging/guides/track-outbound-message-status."""
    params = {
        "AccountSid": world.config.twilio_account_sid,
        "ApiVersion": API_VERSION,
        "From": record.sender or "",
        "MessageSid": record.sid,
        "MessageStatus": step.status.value,
        "SmsSid": record.sid,
        "SmsStatus": step.status.value,
        "To": record.to,
    }
    if record.service_sid:
        params["MessagingServiceSid"] = record.service_sid
    if step.error_code:
        params["ErrorCode"] = str(step.error_code)
    if step.status in {SmsStatus.DELIVERED, SmsStatus.UNDELIVERED}:
        params["RawDlrDate"] = clock.now().strftime("%y%m%d%H%M")
    return params
