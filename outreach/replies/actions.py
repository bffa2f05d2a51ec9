"""Reading what people wrote, acting on it, and handing the rest to a person.

What takes a right away is committed first, in a transaction of its own; then one
transaction records the reply, opens the case, queues answer and alerts and marks the message
as read. Killed in between, the message is read again and nothing happens twice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from outreach.consent.actions import hold
from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.core.errors import CannotRender
from outreach.core.locks import Lock
from outreach.inbox.actions import mark_message, take_message
from outreach.inbox.models import InboundMessage
from outreach.inbox.queries import waiting_message_ids
from outreach.notices.models import Notice, NoticeKind
from outreach.organisation.audit import RECIPIENT
from outreach.replies.answers import (
    READER,
    Answer,
    answers_help,
    answers_start,
    answers_stop,
    queue_answer,
)
from outreach.replies.asked import as_answer, count_answer
from outreach.replies.cases import put_into_case
from outreach.replies.crisis import answer_crisis
from outreach.replies.joining import as_sign_up
from outreach.replies.models import Reply
from outreach.replies.reading import Record
from outreach.replies.rules import Meaning, Reading, understand
from outreach.replies.stopping import stop
from outreach.replies.topics import narrowed
from outreach.replies.writer import Writer, find_writer
from outreach.subscriptions.opt_in import confirm_by_reply, opt_in_again

_LOG = logging.getLogger(__name__)
# One reader at a time, so that STOP and START of one person are read in their order.
# At some ten milliseconds each, a task ends well within twenty seconds.
MOST_AT_ONCE = 1_000
_HELD_FOR: dict[Meaning, str] = {
    Meaning.CRISIS: "may be in distress",
    Meaning.UNCLEAR: "perhaps a stop",
}


def read_waiting_replies(limit: int = MOST_AT_ONCE) -> int:
    """Reads up to `limit` messages that wait; returns how many it looked at. Leaves at once
    when somebody else is reading: whoever reads looks again after letting go of the lock."""
    failed: set[int] = set()
    seen = 0
    while seen < limit and waiting_message_ids(1, except_ids=failed):
        with only_reader() as is_ours:
            if not is_ours:
                return seen
            for message_id in waiting_message_ids(limit - seen, except_ids=failed):
                seen += 1
                if not _read_safely(message_id):
                    failed.add(message_id)
    return seen


def _read_safely(message_id: int) -> bool:
    """False when reading failed. The message stays in the inbox and is tried again later."""
    try:
        read_reply(message_id)
    except (
        Exception
    ) as error:  # a fault of ours in one message must not hold up the stops behind it
        _LOG.error("message %d could not be read: %s", message_id, type(error).__name__)
        return False
    return True


@contextmanager
def only_reader() -> Iterator[bool]:
    """Nobody else reads meanwhile; False when somebody else does. May be nested."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [Lock.REPLY_READER])
        is_ours = bool(cursor.fetchone()[0])
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [Lock.REPLY_READER])


def read_reply(message_id: int) -> Meaning | None:
    """Understands one message and acts on it; None when it has been read already.

    Must not run inside a transaction: a stop or a hold is committed before it is recorded.
    """
    message = InboundMessage.objects.filter(pk=message_id, processed_at=None).first()
    if message is None:
        return None
    writer = find_writer(message)
    reading = understand(
        _record_of(message, writer),
        opt_out_type=message.opt_out_type,
        is_unsubscribing=writer.is_unsubscribing,
    )
    reading = as_sign_up(narrowed(reading, message), message, writer)
    reading = as_answer(reading, message, writer)
    answer = _act(reading, message, writer)
    _record(message, writer, reading, answer)
    return reading.meaning


def _record_of(message: InboundMessage, writer: Writer) -> Record:
    return Record(
        text=message.text,
        channel=message.channel,
        language=writer.last.language if writer.last else "",
        subject=message.subject,
        headers=message.headers,
    )


def _act(reading: Reading, message: InboundMessage, writer: Writer) -> Answer | None:
    """Stops, lifts or holds, each committed; returns the answer to a command that is due."""
    if reading.meaning is Meaning.HELP and answers_help(message, writer, reading):
        return Answer(NoticeKind.HELP_REPLY, f"help:{message.pk}")
    if writer.match_key is None:
        return None
    if reading.meaning is Meaning.STOP:
        done = stop(message, writer, writer.match_key, actor=RECIPIENT)
        if answers_stop(message, writer, reading):
            # One for each time that somebody stops, not for each STOP.
            key = f"stop:{done.suppression_id}"
            return Answer(NoticeKind.STOP_CONFIRMATION, key, done.topic)
    if reading.meaning is Meaning.START:
        has_ended = _start(message, writer.match_key)
        if has_ended and answers_start(message, writer, reading):
            return Answer(NoticeKind.START_CONFIRMATION, f"start:{message.pk}")
    if reading.meaning in _HELD_FOR and writer.address is not None:
        hold(writer.address.pk, reason=_HELD_FOR[reading.meaning], actor=READER)
    return None


def _start(message: InboundMessage, match_key: str) -> bool:
    """A yes counts only where it was asked: for a sign-up that waits for it, whose receipt is
    the answer, or after a stop. Says whether a stop ended by it."""
    evidence = f"inbound:{message.pk}"
    if message.channel == Channel.SMS and confirm_by_reply(match_key, evidence=evidence):
        return False
    return opt_in_again(message.channel, match_key, evidence=evidence, actor=RECIPIENT) > 0


def _record(
    message: InboundMessage,
    writer: Writer,
    reading: Reading,
    answer: Answer | None,
) -> None:
    with transaction.atomic():
        if take_message(message.pk) is None:
            return  # another reader was faster; what both did is the same
        if reading.meaning is Meaning.ANSWER:
            count_answer(reading, message, writer)
        notice = _answer(answer, message, writer, reading)
        reply = Reply.objects.create(
            inbound=message,
            address=writer.address,
            sender=writer.sender,
            school=writer.school,
            answer=notice,
            meaning=reading.meaning,
            why=reading.why[:200],
            matched=list(reading.matched),
            language=reading.language[:12],
            confidence=round(reading.confidence * 100),
            stop_requested=reading.stop_requested,
            at=now(),
        )
        if reading.meaning is not Meaning.AUTO_REPLY:
            is_unanswered = answer is not None and notice is None
            needed = is_unanswered or _needs_a_person(reading, writer, answer)
            put_into_case(reply, reading, needs_a_person=needed)
        mark_message(message.pk)


def _answer(
    answer: Answer | None,
    message: InboundMessage,
    writer: Writer,
    reading: Reading,
) -> Notice | None:
    """The answer that is queued or was; None where none is due, or none can be written."""
    if reading.meaning is Meaning.CRISIS:
        return answer_crisis(message, writer, reading)
    if answer is None:
        return None
    try:
        queued = queue_answer(answer, message, writer)
        return queued or Notice.objects.get(dedupe_key=answer.key)
    except CannotRender as error:
        _LOG.error("no answer %s to message %d: %s", answer.kind, message.pk, error.code)
        return None


def _needs_a_person(reading: Reading, writer: Writer, answer: Answer | None) -> bool:
    """Harm, doubt and what is no command; a stop that does not prove whose it is; and a call for
    help that nobody answers."""
    match reading.meaning:
        case Meaning.CRISIS | Meaning.UNCLEAR | Meaning.OTHER:
            return True
        case Meaning.HELP:
            return answer is None and not reading.by_provider
        case _:
            return writer.match_key is None
