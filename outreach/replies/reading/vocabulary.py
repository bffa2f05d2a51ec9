"""All packs compiled into one tree of words, walked once along a text.

The tree looks at each word once and at most three further words for each gap, so the time
grows with the length of the text and with nothing else: no expression can run away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from outreach.replies.reading.packs import GAP, Field, packs
from outreach.replies.reading.slips import Slips
from outreach.replies.reading.words import Words, split

MOST_WORDS_BETWEEN = 3
# In scripts where a word of ours is one character.
MOST_CHARACTERS_BETWEEN = 7
_SHORTEST_STEM = 2


@dataclass
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
    """`keywords`: what a whole message is compared with, mistyped or on another keyboard."""

    root: _Node
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
        alone = len(words) == 1
        slips = self.keyword_slips if alone else self.slips
        spellings = tuple(
            each if self._knows(each) else (*each, *slips.meant(each[-1], is_alone=alone))
            for each in words.spellings
        )
        return Words(spellings, words.sentences, words.parts)

    def _knows(self, spellings: tuple[str, ...]) -> bool:
        return any(True for each in spellings for _ in _next(self.root, each))


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


# Fields in which a slip of the finger is worth understanding.
_CORRECTED = frozenset(
    {Field.STOP, Field.CEASE, Field.MESSAGE, Field.REMOVE, Field.OPT_OUT, Field.HARM, Field.CRISIS}
)


@cache
def vocabulary() -> Vocabulary:
    """Compiled once for the process."""
    root = _Node()
    meant: set[str] = set()
    keywords: set[str] = set()
    for pack in packs().values():
        for kind, phrases in pack.phrases.items():
            for phrase in phrases:
                words = _add(root, phrase, (pack.language, kind))
                if kind in _CORRECTED:
                    meant.update(word for word in words if word not in {GAP, ""})
                if kind is Field.STOP and len(words) == 1:
                    keywords.update(words)
    return Vocabulary(root, Slips(meant, shortest=5), Slips(keywords, shortest=4))


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
        if part == GAP:
            yield GAP
            continue
        words = [spellings[0] for spellings in split(part.removesuffix("*")).spellings]
        yield from words[:-1]
        if words:
            # A word of one character is a whole word in its script: a stem means nothing.
            yield words[-1] + ("*" if part.endswith("*") and len(words[-1]) > 1 else "")
