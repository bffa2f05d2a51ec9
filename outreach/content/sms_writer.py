"""Writing one text message."""

from __future__ import annotations

from dataclasses import dataclass, field

from outreach.content.bidi import begun_from_the_right, kept_in_order
from outreach.content.context import Room, require_help, run, seen_by_template
from outreach.content.language import direction_of
from outreach.content.messages import SmsText
from outreach.content.sandbox import Piece, Printer
from outreach.content.segments import MOST_PARTS, count_segments, in_gsm_letters, normalise_sms
from outreach.content.slots import text_of
from outreach.content.values import Values
from outreach.core.errors import CannotRender

# Twilio refuses a body of more than 1,600 characters (error 21617): ten parts.
MOST_SEGMENTS = 10
_SCHOOL_NAME, _HELP_LINE, _HAS_ROOM = "school.name", "help.sms_line", "sms.has_room"
# A control character, of which every value is cleaned; no file has this one either.
_NAME = "\x1a"


@dataclass(frozen=True)
class SmsTemplate:
    language: str
    body: Piece
    help_optional: bool


@dataclass(frozen=True)
class _Drafted:
    """A text that lacks the name of the school. `named_in`: the first place that prints the
    name, "" where none does. `is_plain`: it is in the carriers' alphabet."""

    text: str
    named_in: str
    is_plain: bool


@dataclass(frozen=True)
class SmsDraft:
    """A text that lacks the name of the school, so that a thousand schools take one render.

    Where the full text would take too many parts it says less: see `Room`. The shorter ones are
    made when a school needs them.
    """

    template: SmsTemplate
    values: Values
    _drafted: dict[Room, _Drafted] = field(default_factory=dict, compare=False, repr=False)

    def for_school(self, name: str | None) -> SmsText:
        """The finished text: the fullest that keeps to its parts, or else the shortest.

        Raises CannotRender for a missing name, and for a text too long to be sent.
        """
        text = self.said(Room.AMPLE, name)
        if not _fits(text):
            text = self._shorter(text, name)
        if not 0 < text.segments <= MOST_SEGMENTS:
            message = f"The text takes {text.segments} parts; 1 to {MOST_SEGMENTS} can be sent."
            raise CannotRender(message, where=self.template.body.where)
        return text

    def _shorter(self, full: SmsText, name: str | None) -> SmsText:
        """Tries one length after the other, because each costs a render."""
        fewest = full
        for room in rooms_of(self.template)[1:]:
            text = self.said(room, name)
            if _fits(text):
                return text
            fewest = min(fewest, text, key=lambda each: each.segments)
        return fewest

    def room_for(self, name: str | None) -> Room:
        """How much of the template the text of a school of that name says."""
        text = self.for_school(name)
        rooms = rooms_of(self.template)
        return next((each for each in rooms if self.said(each, name) == text), Room.AMPLE)

    def said(self, room: Room, name: str | None) -> SmsText:
        """The text that says so much, however long it is. Raises CannotRender."""
        if room not in self._drafted:
            self._drafted[room] = _drafted(self.template, self.values, room)
        drafted = self._drafted[room]
        text = drafted.text
        if drafted.named_in:
            printed = self._printed(name, drafted.named_in)
            # One letter of a name would more than double what the text costs.
            text = text.replace(_NAME, in_gsm_letters(printed) if drafted.is_plain else printed)
        text = normalise_sms(text)
        if direction_of(self.template.language) == "rtl":
            text = begun_from_the_right(text)
        count = count_segments(text)
        shortened = room is not Room.AMPLE
        return SmsText(text, count.encoding, count.segments, count.outside_gsm, shortened)

    def _printed(self, name: str | None, named_in: str) -> str:
        printed = text_of(name, _SCHOOL_NAME, named_in)
        return kept_in_order(printed) if _is_from_the_right(self.template) else printed


def rooms_of(template: SmsTemplate) -> tuple[Room, ...]:
    """The lengths in which a template can be written, the fullest first."""
    used = template.body.usage.every()
    return tuple(
        room
        for room in Room
        if (room.has_names or _HELP_LINE in used) and (not room.is_scarce or _HAS_ROOM in used)
    )


def write_sms(template: SmsTemplate, values: Values) -> SmsText:
    """The finished text for one recipient. Raises CannotRender for a missing value."""
    return draft_sms(template, values).for_school(values.school.name)


def draft_sms(template: SmsTemplate, values: Values) -> SmsDraft:
    """The text for a reader like `values`, at whatever school of that country.

    Where the template does more with the name of the school than print it, the draft is for that
    school alone: see `Usage.only_printed`. Raises CannotRender for a missing value.
    """
    if not template.help_optional:
        require_help(values, template.body.where)
    draft = SmsDraft(template, values)
    draft._drafted[Room.AMPLE] = _drafted(template, values, Room.AMPLE)
    return draft


def _drafted(template: SmsTemplate, values: Values, room: Room) -> _Drafted:
    printer = _SmsPrinter(
        keeps_name=template.body.usage.only_printed(_SCHOOL_NAME),
        is_from_the_right=_is_from_the_right(template),
    )
    seen = seen_by_template(values, template.language, room)
    text = run(template.body, seen, printer.of_file)
    rest = count_segments(normalise_sms(text.replace(_NAME, "")))
    return _Drafted(text, printer.named_in, rest.encoding == "GSM-7")


def _fits(text: SmsText) -> bool:
    return text.segments <= MOST_PARTS[text.encoding]


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
