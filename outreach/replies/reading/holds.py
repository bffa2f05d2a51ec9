"""Why a reply is held for a person: the names of the rules that do so."""

from __future__ import annotations

from enum import StrEnum


class Hold(StrEnum):
    """Each is shown to the person who decides (`outreach.web.rule_words`). With `ALL_WORDS` and
    `SECOND_OPINION` a stop is obeyed too, where the action says so."""

    CRY = "a cry of few words"
    PERHAPS = "perhaps harm"
    ALL_WORDS = "all words together"
    MISTYPED_WORD = "a stop beside a mistyped word of harm"
    MISTYPED_WORDS = "a stop beside mistyped words of harm"
    LETTERS = "a stop beside letters of harm"
    OTHER_WORDS = "a stop beside other words"
    OTHER_KIND = "a stop beside words of another kind"
    CHILD = "a stop beside a child and no reason"
    GO_ON = "a stop beside a wish to go on"
    OPENS = "opens with a stop"
    UNCLEAR_WHOM = "words of stopping, unclear whom"
    IN_DOUBT = "in doubt"
    SECOND_OPINION = "second opinion"
    POINTLESS = "messages reach nobody here"
    UNKNOWN_LANGUAGE = "a language that we do not know"
    NOT_READ = "our reader failed"


# They say that somebody may be in distress, and not that words are wanting.
MAY_TELL_OF_HARM = frozenset(
    {
        *(Hold.CRY, Hold.PERHAPS, Hold.ALL_WORDS, Hold.MISTYPED_WORD, Hold.MISTYPED_WORDS),
        *(Hold.LETTERS, Hold.OTHER_WORDS, Hold.OTHER_KIND, Hold.CHILD, Hold.NOT_READ),
    }
)
