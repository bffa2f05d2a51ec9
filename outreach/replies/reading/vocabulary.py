"""All packs compiled into one tree of words, walked once along a text.

The tree looks at each word once and at most three further words for each gap, so the time
grows with the length of the text and with nothing else: no expression can run away.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache

from outreach.replies.reading.packs import Field, packs
from outreach.replies.reading.scripts import GAP, sounds
from outreach.replies.reading.slips import Slips
from outreach.replies.reading.words import Words, split

MOST_WORDS_BETWEEN = 3
# In scripts where a word of ours is one character.
MOST_CHARACTERS_BETWEEN = 7
_SHORTEST_STEM = 2
_SURE_STEM = 5


@dataclass(slots=True)
class _Node:
    exact: dict[str, _Node] = field(default_factory=dict)
    stems: dict[str, _Node] = field(default_factory=dict)
    gap: _Node | None = None
    ends: list[tuple[str, Field]] = field(default_factory=list)


@dataclass(frozen=True)
class Hit:
    """A phrase of a pack met in a text: the words from `start` up to, not with, `end`."""

    language: str
    field: Field
    start: int
    end: int


@dataclass(frozen=True)
class Vocabulary:
    """`known`: every word of every pack. `slips`: of words in a text, and of one word alone."""

    root: _Node
    known: frozenset[str]
    slips: Slips
    keyword_slips: Slips

    def hits(self, words: Words) -> list[Hit]:
        """Every phrase of every pack that occurs in the text, in its order."""
        corrected = self._with_corrections(words)
        found: list[Hit] = []
        for start in range(len(words)):
            ends = dict.fromkeys(_walk(self.root, corrected, start))
            found.extend(Hit(language, kind, start, end) for (language, kind), end in ends)
        return found

    def _with_corrections(self, words: Words) -> Words:
        """Unknown words as they may have been meant, and every word as it sounds."""
        alone = len(words) == 1
        slips = self.keyword_slips if alone else self.slips
        spellings = tuple(
            (*self._corrected(each, slips, is_alone=alone), *sounds(each[0]))
            for each in words.spellings
        )
        return Words(spellings, words.sentences, words.parts)

    def _corrected(
        self, spellings: tuple[str, ...], slips: Slips, *, is_alone: bool
    ) -> tuple[str, ...]:
        if self._is_known_alone(spellings) if is_alone else self._knows(spellings):
            return spellings
        plain = _without_umlaut_pairs(spellings[0])
        typed = dict.fromkeys((spellings[0], spellings[-1]))
        meant = (each for word in typed for each in slips.meant(word, is_alone=is_alone))
        return (*spellings, *plain, *meant)

    def _knows(self, spellings: tuple[str, ...]) -> bool:
        """Whether a pack has the word anywhere: then it is no slip ("playing" for "paying")."""
        return any(
            each in self.known or any(True for _ in _next(self.root, each)) for each in spellings
        )

    def _is_known_alone(self, spellings: tuple[str, ...]) -> bool:
        """The same for a message of one word, where a short stem proves little."""
        return any(
            each in self.known
            or any(each[:end] in self.root.stems for end in range(_SURE_STEM, len(each) + 1))
            for each in spellings
        )


def _without_umlaut_pairs(word: str) -> tuple[str, ...]:
    """ "aufhoeren" as "aufhoren", which is how "aufhören" is compared."""
    plain = word.replace("ae", "a").replace("oe", "o").replace("ue", "u").replace("aa", "a")
    return (plain,) if plain != word else ()


def _next(node: _Node, word: str) -> Iterator[_Node]:
    if (found := node.exact.get(word)) is not None:
        yield found
    if node.stems:
        for length in range(_SHORTEST_STEM, len(word) + 1):
            if (found := node.stems.get(word[:length])) is not None:
                yield found


def _walk(node: _Node, words: Words, at: int) -> Iterator[tuple[tuple[str, Field], int]]:
    for end in node.ends:
        yield end, at
    if at >= len(words):
        return
    for spelling in words.spellings[at]:
        for following in _next(node, spelling):
            yield from _walk(following, words, at + 1)
    if node.gap is not None:
        short = len(words.spellings[at][0]) == 1
        most = MOST_CHARACTERS_BETWEEN if short else MOST_WORDS_BETWEEN
        for skipped in range(min(most, len(words) - at - 1) + 1):
            if words.sentences[at + skipped] != words.sentences[at - 1]:
                break
            yield from _walk(node.gap, words, at + skipped)


# Fields in which a slip of the finger is worth understanding, and from how many letters on.
# Short words of harm are too near to others: the Polish "siedzi" sits, "śledzi" follows.
_CORRECTED = {
    Field.STOP: 5,
    Field.CEASE: 5,
    Field.MESSAGE: 5,
    Field.REMOVE: 5,
    Field.OPT_OUT: 5,
    Field.HARM: 7,
    Field.CRISIS: 7,
}


@cache
def vocabulary() -> Vocabulary:
    """Compiled once for the process."""
    was_collecting = gc.isenabled()
    gc.disable()  # a hundred thousand nodes and no rubbish: a quarter of the time
    try:
        return _compiled()
    finally:
        gc.freeze()  # they stay: a later look at all of them would hold one reply for 0.5 s
        if was_collecting:
            gc.enable()


def _compiled() -> Vocabulary:
    root = _Node()
    known: set[str] = set()
    meant: set[str] = set()
    keywords: set[str] = set()
    for pack in packs().values():
        for kind, phrases in pack.phrases.items():
            shortest = _CORRECTED.get(kind, sys.maxsize)
            for phrase in phrases:
                words = _add(root, phrase, (pack.language, kind))
                known.update(words)
                meant.update(word for word in words if len(word) >= shortest)
                if kind is Field.STOP and len(words) == 1:
                    keywords.update(words)
    return Vocabulary(root, frozenset(known), Slips(meant, shortest=5), Slips(keywords, shortest=4))


def has_unknown_word(words: Words) -> bool:
    """Whether one of the words, figures aside, is in no pack."""
    known = vocabulary().known
    return any(known.isdisjoint(each) and not each[0].isdecimal() for each in words.spellings)


def _add(root: _Node, phrase: str, end: tuple[str, Field]) -> list[str]:
    """Writes one phrase into the tree; returns its words."""
    node, plain = root, []
    for element in _elements(phrase):
        if element == GAP:
            node.gap = node.gap or _Node()
            node = node.gap
            continue
        is_stem = element.endswith("*")
        word = element.removesuffix("*")
        node = (node.stems if is_stem else node.exact).setdefault(word, _Node())
        plain.append(word)
    if plain:
        node.ends.append(end)
    return plain


def _elements(phrase: str) -> Iterator[str]:
    for part in phrase.split():
        yield from (GAP,) if part == GAP else _written(part)


@lru_cache(maxsize=65_536)  # the expanded phrases repeat their words, some a thousand times
def _written(part: str) -> tuple[str, ...]:
    """The words of a phrase's part, the last with its `*`."""
    words = [spellings[0] for spellings in split(part.removesuffix("*")).spellings]
    # A word of one character is a whole word in its script: a stem means nothing.
    is_stem = part.endswith("*") and words and len(words[-1]) > 1
    return (*words[:-1], words[-1] + "*") if is_stem else tuple(words)
