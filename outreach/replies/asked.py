"""A digit that answers the question of a message: counted, answered with nothing.

Looked at last, so that a stop, a call for help and whatever else the words mean come first.
"""

from __future__ import annotations

import unicodedata
from dataclasses import replace

from outreach.core.channels import Channel
from outreach.delivery.answer_models import AnswerWay
from outreach.delivery.answers import Asked, answer_by_reply, open_question_to, question_of
from outreach.inbox.models import InboundMessage
from outreach.replies.reading.mail import new_text
from outreach.replies.rules import Meaning, Reading
from outreach.replies.writer import Writer

# White space, marks and signs around a digit say nothing: "2.", "(2)", "2️⃣".
_SILENT = "ZPCMS"


def bare_digit(text: str) -> int | None:
    """The digit that a message is, in any script; None when it is anything else or more."""
    plain = unicodedata.normalize("NFKC", text)
    said = [each for each in plain if unicodedata.category(each)[0] not in _SILENT]
    return unicodedata.digit(said[0], None) if len(said) == 1 else None


def as_answer(reading: Reading, message: InboundMessage, writer: Writer) -> Reading:
    """The same reading, or that of an answer, where the message is a bare digit and the newest
    question to its writer has that answer."""
    if reading.meaning is not Meaning.OTHER or reading.by_provider:
        return reading
    digit = bare_digit(_words(message))
    if digit is None:
        return reading
    asked = _asked(message, writer)
    if asked is None or not asked.takes(digit):
        return reading
    return replace(
        reading, meaning=Meaning.ANSWER, why="a digit to our question", matched=(str(digit),)
    )


def count_answer(reading: Reading, message: InboundMessage, writer: Writer) -> None:
    """Keeps what `as_answer` has read."""
    asked = _asked(message, writer)
    if asked is not None:
        answer_by_reply(asked, int(reading.matched[0]), AnswerWay(message.channel))


def _words(message: InboundMessage) -> str:
    return message.text if message.channel == Channel.SMS else new_text(message.text)


def _asked(message: InboundMessage, writer: Writer) -> Asked | None:
    """A mail names the message that it answers; of a phone it is the newest question."""
    if message.channel == Channel.EMAIL:
        return (
            question_of(writer.last.step_run_id, writer.last.delivery_id) if writer.last else None
        )
    return open_question_to(writer.address.pk) if writer.address else None
