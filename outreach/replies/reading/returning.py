"""Who wants the messages again: phrases of coming back, and what turns them round.

A refusal counts wherever it stands in its sentence: "do not sign me up again", "tekrar almak
istemiyorum". One that the phrase itself is made of does not: "I did not mean to stop".
"""

from __future__ import annotations

from outreach.replies.reading.packs import Field
from outreach.replies.reading.signs import Signs, Span, distance, overlaps
from outreach.replies.reading.vocabulary import vocabulary
from outreach.replies.reading.words import Words

_REFUSALS = (Field.NOT, Field.NO_WANT, Field.NO_SEND)
_NEAR = 2  # words between the phrase and a word of stopping that follows it


def wanted_again(signs: Signs) -> list[Span]:
    """The phrases of coming back that nothing in their sentence turns round."""
    phrases = signs.of(Field.BACK)
    if not phrases:
        return []
    refusals, doubts = (
        [each for each in signs.of(*fields) if not _is_own(signs, each, phrases)]
        for fields in (_REFUSALS, (Field.DOUBT,))
    )
    # What is stopped in the phrase was stopped by mistake.
    ends = [each for each in signs.of(Field.CEASE) if not any(overlaps(each, p) for p in phrases)]
    return [
        phrase
        for phrase in phrases
        if not any(_stands_before(signs, each, phrase) for each in (*refusals, *doubts, *ends))
        and not any(_follows(signs, each, phrase) for each in refusals)
        and not any(_follows(signs, each, phrase, at_most=_NEAR) for each in ends)
    ]


def _is_own(signs: Signs, words: Span, phrases: list[Span]) -> bool:
    """Whether these words are a part of what is said in one of the phrases."""
    return any(_is_of_the_phrase(signs, words, phrase) for phrase in phrases)


def _is_of_the_phrase(signs: Signs, refusal: Span, phrase: Span) -> bool:
    """Whether the phrase is none without these words. In "meld mich bitte nicht wieder an" it is
    one: there they stand in its gap."""
    (start, end), (first, last) = phrase, refusal
    if not (start <= first and last <= end):
        return False
    kept = [at for at in range(start, end) if not first <= at < last]
    words = signs.words
    rest = Words(
        tuple(words.spellings[at] for at in kept),
        tuple(words.sentences[at] for at in kept),
        tuple(words.parts[at] for at in kept),
    )
    return not any(
        hit.field is Field.BACK and (hit.start, hit.end) == (0, len(kept))
        for hit in vocabulary().hits(rest)
    )


def _stands_before(signs: Signs, refusal: Span, phrase: Span) -> bool:
    return refusal[0] < phrase[0] and signs.sentence(refusal) == signs.sentence(phrase)


def _follows(signs: Signs, refusal: Span, phrase: Span, at_most: int | None = None) -> bool:
    """In the phrase or after it, before the next comma: after one something else may be refused
    ("sign me up again, I don't want to miss anything")."""
    is_near = at_most is None or distance(phrase, refusal) <= at_most
    last = (phrase[1] - 1, phrase[1])
    is_same = signs.sentence(refusal) == signs.sentence(phrase)
    return (
        is_near and is_same and refusal[0] >= phrase[0] and signs.part(refusal) <= signs.part(last)
    )
