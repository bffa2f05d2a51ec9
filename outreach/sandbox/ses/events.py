"""The life of a mail at SES, and the events that its configuration set tells a topic.

Source: SES developer guide, "Contents of event data that Amazon SES publishes to Amazon SNS".
"""

from __future__ import annotations

import functools
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from outreach.core import clock
from outreach.core.channels import Channel
from outreach.sandbox.config import OutcomeKind
from outreach.sandbox.faults import CallbackTwist
from outreach.sandbox.records import EmailRecord
from outreach.sandbox.ses import sns
from outreach.sandbox.world import World

_PLAIN = CallbackTwist()


@dataclass(frozen=True)
class Event:
    """`details`: of the object that bears the event's name. `suppresses`: later mail too."""

    name: str
    details: Mapping[str, object] = field(default_factory=dict)
    suppresses: bool = False

    @property
    def where(self) -> str:
        return self.name[0].lower() + self.name[1:]


_SENT = Event("Send")
_DELIVERED = Event("Delivery", {"smtpResponse": "250 ok", "reportingMTA": "a1.sandbox"})
_COMPLAINT = Event(
    "Complaint", {"complaintFeedbackType": "abuse", "feedbackId": "x"}, suppresses=True
)


def begin(world: World, record: EmailRecord, configuration_set: str) -> None:
    """Starts the life of an accepted mail."""
    events = _script(world, record)
    twist = world.faults.twist(Channel.EMAIL)
    if twist.shuffled:
        events = tuple(reversed(events))
    play = functools.partial(_play, world, record, configuration_set, events, twist)
    world.schedule.after(world.delay_seconds() / 2, play)


def report_spam(world: World, record: EmailRecord) -> None:
    """The person presses "this is spam": the address is not written to any more."""
    for name in world.account.ses_destinations:
        _emit(world, record, name, _COMPLAINT, _PLAIN)


async def _play(
    world: World,
    record: EmailRecord,
    configuration_set: str,
    events: tuple[Event, ...],
    twist: CallbackTwist,
) -> None:
    _emit(world, record, configuration_set, events[0], twist)
    if events[1:]:
        play = functools.partial(_play, world, record, configuration_set, events[1:], twist)
        world.schedule.after(world.delay_seconds(), play)


def _script(world: World, record: EmailRecord) -> tuple[Event, ...]:
    if record.person in world.ses_suppressed:
        return (_SENT, _bounce("Permanent", "OnAccountSuppressionList", "5.1.1"))
    outcome = world.settings.outcome_for(Channel.EMAIL, record.person)
    kind, code = (outcome.kind, outcome.code) if outcome else (None, "")
    endings: dict[OutcomeKind | None, tuple[Event, ...]] = {
        OutcomeKind.BOUNCE: (_bounce("Permanent", "General", code or "5.1.1", suppresses=True),),
        OutcomeKind.BLOCKED: (_bounce("Transient", "General", code or "4.7.1"),),
        OutcomeKind.DROPPED: (_bounce("Permanent", "OnAccountSuppressionList", "5.1.1"),),
        OutcomeKind.DEFERRED: (_delay(code or "4.4.7"), _DELIVERED),
        OutcomeKind.SPAMREPORT: (_DELIVERED, _COMPLAINT),
    }
    return (_SENT, *endings.get(kind, (_DELIVERED,)))


def _bounce(kind: str, sub_type: str, status: str, *, suppresses: bool = False) -> Event:
    recipient = {"action": "failed", "status": status, "diagnosticCode": f"smtp; 550 {status} no"}
    details = {"bounceType": kind, "bounceSubType": sub_type, "bouncedRecipients": [recipient]}
    return Event("Bounce", details, suppresses)


def _delay(status: str) -> Event:
    recipients = [{"status": status, "diagnosticCode": f"smtp; 450 {status} later"}]
    return Event("DeliveryDelay", {"delayType": "MailboxFull", "delayedRecipients": recipients})


def _emit(
    world: World, record: EmailRecord, configuration_set: str, event: Event, twist: CallbackTwist
) -> None:
    record.events.append(event.name)
    if event.suppresses:
        world.ses_suppressed.add(record.person)
    text = json.dumps(_event_json(record, event))
    for topic in _topics(world, configuration_set, event):
        if twist.forged:
            lie = json.dumps(_event_json(record, _bounce("Permanent", "General", "5.1.1")))
            sns.publish(world, topic, lie, forged=True)
        sns.publish(world, topic, text, times=twist.times)


def _topics(world: World, configuration_set: str, event: Event) -> list[str]:
    """Those that a destination of the set tells this kind of event."""
    word = {"DeliveryDelay": "DELIVERY_DELAY"}.get(event.name, event.name.upper())
    found: list[str] = []
    for each in world.account.ses_destinations.get(configuration_set, {}).values():
        kinds, topic = each.get("MatchingEventTypes"), each.get("SnsDestination")
        if each.get("Enabled") and isinstance(kinds, list) and word in kinds:
            found.append(str(topic["TopicArn"]) if isinstance(topic, dict) else "")
    return found


def _event_json(record: EmailRecord, event: Event) -> dict[str, object]:
    details = dict(event.details)
    recipients = details.get("bouncedRecipients") or details.get("delayedRecipients") or []
    for each in recipients if isinstance(recipients, list) else []:
        each["emailAddress"] = record.to.email
    now = clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if event.name != "Send":
        details["timestamp"] = now
    return {
        "eventType": event.name,
        "mail": {
            "timestamp": now,
            "messageId": record.content.message_id,
            "source": str(record.sender),
            "destination": [record.to.email],
            "sendingAccountId": "000000000000",
            "headersTruncated": False,
            "headers": [{"name": "Message-ID", "value": f"<{secrets.token_hex(8)}@sandbox>"}],
            "tags": {name: [value] for name, value in record.custom_args.items()},
        },
        event.where: details,
    }
