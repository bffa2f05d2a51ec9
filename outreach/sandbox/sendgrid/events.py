"""The life of a mail, and the signed Event Webhook that tells of it.

Source: twilio.com/docs/sendgrid/for-developers/tracking-events/event. Events are
grouped in arrays, retried until answered 2xx, and now and then come twice.
"""

from __future__ import annotations

import functools
import json
import random
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from outreach.core import clock
from outreach.core.channels import Channel
from outreach.sandbox.config import OutcomeKind
from outreach.sandbox.faults import CallbackTwist
from outreach.sandbox.posting import Failure, Posting, RetryPolicy
from outreach.sandbox.records import EmailRecord
from outreach.sandbox.sendgrid.lists import ListName
from outreach.sandbox.sendgrid.signing import EventKey
from outreach.sandbox.world import World

# SendGrid retries for 24 hours at growing distance; ten doublings of half a second are the
# same habit in the time that a demo or a test has.
_RETRY = RetryPolicy(retries=10, on=frozenset(Failure), total_seconds=24 * 3600, read_seconds=10.0)
_LARGEST_GROUP = 500
_PLAIN = CallbackTwist()


@dataclass(frozen=True)
class MailEvent:
    """`details`: the properties that only this kind of event has."""

    name: str
    details: Mapping[str, object] = field(default_factory=dict)
    suppresses_as: ListName | None = None


_PROCESSED = MailEvent("processed")
_DELIVERED = MailEvent("delivered", {"response": "250 OK"})
_SPAM = MailEvent("spamreport", suppresses_as=ListName.SPAM_REPORTS)
_UNSUBSCRIBED = MailEvent("unsubscribe", suppresses_as=ListName.UNSUBSCRIBES)


def begin(world: World, record: EmailRecord) -> None:
    """Starts the life of an accepted mail."""
    events = _script(world, record)
    twist = world.faults.twist(Channel.EMAIL)
    if twist.shuffled and len(events) > 1:
        events = tuple(reversed(events))
    delay = world.delay_seconds() / 2
    world.schedule.after(delay, functools.partial(_play, world, record, events, twist))


def report_spam(world: World, record: EmailRecord) -> None:
    """The person presses "this is spam": later mail to the address is dropped."""
    _emit(world, record, _SPAM, _PLAIN)


def unsubscribe_at_provider(world: World, record: EmailRecord) -> None:
    """The person clicks SendGrid's own link in the footer (subscription tracking)."""
    _emit(world, record, _UNSUBSCRIBED, _PLAIN)


async def _play(
    world: World, record: EmailRecord, events: tuple[MailEvent, ...], twist: CallbackTwist
) -> None:
    _emit(world, record, events[0], twist)
    if events[1:]:
        delay = world.delay_seconds()
        world.schedule.after(delay, functools.partial(_play, world, record, events[1:], twist))


def _script(world: World, record: EmailRecord) -> tuple[MailEvent, ...]:
    despite = record.content.despite_unsubscribe
    if reason := world.suppressed.drop_reason(record.person, despite_unsubscribe=despite):
        return (MailEvent("dropped", {"reason": reason, "status": "5.0.0"}),)
    outcome = world.settings.outcome_for(Channel.EMAIL, record.person)
    if outcome is None:
        return (_PROCESSED, _DELIVERED)
    ending = _ENDINGS.get(outcome.kind)
    return ending(outcome.code) if ending else (_PROCESSED, _DELIVERED)


def _bounced(code: str) -> tuple[MailEvent, ...]:
    status = code or "5.1.1"
    details = {
        "reason": f"550 {status} The email account that you tried to reach does not exist.",
        "status": status,
        "type": "bounce",
        "bounce_classification": "Invalid Address",
    }
    return (_PROCESSED, MailEvent("bounce", details, suppresses_as=ListName.BOUNCES))


def _blocked(code: str) -> tuple[MailEvent, ...]:
    status = code or "4.7.1"
    details = {
        "reason": f"450 {status} Our system has detected an unusual rate of mail.",
        "status": status,
        "type": "blocked",
        "bounce_classification": "Reputation",
    }
    return (_PROCESSED, MailEvent("bounce", details, suppresses_as=ListName.BLOCKS))


def _deferred(code: str) -> tuple[MailEvent, ...]:
    details = {"response": f"450 {code or '4.2.1'} try again later", "attempt": "1"}
    return (_PROCESSED, MailEvent("deferred", details), _DELIVERED)


def _dropped(code: str) -> tuple[MailEvent, ...]:
    return (MailEvent("dropped", {"reason": code or "Bounced Address", "status": "5.0.0"}),)


def _reported(_code: str) -> tuple[MailEvent, ...]:
    return (_PROCESSED, _DELIVERED, _SPAM)


def _unsubscribed(_code: str) -> tuple[MailEvent, ...]:
    return (_PROCESSED, _DELIVERED, _UNSUBSCRIBED)


_ENDINGS: Mapping[OutcomeKind, Callable[[str], tuple[MailEvent, ...]]] = {
    OutcomeKind.BOUNCE: _bounced,
    OutcomeKind.BLOCKED: _blocked,
    OutcomeKind.DEFERRED: _deferred,
    OutcomeKind.DROPPED: _dropped,
    OutcomeKind.SPAMREPORT: _reported,
    OutcomeKind.UNSUBSCRIBE: _unsubscribed,
}


def _emit(world: World, record: EmailRecord, event: MailEvent, twist: CallbackTwist) -> None:
    record.events.append(event.name)
    if event.suppresses_as:
        reason, status = event.details.get("reason", ""), event.details.get("status", "")
        world.suppressed.add(
            event.suppresses_as, record.to.email, reason=str(reason), status=str(status)
        )
    if not world.settings.email_events_url:
        return
    line = _event_json(record, event)
    if twist.forged:
        lie = {**line, "event": "bounce", "type": "bounce", "sg_event_id": _event_id()}
        _post(world, [lie], forged=True)
    for copy in range(twist.times):
        _queue(world, line) if copy == 0 else _post(world, [line])
    if random.random() < world.settings.repeat_share:  # noqa: S311 - variety, guards nothing
        later = functools.partial(_repeat, world, line)
        world.schedule.after(world.delay_seconds(), later)


def _event_json(record: EmailRecord, event: MailEvent) -> dict[str, object]:
    """Custom arguments lie flat beside the other properties, and never replace them."""
    return {
        **record.custom_args,
        "email": record.to.email,
        "timestamp": int(clock.now().timestamp()),
        "smtp-id": record.smtp_id,
        "event": event.name,
        "sg_event_id": _event_id(),
        "sg_message_id": record.sg_message_id,
        **event.details,
    }


def _event_id() -> str:
    return secrets.token_urlsafe(22)


async def _repeat(world: World, line: dict[str, object]) -> None:
    _post(world, [line])


def _queue(world: World, line: dict[str, object]) -> None:
    waiting = world.waiting_events
    waiting.append(line)
    if len(waiting) == 1:
        world.schedule.after(world.settings.grouping_seconds, functools.partial(_flush, world))
    elif len(waiting) >= _LARGEST_GROUP:
        group = list(waiting)
        waiting.clear()
        _post(world, group)


async def _flush(world: World) -> None:
    group = list(world.waiting_events)
    world.waiting_events.clear()
    if group:
        _post(world, group)


def _post(world: World, group: list[dict[str, object]], *, forged: bool = False) -> None:
    key = EventKey.new() if forged else world.event_key
    posting = event_posting(world.settings.email_events_url, group, key)
    world.schedule.after(0, functools.partial(world.poster.post, posting))


def event_posting(url: str, group: list[dict[str, object]], key: EventKey) -> Posting:
    """One signed array of events. SendGrid ends each event's line with CRLF, and signs that."""
    body = ("[" + ",\r\n".join(json.dumps(line) for line in group) + "]\r\n").encode()
    timestamp = str(int(clock.now().timestamp()))
    return Posting(
        channel=Channel.EMAIL,
        url=url,
        body=body,
        headers={
            "Content-Type": "application/json;charset=utf-8",
            "User-Agent": "SendGrid Event API",
            "X-Twilio-Email-Event-Webhook-Signature": key.sign(timestamp, body),
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        },
        retry=_RETRY,
    )
