"""What a reply that asks us to stop would tell of with one slip of the finger undone.

"No more texts, i cant do thss anymore": the rules know the sentence, not what the finger made of
it. So before a stop counts, every word of it that nobody knows is read as the words that it is
one letter or one lost space away from, and what stands apart from the stop as the phrases of harm
that it nearly is. Where one of these readings tells of harm, a person decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from outreach.replies.reading import crisis, opt_out
from outreach.replies.reading.abroad import Heard, opinion_abroad
from outreach.replies.reading.beside import (
    beside_the_stop,
    opinion_of_rest,
    ruled,
    second_opinion,
    weighs_too_much,
)
from outreach.replies.reading.holds import Hold
from outreach.replies.reading.letters import script_of
from outreach.replies.reading.lexicon import (
    SHORTEST_PHRASE,
    SHORTEST_STEM,
    edges,
    in_any_order,
    lexicon,
)
from outreach.replies.reading.opinion import (
    LANGUAGE,
    is_english,
    is_met,
    opinion,
)
from outreach.replies.reading.opt_out import Finding
from outreach.replies.reading.packs import Field
from outreach.replies.reading.scripts import sounds
from outreach.replies.reading.signs import Signs, Span, overlaps
from outreach.replies.reading.slips import is_one_slip
from outreach.replies.reading.vocabulary import Hit, vocabulary
from outreach.replies.reading.words import Words

_TELLING = frozenset({Field.DANGER, Field.CRISIS, Field.HARM, Field.CRY})
_ASKING = (Field.STOP, Field.OPT_OUT, Field.NO_SEND)
# A text with more words that nobody knows is in a language or a spelling of its own.
_MOST_UNKNOWN = 6
_MOST_READINGS = 80
_MOST_WORDS = 60  # more of them tell without the one that was mistyped
_LONGEST = 24  # letters of a word
_MOST_WORDS_OF_PHRASE = 9
_SHORTEST_ALONE = 6  # of a word that tells of harm by itself: shorter ones are near to others
_SHORTEST_ANYWHERE = 7  # the same in a language that nothing else in the text is in
_SHORTEST_WORN = 7  # of a phrase with a word lost
_WORDS_OF_A_SENTENCE = 3  # from here on a phrase of harm is near though all words are known
_RISES = 0.3  # what a reading adds to the weight of the words beside a stop, at least
_HARM = 0.4  # from here on all words together speak of harm, as in `classify`
_CALM, _FEWEST_OF_CALM = -3.0, 6
_ENDINGS = ("s", "es", "ed", "ing", "er", "ly")
_SHORTEST_WITHOUT_ENDING = 4
_SHORTEST_MEANT = 2
_SHORTEST_MET = 4
# "Cud" and "wud" are how many write, and one letter from "cut" and "wed": of a word as short as
# these the reading has to be a phrase of harm, or weigh as much as words that speak of nobody.
_SHORTEST_WEIGHED = 5
_ENOUGH_OF_A_SHORT_ONE = 0.5


def nearly_told(signs: Signs) -> Finding | None:
    """The harm that a text with a stop would tell of with one slip undone."""
    rest = beside_the_stop(signs)
    if rest is None:
        return None
    if near := _near_a_phrase(signs):
        return Finding(Hold.MISTYPED_WORDS, signs.text_of([near]), 0.5)
    judge = _Judge(signs, rest, is_english(signs))
    for meant, at, reading in _readings(signs):
        if judge.tells(reading, (at, at + len(meant))):
            return Finding(Hold.MISTYPED_WORDS, (signs.words.spellings[at][0], *meant), 0.5)
    return None


@dataclass(frozen=True)
class _Judge:
    """Whether a reading of `signs` tells of harm. `rest`: what stands beside its stop."""

    signs: Signs
    rest: Signs
    is_english: bool

    def tells(self, reading: Signs, meant: Span) -> bool:
        """`meant`: where the words are that were read anew."""
        if any(self._is_told(hit, reading, meant) for hit in reading.all_hits):
            return True
        rest = beside_the_stop(reading)
        if rest is None:
            return False
        if reading.best_language == LANGUAGE:
            return self.is_english and self._weighs(reading, rest, meant)
        return self._is_whole(reading, meant) and _is_told_abroad(reading, rest)

    def _is_whole(self, reading: Signs, meant: Span) -> bool:
        """Whether the reading stands for itself: of a short word, and of two that one was taken
        apart into ("ditta", "dit a"), a phrase has to go over all."""
        is_one = meant[1] - meant[0] == 1
        if self._longest(reading, meant) >= (_SHORTEST_WEIGHED if is_one else _SHORTEST_ALONE):
            return True
        hits = [hit for hit in reading.all_hits if hit.language in self.signs.languages]
        return not is_one and any(hit.start <= meant[0] and meant[1] <= hit.end for hit in hits)

    def _longest(self, reading: Signs, meant: Span) -> int:
        return max(len(each[0]) for each in reading.words.spellings[slice(*meant)])

    def _is_told(self, hit: Hit, reading: Signs, meant: Span) -> bool:
        """Whether a phrase of harm goes over the words, or is one long word of the language."""
        if hit.field not in _TELLING or not overlaps((hit.start, hit.end), meant):
            return False
        if hit in self.signs.all_hits:
            return False  # nothing new: the rules have seen it
        if hit.end - hit.start > 1:
            return True
        length = len(reading.words.spellings[hit.start][0])
        near = self.signs.languages | self.rest.languages
        is_near = hit.language in near or not self.rest.covered
        return length >= (_SHORTEST_ALONE if is_near else _SHORTEST_ANYWHERE)

    def _weighs(self, reading: Signs, rest: Signs, meant: Span) -> bool:
        before, view = opinion_of_rest(self.rest), opinion_of_rest(rest)
        is_short = self._longest(reading, meant) < _SHORTEST_WEIGHED
        if view is None or (is_short and view.beside < _ENOUGH_OF_A_SHORT_ONE):
            return False
        if weighs_too_much(view) and (before is None or view.beside > before.beside + _RISES):
            return True
        whole = opinion(reading, ruled(reading).names)
        return whole is not None and whole.harm >= _HARM


def _is_told_abroad(reading: Signs, rest: Signs) -> bool:
    told = crisis.distress(reading)
    if told is not None and told.rule == crisis.SIGNS:
        return True
    told = opinion_abroad(Heard(rest), beside_a_stop=False)
    return told is not None and told.rule != Hold.PERHAPS


def _readings(signs: Signs) -> Iterator[tuple[tuple[str, ...], int, Signs]]:
    """The text with one of its unknown words as it may have been meant, and where."""
    unknown = [at for at, each in enumerate(signs.words.spellings) if _is_unknown(each)]
    if len(unknown) > _MOST_UNKNOWN or len(signs.words) > _MOST_WORDS:
        return
    found = ((at, meant) for at in unknown for meant in _meant(signs.words.spellings[at][0]))
    for (at, meant), _ in zip(found, range(_MOST_READINGS), strict=False):
        words = _with(signs.words, at, meant)
        yield meant, at, Signs(words, tuple(vocabulary().hits(words)), signs.hint)


def _with(words: Words, at: int, meant: tuple[str, ...]) -> Words:
    def again(numbers: tuple[int, ...]) -> tuple[int, ...]:
        return (*numbers[:at], *([numbers[at]] * len(meant)), *numbers[at + 1 :])

    spellings = (*words.spellings[:at], *((each,) for each in meant), *words.spellings[at + 1 :])
    return Words(spellings, again(words.sentences), again(words.parts))


def _is_unknown(spellings: tuple[str, ...]) -> bool:
    word = spellings[0]
    if word.isdecimal() or not _SHORTEST_MEANT <= len(word) <= _LONGEST:
        return False
    known = vocabulary().known
    if any(each in known or is_met(each) for each in (*spellings, *sounds(word))):
        return False
    return not any(
        len(word) - len(ending) >= _SHORTEST_WITHOUT_ENDING and is_met(word.removesuffix(ending))
        for ending in _ENDINGS
        if word.endswith(ending)
    )


def _meant(word: str) -> Iterator[tuple[str, ...]]:
    """Two words with the space lost or mistyped, or one that is a slip away."""
    words, stems, starts = lexicon().words, lexicon().stems, lexicon().starts
    for at in range(_SHORTEST_MEANT, len(word) - 1):
        for rest in (word[at:], word[at + 1 :]):
            if all(each in words or _is_long_and_met(each) for each in (word[:at], rest)):
                yield word[:at], rest
    for typed in _slips(word):
        if len(typed) < _SHORTEST_MEANT:
            continue
        if typed in words or (typed[:SHORTEST_STEM] in starts and _goes_on(typed, word, stems)):
            yield (typed,)


def _goes_on(typed: str, word: str, stems: frozenset[str]) -> bool:
    """Whether `typed` begins with a stem that `word` does not begin with."""
    begins = (typed[:end] for end in range(SHORTEST_STEM, len(typed) + 1))
    return any(each in stems and not word.startswith(each) for each in begins)


def _is_long_and_met(word: str) -> bool:
    """Among the short words that the weights have met many are slips themselves."""
    return len(word) >= _SHORTEST_MET and is_met(word)


def _slips(word: str) -> Iterator[str]:
    """Every word at one slip from `word`, each once."""
    letters = lexicon().letters.get(script_of(word), "")
    found: dict[str, None] = {}
    for at in range(len(word) + 1):
        start, end = word[:at], word[at:]
        found |= dict.fromkeys(start + letter + end for letter in letters)
        if end:
            found |= dict.fromkeys(start + letter + end[1:] for letter in ("", *letters))
            found[start + end[1:2] + end[:1] + end[2:]] = None
    found.pop(word, None)
    yield from found


def _near_a_phrase(signs: Signs) -> Span | None:
    """The words apart from the stop that are a phrase of harm but for one slip, or one word."""
    plain, cries = [each[0] for each in signs.words.spellings], lexicon().cries
    for start, end in _runs(signs):
        typed = "".join(plain[start:end])
        is_worn = len(typed) >= _SHORTEST_WORN and typed in lexicon().worn
        if is_worn or _is_reordered(plain[start:end]):
            return start, end
        is_sentence = end - start >= _WORDS_OF_A_SENTENCE
        is_sigh = typed in cries and _is_calm(signs)  # "im done", one letter from "i am done"
        for phrase in _near(typed):
            is_odd = any(map(_is_unknown, signs.words.spellings[start:end]))
            if is_odd or is_sentence or (phrase in cries and not is_sigh):
                return start, end
    return None


def _is_calm(signs: Signs) -> bool:
    """Whether the English weights are sure that nothing is told: "another one? I'm done"."""
    view = second_opinion(signs)
    return view is not None and view.harm < _CALM and len(signs.words) >= _FEWEST_OF_CALM


def _is_reordered(words: list[str]) -> bool:
    is_long = len(words) > 1 and sum(map(len, words)) >= SHORTEST_PHRASE
    return is_long and in_any_order(words) in lexicon().reordered


def _near(typed: str) -> Iterator[str]:
    return (
        phrase
        for length in range(len(typed) - 1, len(typed) + 2)
        for edge in edges(typed)
        for phrase in lexicon().phrases.get((edge, length), ())
        if is_one_slip(typed, phrase)
    )


def _runs(signs: Signs) -> Iterator[Span]:
    """The sentences, the parts of them, and the stretches before and after a stop, each with and
    without the small word that it begins with; none that holds a stop, or nothing but words about
    one."""
    asked = signs.of_any_language(*_ASKING)
    ends = {0, len(signs.words)} | {at for span in asked for at in span}
    ends |= _breaks(signs.words.parts)
    about = signs.of(*opt_out.AROUND, Field.NO_WANT, Field.REMOVE)
    covered = {at for start, end in about for at in range(start, end)}
    for start in sorted(ends):
        for end in ends.intersection(range(start + 1, start + _MOST_WORDS_OF_PHRASE + 1)):
            is_about = covered.issuperset(range(start, end))
            if is_about or any(start <= span[0] and span[1] <= end for span in asked):
                continue
            yield start, end
            yield start + 1, end


def _breaks(numbers: tuple[int, ...]) -> set[int]:
    return {at for at in range(1, len(numbers)) if numbers[at] != numbers[at - 1]}
