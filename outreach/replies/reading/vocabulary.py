"""All packs compiled into one tree of words, walked once along a text."""

from __future__ import annotations

import gc
import sys
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import NamedTuple

from outreach.replies.reading.packs import Field, packs
from outreach.replies.reading.scripts import sounds
from outreach.replies.reading.slips import Slips
from outreach.replies.reading.tree import Tree
from outreach.replies.reading.words import Words

_SURE_STEM = 5


class Hit(NamedTuple):
    """A phrase of a pack met in a text: the words from `start` up to, not with, `end`."""

    language: str
    field: Field
    start: int
    end: int


# Half the time of `Hit(...)`, and a text has a hundred of them.
_hit = partial(tuple.__new__, Hit)


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """`known`: every word of every pack. `slips`: of words in a text, and of one word alone."""

    tree: Tree[tuple[str, Field]]
    known: frozenset[str]
    slips: Slips
    keyword_slips: Slips

    def hits(self, words: Words) -> list[Hit]:
        """Every phrase of every pack that occurs in the text, in its order."""
        is_alone = len(words) == 1
        spellings = tuple(self._corrected(each, is_alone=is_alone) for each in words.spellings)
        met = self.tree.met(Words(spellings, words.sentences, words.parts))
        return [_hit((language, kind, at, end)) for (language, kind), at, end in met]

    @lru_cache(maxsize=8192)  # noqa: B019  # there is one vocabulary, for as long as the process
    def _corrected(self, spellings: tuple[str, ...], *, is_alone: bool) -> tuple[str, ...]:
        """A word, where it is unknown also as it may have been meant, and as it sounds."""
        sounding = sounds(spellings[0])
        if self._is_known_alone(spellings) if is_alone else self.knows(spellings):
            return (*spellings, *sounding)
        slips = self.keyword_slips if is_alone else self.slips
        plain = _without_umlaut_pairs(spellings[0])
        typed = dict.fromkeys((spellings[0], spellings[-1]))
        meant = (each for word in typed for each in slips.meant(word, is_alone=is_alone))
        return (*spellings, *plain, *meant, *sounding)

    @lru_cache(maxsize=8192)  # noqa: B019
    def knows(self, spellings: tuple[str, ...]) -> bool:
        """Whether a pack has the word anywhere: then it is no slip ("playing" for "paying")."""
        return any(each in self.known or self.tree.knows(each) for each in spellings)

    def _is_known_alone(self, spellings: tuple[str, ...]) -> bool:
        """The same for a message of one word, where a short stem proves little."""
        return any(
            each in self.known or self.tree.knows(each, shortest_stem=_SURE_STEM)
            for each in spellings
        )


def _without_umlaut_pairs(word: str) -> tuple[str, ...]:
    """ "aufhoeren" as "aufhoren", which is how "aufhören" is compared."""
    plain = word.replace("ae", "a").replace("oe", "o").replace("ue", "u").replace("aa", "a")
    return (plain,) if plain != word else ()


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

# Understood only as it is written: in rough spellings each slip would be another word's.
_READ_AS = {Field.STOP_LATIN: Field.STOP}


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
    tree: Tree[tuple[str, Field]] = Tree()
    known: set[str] = set()
    meant: set[str] = set()
    keywords: set[str] = set()
    for pack in packs().values():
        for kind, phrases in pack.phrases.items():
            shortest = _CORRECTED.get(kind, sys.maxsize)
            for phrase in phrases:
                words = tree.add(phrase, (pack.language, _READ_AS.get(kind, kind)))
                known.update(words)
                meant.update(word for word in words if len(word) >= shortest)
                if kind is Field.STOP and len(words) == 1:
                    keywords.update(words)
    return Vocabulary(
        tree,
        frozenset(known),
        Slips(meant, shortest=5),
        Slips(keywords, shortest=4),
    )


def has_unknown_word(words: Words) -> bool:
    """Whether one of the words, figures aside, is in no pack."""
    known = vocabulary().known
    return any(known.isdisjoint(each) and not each[0].isdecimal() for each in words.spellings)
