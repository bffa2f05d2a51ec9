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
_SCHOOL_NAME = "school.name"
# A control character, of which every value is cleaned; no file has this one either.
_NAME = "\x1a"


@dataclass(frozen=True)
class SmsTemplate:
    language: str
    body: Piece
    help_optional: bool


@dataclass(frozen=True)
class SmsDraft:
    """A text that lacks the name of the school, so that a thousand schools take one render.

    `named_in`: the first place that prints the name, "" where none does.
    """

    template: SmsTemplate
    text: str
    named_in: str

    def for_school(self, name: str | None) -> SmsText:
        """The finished text. Raises CannotRender for a missing name, and for one too long."""
        text = self.text
        if self.named_in:
            text = text.replace(_NAME, self._printed(name))
        text = normalise_sms(text)
        if direction_of(self.template.language) == "rtl":
            text = begun_from_the_right(text)
        return _counted(text, self.template.body.where)

    def _printed(self, name: str | None) -> str:
        printed = text_of(name, _SCHOOL_NAME, self.named_in)
        return kept_in_order(printed) if _is_from_the_right(self.template) else printed


def write_sms(template: SmsTemplate, values: Values) -> SmsText:
    """The finished text for one recipient. Raises CannotRender for a missing value."""
    return draft_sms(template, values).for_school(values.school.name)


def draft_sms(template: SmsTemplate, values: Values) -> SmsDraft:
    """The text for a reader like `values`, at whatever school of that country.

    Where the template does more with the name of the school than print it, the draft is for that
    school alone: see `Usage.only_printed`. Raises CannotRender for a missing value.
    """
    where = template.body.where
    if not template.help_optional:
        require_help(values, where)
    printer = _SmsPrinter(
        keeps_name=template.body.usage.only_printed(_SCHOOL_NAME),
        is_from_the_right=_is_from_the_right(template),
    )
    text = run(template.body, seen_by_template(values, template.language), printer.of_file)
    return SmsDraft(template, text, printer.named_in)


def _counted(text: str, where: str) -> SmsText:
    count = count_segments(text)
    if not 0 < count.segments <= MOST_SEGMENTS:
        message = f"The text takes {count.segments} parts; 1 to {MOST_SEGMENTS} can be sent."
        raise CannotRender(message, where=where)
    return SmsText(text, count.encoding, count.segments, count.outside_gsm)


def _is_from_the_right(template: SmsTemplate) -> bool:
    return direction_of(template.language) == "rtl"


@dataclass
class _SmsPrinter:
    """Plain text has nothing to escape: values are printed as they are, the school's name as a
    mark where `keeps_name`."""

    keeps_name: bool
    is_from_the_right: bool
    named_in: str = ""

    def of_file(self, where: str) -> Printer:
        def put(value: object, path: str, label: str, line: int) -> str:
            if self.keeps_name and path == _SCHOOL_NAME:
                self.named_in = self.named_in or f"{where}:{line}"
                return _NAME
            printed = text_of(value, label, f"{where}:{line}")
            return kept_in_order(printed) if self.is_from_the_right else printed

        return put
