"""Phrases as a tree of words, walked along a text.

The tree looks at each word once and at most three further words for each gap, so the time
grows with the length of the text and with nothing else: no expression can run away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
Keys = tuple[str, ...]  # what one word is looked up by, the first as it is written


# Shared by all that lead nowhere, and never written to: of half a million words nearly all.
_NOWHERE: dict[str, Any] = {}


@dataclass(slots=True)
class Node(Generic[End]):
    """One word of the tree. `leads`: by the words that may follow, a stem with its `*`. `ends`:
    what the phrases that end here stand for."""

    leads: dict[str, Node[End]] = field(default_factory=lambda: _NOWHERE)
    gap: Node[End] | None = None
    ends: tuple[End, ...] = ()

    def child(self, element: str) -> Node[End]:
        """Where `element` leads, made where it led nowhere."""
        if self.leads is _NOWHERE:
            self.leads = {}
        return self.leads.setdefault(element, Node())


class Tree(Generic[End]):
    """Phrases to be found in texts. Remembers how the words of everyday are looked up: texts repeat
    them."""

    def __init__(self) -> None:
        self.root: Node[End] = Node()
        self._stems: dict[str, str] = {}  # each once, wherever in a phrase it stands
        self._looked_up = lru_cache(maxsize=8192)(self._found)

    def add(self, phrase: str, end: End) -> list[str]:
        """Writes one phrase into the tree; returns its words. Not once a text has been read."""
        node, plain = self.root, []
        for element in elements(phrase):
            if element == GAP:
                node.gap = node.gap or Node()
                node = node.gap
                continue
            if element.endswith("*"):
                self._stems[element] = element
            node = node.child(element)
            plain.append(element.removesuffix("*"))
        if plain:
            node.ends = (*node.ends, end)
        return plain

    def met(self, words: Words) -> Iterator[tuple[End, int, int]]:
        """The end of every phrase in the text, each once, with the place of its first word and the
        one after its last."""
        found = [self._looked_up(each) for each in words.spellings]
        keys = [each for each, _ in found]
        for at, (_, nodes) in enumerate(found):
            if nodes:
                ends: dict[tuple[End, int], None] = {}
                for node in nodes:
                    _walk(node, keys, words.sentences, at + 1, ends)
                for end, after in ends:
                    yield end, at, after

    def knows(self, word: str, *, shortest_stem: int = _SHORTEST_STEM) -> bool:
        """Whether a phrase begins with `word`, or with a stem of it."""
        leads = self.root.leads
        lengths = range(shortest_stem, len(word) + 1)
        return word in leads or any(f"{word[:length]}*" in leads for length in lengths)

    def _found(self, spellings: tuple[str, ...]) -> tuple[Keys, tuple[Node[End], ...]]:
        """What a word is looked up by: itself, and every stem that it begins with. And where it
        leads at the beginning of a phrase."""
        keys: dict[str, None] = {}
        for word in spellings:
            keys[word] = None
            stems = (f"{word[:length]}*" for length in range(_SHORTEST_STEM, len(word) + 1))
            keys.update((self._stems[stem], None) for stem in stems if stem in self._stems)
        leads = self.root.leads
        return tuple(keys), tuple(leads[key] for key in keys if key in leads)


def _walk(
    node: Node[End],
    keys: Sequence[Keys],
    sentences: Sequence[int],
    at: int,
    met: dict[tuple[End, int], None],
) -> None:
    """Writes into `met` the ends of every phrase that goes on with the word at `at`, each with the
    place after its last word."""
    for end in node.ends:
        met[end, at] = None
    if at >= len(keys):
        return
    if leads := node.leads:
        for key in keys[at]:
            if key in leads:
                _walk(leads[key], keys, sentences, at + 1, met)
    if node.gap is not None:
        for further in _behind_a_gap(keys, sentences, at):
            _walk(node.gap, keys, sentences, further, met)


def _behind_a_gap(keys: Sequence[Keys], sentences: Sequence[int], at: int) -> Iterator[int]:
    """Where a phrase may go on that leaves out the words from `at` on, within the sentence."""
    short = len(keys[at][0]) == 1
    most = MOST_CHARACTERS_BETWEEN if short else MOST_WORDS_BETWEEN
    for further in range(at, min(at + most + 1, len(keys))):
        if sentences[further] != sentences[at - 1]:
            return
        yield further


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
