"""Who wants messages to go on: "take Dan off, but keep me on the list"."""

from __future__ import annotations

from outreach.replies.reading.holds import Hold
from outreach.replies.reading.opt_out import Finding
from outreach.replies.reading.packs import Field
from outreach.replies.reading.signs import Signs, Span

_AGAINST = (Field.NOT, Field.NO_SEND, Field.DOUBT)


def wants_to_keep(signs: Signs) -> Finding | None:
    """The wish to go on beside a stop. Not so "do not keep me on the list", nor "but keep me on
    for closures": that is no message of ours."""
    for span in signs.of(Field.KEEP):
        before = any(each[0] <= span[0] for each in _in_its_sentence(signs, span, *_AGAINST))
        behind = any(each[0] >= span[0] for each in _in_its_sentence(signs, span, Field.ELSEWHERE))
        if not before and not behind:
            return Finding(Hold.GO_ON, signs.text_of([span]), 0.5)
    return None


def _in_its_sentence(signs: Signs, span: Span, *fields: Field) -> list[Span]:
    number = signs.sentence(span)
    return [each for each in signs.of(*fields) if signs.sentence(each) == number]
