"""Reading what people wrote, acting on it, and handing the rest to a person.

What takes a right away is committed first, in a transaction of its own; then one
transaction records the reply, opens the case, queues the answer and marks the message as
read. Killed in between, the message is read again and nothing happens twice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.core.errors import CannotRender, NotNow
from outreach.core.locks import Lock
from outreach.inbox.actions import mark_message, take_message
from outreach.inbox.models import InboundMessage
from outreach.inbox.queries import waiting_message_ids
from outreach.notices.models import NoticeKind
from outreach.organisation import audit
from outreach.organisation.audit import RECIPIENT, Actor
from outreach.replies.answers import answers_help, answers_opt_outs, queue_answer
from outreach.replies.models import Case, CaseState, Reply
from outreach.replies.rules import Meaning, Reading, read_mail, read_text
from outreach.replies.writer import Writer, find_writer
from outreach.subscriptions.opt_in import opt_in_again
from outreach.subscriptions.opt_out import opt_out, opt_out_of_mail_too

_LOG = logging.getLogger(__name__)
# One reader at a time, so that STOP and START of one person are read in their order.
# At some ten milliseconds each, a task ends well within twenty seconds.
MOST_AT_ONCE = 1_000
NORMAL_PRIORITY = 5


def read_waiting_replies(limit: int = MOST_AT_ONCE) -> int:
    """Reads up to `limit` messages that wait; returns how many it looked at. Leaves at once
    when somebody else is reading: whoever reads looks again after letting go of the lock."""
    failed: set[int] = set()
    seen = 0
    while seen < limit and waiting_message_ids(1, except_ids=failed):
        with _only_reader() as is_ours:
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
def _only_reader() -> Iterator[bool]:
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

    Must not run inside a transaction: a stop is committed before it is recorded as read.
    """
    message = InboundMessage.objects.filter(pk=message_id, processed_at=None).first()
    if message is None:
        return None
    writer = find_writer(message)
    reading = _understand(message, writer)
    answer = _act(reading, message, writer)
    _record(message, writer, reading, answer)
    return reading.meaning


def _understand(message: InboundMessage, writer: Writer) -> Reading:
    if message.channel == Channel.SMS:
        return read_text(message.text, message.opt_out_type)
    if writer.is_unsubscribing:
        # Before anything else: Apple Mail's own unsubscribe mail says Auto-Submitted.
        return Reading(Meaning.STOP, "unsubscribe mailbox")
    return read_mail(message.subject, message.text, message.headers)


def _act(
    reading: Reading, message: InboundMessage, writer: Writer
) -> tuple[NoticeKind, str] | None:
    """Stops or lifts, each committed; returns kind and dedupe key of the answer that is due."""
    evidence = f"inbound:{message.pk}"
    if reading.meaning is Meaning.HELP and answers_help(message, writer):
        return NoticeKind.HELP_REPLY, f"help:{message.pk}"
    if writer.match_key is None:
        return None
    if reading.meaning is Meaning.STOP:
        key = _stop(message, writer, evidence)
        return (NoticeKind.STOP_CONFIRMATION, key) if answers_opt_outs(message, writer) else None
    if reading.meaning is Meaning.START:
        opt_in_again(message.channel, writer.match_key, evidence=evidence, actor=RECIPIENT)
        if answers_opt_outs(message, writer):
            return NoticeKind.START_CONFIRMATION, f"start:{message.pk}"
    return None


def _stop(message: InboundMessage, writer: Writer, evidence: str) -> str:
    """A text stops all texts to the number, and mails about the topic to the person last
    written to; a mail stops mails about its topic. Returns the confirmation's dedupe key: one
    for each time that somebody stops, not for each STOP."""
    is_sms = message.channel == Channel.SMS
    last = writer.last
    done = opt_out(
        message.channel,
        writer.match_key or "",
        topic_id=None if is_sms or last is None else last.topic_id,
        evidence=evidence,
        actor=RECIPIENT,
    )
    if is_sms and last is not None:
        opt_out_of_mail_too(last.person_id, last.topic_id, evidence=evidence, actor=RECIPIENT)
    return f"stop:{done.suppression_id}"


def _record(
    message: InboundMessage,
    writer: Writer,
    reading: Reading,
    answer: tuple[NoticeKind, str] | None,
) -> None:
    with transaction.atomic():
        if take_message(message.pk) is None:
            return  # another reader was faster; what both did is the same
        is_answered = answer is None or _answered(answer, message, writer)
        reply = Reply.objects.create(
            inbound=message,
            address=writer.address,
            sender=writer.sender,
            school=writer.school,
            meaning=reading.meaning,
            why=reading.why[:200],
            at=now(),
        )
        if not is_answered or _needs_a_person(reading, writer, answer):
            Case.objects.create(reply=reply, priority=NORMAL_PRIORITY, opened_at=now())
        mark_message(message.pk)


def _answered(answer: tuple[NoticeKind, str], message: InboundMessage, writer: Writer) -> bool:
    """False when the answer cannot be written: then a person has to."""
    try:
        queue_answer(*answer, message, writer)
    except CannotRender as error:
        _LOG.error("no answer %s to message %d: %s", answer[0], message.pk, error.code)
        return False
    return True


def _needs_a_person(
    reading: Reading, writer: Writer, answer: tuple[NoticeKind, str] | None
) -> bool:
    """What no rule covers: unknown words, a stop by mail that does not prove whose it is, and
    a call for help that nobody answers."""
    if reading.meaning is Meaning.AUTO_REPLY:
        return False
    if reading.meaning is Meaning.HELP:
        return answer is None and not reading.why.startswith("provider")
    return reading.meaning is Meaning.OTHER or writer.match_key is None


def close_case(case: Case, outcome: str, *, actor: Actor) -> None:
    """Open → closed, with what was decided. Raises NotNow when somebody has closed it."""
    with transaction.atomic():
        closed = Case.objects.filter(pk=case.pk, state=CaseState.OPEN).update(
            state=CaseState.CLOSED, closed_at=now(), closed_by=actor.name, outcome=outcome[:300]
        )
        if not closed:
            raise NotNow("This case is closed already.", remedy="Look at it again.")
        audit.record(actor, "case closed", f"case:{case.uuid}")
