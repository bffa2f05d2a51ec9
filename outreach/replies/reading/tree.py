"""Phrases as a tree of words, walked along a text.

The tree looks at each word once and at most three further words for each gap, so the time
grows with the length of the text and with nothing else: no expression can run away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Generic, TypeVar

from outreach.replies.reading.scripts import GAP
from outreach.replies.reading.words import Words, split

MOST_WORDS_BETWEEN = 3
# In scripts where a word of ours is one character.
MOST_CHARACTERS_BETWEEN = 7
_SHORTEST_STEM = 2
End = TypeVar("End")  # what a phrase stands for


# Shared by all that lead nowhere, and never written to: of half a million words nearly all.
_NOWHERE: dict[str, Any] = {}


@dataclass(slots=True)
class Node(Generic[End]):
    """One word of the tree. `ends`: what the phrases that end here stand for."""

    exact: dict[str, Node[End]] = field(default_factory=lambda: _NOWHERE)
    stems: dict[str, Node[End]] = field(default_factory=lambda: _NOWHERE)
    gap: Node[End] | None = None
    ends: tuple[End, ...] = ()

    def child(self, word: str, *, is_stem: bool) -> Node[End]:
        """Where `word` leads, made where it led nowhere."""
        table = self.stems if is_stem else self.exact
        if table is _NOWHERE:
            table = {}
            if is_stem:
                self.stems = table
            else:
                self.exact = table
        return table.setdefault(word, Node())


def add(root: Node[End], phrase: str, end: End) -> list[str]:
    """Writes one phrase into the tree; returns its words."""
    node, plain = root, []
    for element in elements(phrase):
        if element == GAP:
            node.gap = node.gap or Node()
            node = node.gap
            continue
        word = element.removesuffix("*")
        node = node.child(word, is_stem=element.endswith("*"))
        plain.append(word)
    if plain:
        node.ends = (*node.ends, end)
    return plain


def walk(node: Node[End], words: Words, at: int, met: dict[tuple[End, int], None]) -> None:
    """Writes into `met` the ends of every phrase that goes on with the word at `at`, each with the
    place after its last word."""
    for end in node.ends:
        met[end, at] = None
    if at >= len(words.spellings):
        return
    if node.exact or node.stems:
        for spelling in words.spellings[at]:
            for found in following(node, spelling):
                walk(found, words, at + 1, met)
    if node.gap is not None:
        for further in _behind_a_gap(words, at):
            walk(node.gap, words, further, met)


def _behind_a_gap(words: Words, at: int) -> Iterator[int]:
    """Where a phrase may go on that leaves out the words from `at` on, within the sentence."""
    short = len(words.spellings[at][0]) == 1
    most = MOST_CHARACTERS_BETWEEN if short else MOST_WORDS_BETWEEN
    for further in range(at, min(at + most + 1, len(words))):
        if words.sentences[further] != words.sentences[at - 1]:
            return
        yield further


class Start(Generic[End]):
    """A tree's root, which remembers where the words of everyday lead: a text repeats them."""

    def __init__(self, root: Node[End]) -> None:
        self.root = root
        self._leads_to = lru_cache(maxsize=8192)(lambda word: tuple(following(root, word)))

    def ends(self, words: Words, at: int) -> list[tuple[End, int]]:
        """The ends of every phrase that begins with the word at `at`, each once, with the
        place after its last word."""
        met: dict[tuple[End, int], None] = {}
        for spelling in words.spellings[at]:
            for node in self._leads_to(spelling):
                walk(node, words, at + 1, met)
        return list(met)

    def knows(self, word: str) -> bool:
        """Whether a phrase begins with `word`, or with a stem of it."""
        return bool(self._leads_to(word))


def following(node: Node[End], word: str) -> list[Node[End]]:
    """Where `word` leads: itself, and every stem that it begins with."""
    exact = node.exact.get(word)
    leads = [] if exact is None else [exact]
    if node.stems:
        for length in range(_SHORTEST_STEM, len(word) + 1):
            if (found := node.stems.get(word[:length])) is not None:
                leads.append(found)
    return leads


def elements(phrase: str) -> Iterator[str]:
    """The words of a phrase in their order, a stem with its `*`, and GAP."""
    for part in phrase.split():
        yield from (GAP,) if part == GAP else _written(part)


@lru_cache(maxsize=65_536)  # the expanded phrases repeat their words, some a thousand times
def _written(part: str) -> tuple[str, ...]:
    """The words of a phrase's part, the last with its `*`."""
    words = [spellings[0] for spellings in split(part.removesuffix("*")).spellings]
    # A word of one character is a whole word in its script: a stem means nothing.
    is_stem = part.endswith("*") and words and len(words[-1]) > 1
    return (*words[:-1], words[-1] + "*") if is_stem else tuple(words)
