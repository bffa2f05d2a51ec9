"""A text that asks to be signed up: "JOIN GREENHILL"."""

from __future__ import annotations

from dataclasses import replace

from outreach.core.channels import Channel
from outreach.inbox.models import InboundMessage
from outreach.replies.rules import Meaning, Reading
from outreach.replies.writer import Writer
from outreach.subscriptions import text_in
from outreach.subscriptions.text_in import TextInAnswer

# Never instead of a stop, a call for help or distress.
_MAY_BE_ONE = frozenset({Meaning.OTHER, Meaning.UNCLEAR, Meaning.START})


def as_sign_up(reading: Reading, message: InboundMessage, writer: Writer) -> Reading:
    """Asks back, committed, where the text is nothing but a school's word; the same reading for
    any other text, and where no question may go out: then a person looks at it."""
    if message.channel != Channel.SMS or reading.meaning not in _MAY_BE_ONE or reading.by_provider:
        return reading
    if writer.sender is None or writer.match_key is None:
        return reading
    found = text_in.read(message.text, writer.sender)
    if found is None:
        return reading
    answer = text_in.ask_by_text(
        found, writer.match_key, writer.sender, evidence=f"inbound:{message.pk}"
    )
    if answer is not TextInAnswer.ASKED:
        return reading
    why = f"the word of {found.school.slug}"
    return replace(reading, meaning=Meaning.JOIN, why=why, confidence=1.0)
