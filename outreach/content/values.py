"""What a message may say about its reader: the closed set of values.

Owns the records that a caller fills in for one recipient. Refuses everything else:
a template sees these fields and nothing that hangs on them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from outreach.content.help_directory import HelpLines

# Controls, line ends and lone surrogates would break a header or an encoder; the
# direction overrides would let a name turn the text around it.
_PRINTABLE = bytes(range(ord(" "), 0x7F))
_NOT_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class Recipient:
    """`name`: as the person wrote it, None when we do not know it."""

    name: str | None = None


@dataclass(frozen=True)
class SchoolValues:
    """`country`: ISO 3166 alpha-2; decides which help lines are shown.

    `name` is None in a notice that is about no one school.
    """

    name: str | None
    country: str


@dataclass(frozen=True)
class OrganisationValues:
    """`reads_now`: whether a person reads replies at the moment of writing."""

    name: str
    reads_now: bool = False


@dataclass(frozen=True)
class Links:
    """Full https addresses. `advice` and `genuine` carry no person's token; `preferences` is
    for email; `confirm` and `own_data` are for the notices that carry them alone,
    `page` (a page of ours for the reader to open) for those to staff. `answer`: the page of one
    message's question, or where its reader says that they read it."""

    stop: str | None = None
    preferences: str | None = None
    advice: str | None = None
    genuine: str | None = None
    confirm: str | None = None
    own_data: str | None = None
    page: str | None = None
    answer: str | None = None


@dataclass(frozen=True)
class StepValues:
    """`number` of `total`, both from 1. `number` is None for a message that no one counts
    (a welcome, a reminder); `total` is then that of the series all the same."""

    number: int | None
    total: int


@dataclass(frozen=True)
class SmsValues:
    """`stop_line`: how to stop, in the reader's language ("Stop: reply STOP"). `has_room`: set by
    the writer, False where the full text would take too many parts."""

    stop_line: str | None = None
    has_room: bool = True


@dataclass(frozen=True)
class ConsentValues:
    """What a person agreed to, in a notice about it. `given_on`: the day, as the reader's
    language writes it."""

    wording: str | None = None
    given_on: str | None = None


@dataclass(frozen=True)
class StopValues:
    """What a stop ended, in the notice that confirms it. `topic`: its name in the reader's
    language; None: everything that came by this channel."""

    topic: str | None = None


@dataclass(frozen=True)
class MessageValues:
    """`code`: what a reader types in to ask whether the message is genuine. `can_reply`:
    whether an answer to it reaches us."""

    code: str | None = None
    can_reply: bool = False


@dataclass(frozen=True)
class Values:
    """All that one message may be made of. `help`: the lines of the school's country."""

    school: SchoolValues
    organisation: OrganisationValues
    help: HelpLines
    recipient: Recipient = Recipient()
    links: Links = Links()
    step: StepValues | None = None
    sms: SmsValues = SmsValues()
    consent: ConsentValues = ConsentValues()
    stopped: StopValues = StopValues()
    message: MessageValues = MessageValues()


def clean_text(text: str) -> str:
    """One line without control characters, runs of white space as one space.

    Text of which nothing can be seen (zero-width marks alone) is empty.
    """
    # Nearly every text is clean already, and there are a dozen for each of many recipients.
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip(" ")
    clean = " ".join(_NOT_TEXT.sub(" ", text).split())
    return clean if clean.isascii() or any(map(_can_be_seen, clean)) else ""


def _can_be_seen(character: str) -> bool:
    return unicodedata.category(character)[0] not in "CZ"


def are_clean(lines: Sequence[str]) -> bool:
    """Whether `clean_text` would give each back as it is, and none is empty; asked of all of them
    at once. False also where that would take a closer look."""
    text = "\n".join(lines)
    if not text.isascii() or text.encode().translate(None, _PRINTABLE) != b"\n" * (len(lines) - 1):
        return False
    framed = f"\n{text}\n"
    return not any(unclean in framed for unclean in ("\n\n", "\n ", " \n", "  "))


def _clean_organisation(values: OrganisationValues) -> OrganisationValues:
    return replace(values, name=clean_text(values.name))


def _clean_links(values: Links) -> Links:
    return Links(
        _optional(values.stop),
        _optional(values.preferences),
        _optional(values.advice),
        _optional(values.genuine),
        _optional(values.confirm),
        _optional(values.own_data),
        _optional(values.page),
        _optional(values.answer),
    )


_CLEANERS: Mapping[str, Callable[[Any], Any]] = {
    "recipient": lambda values: Recipient(_optional(values.name)),
    "school": lambda values: SchoolValues(_optional(values.name), clean_text(values.country)),
    "organisation": _clean_organisation,
    "links": _clean_links,
    "sms": lambda values: SmsValues(_optional(values.stop_line)),
    "consent": lambda values: ConsentValues(_optional(values.wording), _optional(values.given_on)),
    "stopped": lambda values: StopValues(_optional(values.topic)),
    "message": lambda values: replace(values, code=_optional(values.code)),
}


def clean_record(root: str, record: Any) -> Any:
    """One of the records of Values, its texts cleaned; text that is empty then counts as missing.

    `root`: which one, as Values has it.
    """
    cleaner = _CLEANERS.get(root)
    return cleaner(record) if cleaner else record


def _optional(text: str | None) -> str | None:
    return clean_text(text) or None if text is not None else None
