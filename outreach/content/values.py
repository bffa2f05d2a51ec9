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
    name: str


@dataclass(frozen=True)
class Links:
    """Full https addresses. `advice` carries no person's token; `preferences` is for email."""

    stop: str | None = None
    preferences: str | None = None
    advice: str | None = None


@dataclass(frozen=True)
class StepValues:
    """`number` of `total`, both from 1."""

    number: int
    total: int


@dataclass(frozen=True)
class SmsValues:
    """`stop_line`: how to stop, in the reader's language ("Stop: reply STOP")."""

    stop_line: str | None = None


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
        organisation=OrganisationValues(clean_text(values.organisation.name)),
        links=Links(
            _optional(values.links.stop),
            _optional(values.links.preferences),
            _optional(values.links.advice),
        ),
        sms=SmsValues(_optional(values.sms.stop_line)),
    )


def _optional(text: str | None) -> str | None:
    return clean_text(text) or None if text is not None else None
