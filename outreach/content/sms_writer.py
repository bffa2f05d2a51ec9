"""Writing one text message."""

from __future__ import annotations

from dataclasses import dataclass

from outreach.content.bidi import begun_from_the_right, kept_in_order
from outreach.content.context import require_help, run, seen_by_template
from outreach.content.language import direction_of
from outreach.content.messages import SmsText
from outreach.content.sandbox import Piece, Printer
from outreach.content.segments import count_segments, normalise_sms
from outreach.content.slots import text_of
from outreach.content.values import Values
from outreach.core.errors import CannotRender

# Twilio refuses a body of more than 1,600 characters (error 21617): ten parts.
MOST_SEGMENTS = 10


@dataclass(frozen=True)
class SmsTemplate:
    language: str
    body: Piece
    help_optional: bool


def write_sms(template: SmsTemplate, values: Values) -> SmsText:
    """The finished text for one recipient. Raises CannotRender for a missing value."""
    where = template.body.where
    if not template.help_optional:
        require_help(values, where)
    seen = seen_by_template(values, template.language)
    if direction_of(template.language) == "rtl":
        text = begun_from_the_right(normalise_sms(run(template.body, seen, _ordered_printer)))
    else:
        text = normalise_sms(run(template.body, seen, _plain_printer))
    count = count_segments(text)
    if not 0 < count.segments <= MOST_SEGMENTS:
        message = f"The text takes {count.segments} parts; 1 to {MOST_SEGMENTS} can be sent."
        raise CannotRender(message, where=where)
    return SmsText(text, count.encoding, count.segments, count.outside_gsm)


def _plain_printer(where: str) -> Printer:
    """Plain text has nothing to escape: values are printed as they are."""

    def put(value: object, _path: str, label: str, line: int) -> str:
        return text_of(value, label, f"{where}:{line}")

    return put


def _ordered_printer(where: str) -> Printer:
    """For a text from right to left."""
    plain = _plain_printer(where)

    def put(value: object, path: str, label: str, line: int) -> str:
        return kept_in_order(plain(value, path, label, line))

    return put
