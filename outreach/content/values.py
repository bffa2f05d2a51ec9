"""What a message may say about its reader: the closed set of values.

Owns the records that a caller fills in for one recipient. Refuses everything else:
a template sees these fields and nothing that hangs on them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from outreach.content.help_directory import HelpLines

# Controls, line ends and lone surrogates would break a header or an encoder; the
# direction overrides would let a name turn the text around it.
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


def clean_values(values: Values) -> Values:
    """The same values with every text cleaned; text that is empty then counts as missing."""
    return replace(
        values,
        recipient=Recipient(_optional(values.recipient.name)),
        school=SchoolValues(_optional(values.school.name), clean_text(values.school.country)),
        organisation=replace(values.organisation, name=clean_text(values.organisation.name)),
        links=Links(
            _optional(values.links.stop),
            _optional(values.links.preferences),
            _optional(values.links.advice),
            _optional(values.links.genuine),
            _optional(values.links.confirm),
            _optional(values.links.own_data),
            _optional(values.links.page),
            _optional(values.links.answer),
        ),
        sms=SmsValues(_optional(values.sms.stop_line)),
        consent=ConsentValues(
            _optional(values.consent.wording), _optional(values.consent.given_on)
        ),
        stopped=StopValues(_optional(values.stopped.topic)),
        message=replace(values.message, code=_optional(values.message.code)),
    )


def _optional(text: str | None) -> str | None:
    return clean_text(text) or None if text is not None else None
