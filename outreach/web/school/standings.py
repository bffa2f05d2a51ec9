"""The words in which a school's pages say how a parent stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext, gettext_noop

from outreach.organisation.models import School
from outreach.subscriptions.school_parents import Standing, count_parents
from outreach.web.words import Badge, Tone

_WORDS: Mapping[Standing, tuple[str, str, Tone]] = {
    Standing.AGREED: (
        gettext_noop("Agreed"),
        gettext_noop("Gets our messages."),
        Tone.GOOD,
    ),
    Standing.INVITED: (
        gettext_noop("Asked"),
        gettext_noop("Was asked and has not said yes yet."),
        Tone.CALM,
    ),
    Standing.HELD: (
        gettext_noop("On hold"),
        gettext_noop("Wrote something that a person has to decide about first."),
        Tone.HALT,
    ),
    Standing.STOPPED: (
        gettext_noop("Stopped"),
        gettext_noop("Said stop, or the address does not work. Only they can start it again."),
        Tone.BAD,
    ),
    Standing.ENDED: (
        gettext_noop("Ended"),
        gettext_noop("Had agreed, and that has ended. A newer form renews it."),
        Tone.ASK,
    ),
    Standing.NOT_ASKED: (
        gettext_noop("Not agreed"),
        gettext_noop("Has not agreed, so nothing goes there."),
        Tone.CALM,
    ),
    Standing.NO_ADDRESS: (
        gettext_noop("No address"),
        gettext_noop("We have no email address and no mobile number."),
        Tone.CALM,
    ),
}


@dataclass(frozen=True)
class StandingLine:
    """How many parents stand so."""

    badge: Badge
    number: int
    meaning: str


def standing_badge(standing: Standing) -> Badge:
    words, _, tone = _WORDS[standing]
    return Badge(gettext(words), tone)


def standing_lines(school: School) -> list[StandingLine]:
    """The parents of a school in numbers, the best first."""
    return [
        StandingLine(standing_badge(each), number, gettext(_WORDS[each][1]))
        for each, number in count_parents(school).items()
    ]
