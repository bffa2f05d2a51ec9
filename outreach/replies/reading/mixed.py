"""A stop in one language and something else in English: neither the packs of the one nor the
English weights look at the whole of such a reply."""

from __future__ import annotations

from collections.abc import Iterator

from outreach.replies.reading.beside import (
    ASKING,
    SHORT,
    beside_the_stop,
    languages_asking,
    opinion_of_rest,
    ruled,
    second_opinion,
    without,
)
from outreach.replies.reading.holds import Hold
from outreach.replies.reading.opinion import LANGUAGE, Asked, knows
from outreach.replies.reading.opt_out import Finding
from outreach.replies.reading.signs import Signs

# From which weight on English words, read alone, may tell of harm.
_HARM = 0.4
_PERHAPS_HARM, _PERHAPS_HARM_OF_A_SHORT = -0.8, -1.1
_FEWEST_WORDS = 3
_GRAVE = frozenset({"one harm", "one menace", "one bare"})


def harm_in_english(signs: Signs) -> Finding | None:
    """A part in English that tells of harm, in a text that is not English: "Darme de baja. he wont
    let me stop"."""
    return None if second_opinion(signs) is not None else _harm_of_a_part(signs)


def _harm_of_a_part(signs: Signs) -> Finding | None:
    for part in _parts(signs):
        view = opinion_of_rest(part) if part.best_language == LANGUAGE else None
        if view is not None and view.harm >= _HARM:
            return Finding(Hold.OTHER_KIND, view.finding(Asked.HARM).matched, 0.5)
    return None


def _parts(signs: Signs) -> Iterator[Signs]:
    """Each sentence alone, and the English words alone, where that is not the whole."""
    sentences = signs.words.sentences
    numbers = sorted(set(sentences))
    if len(numbers) > 1:
        for number in numbers:
            others = [(at, at + 1) for at, each in enumerate(sentences) if each != number]
            yield without(signs, others)
    unknown = [(at, at + 1) for at, each in enumerate(signs.words.spellings) if not knows(each[0])]
    if unknown and len(signs.words) - len(unknown) >= _FEWEST_WORDS:
        yield without(signs, unknown)


def may_tell_in_english(signs: Signs) -> bool:
    """Whether English words beside a stop may tell of harm, where no rule has seen the stop: in
    part, beside another language, or so few that they may begin anything ("i cut again")."""
    return _harm_of_a_part(signs) is not None or _is_grave_beside_the_stop(signs)


def _is_grave_beside_the_stop(signs: Signs) -> bool:
    rest = beside_the_stop(signs)
    view = None if rest is None else opinion_of_rest(rest)
    if rest is None or view is None:
        return False
    if ruled(rest).distress is not None or view.harm >= _HARM:
        return True
    names_harm = not _GRAVE.isdisjoint(view.found)
    if languages_asking(signs) and not _asks_in_english(signs):
        return names_harm or view.harm >= _PERHAPS_HARM
    return names_harm and not SHORT.isdisjoint(view.found) and view.harm >= _PERHAPS_HARM_OF_A_SHORT


def _asks_in_english(signs: Signs) -> bool:
    return any(hit.language == LANGUAGE and hit.field in ASKING for hit in signs.all_hits)
