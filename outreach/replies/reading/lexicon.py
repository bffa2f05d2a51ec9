"""The words and phrases that harm is told in, to be looked up however they were mistyped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from outreach.replies.reading.abroad import tree as concepts_abroad
from outreach.replies.reading.letters import script_of
from outreach.replies.reading.opinion import concepts
from outreach.replies.reading.packs import Field, packs
from outreach.replies.reading.scripts import GAP, is_rough
from outreach.replies.reading.tree import Node, elements

# Words that harm is told in, of which one may have been mistyped.
_GRAVE = (
    *(Field.DANGER, Field.CRISIS, Field.HARM, Field.CRY, Field.FEAR, Field.IMAGE),
    *(Field.CHILD, Field.STRANGER, Field.DEMAND, Field.SHARE, Field.CONTACT),
)
_CONCEPTS = frozenset({"harm", "menace", "bare", "distress", "help", "picture", "spread"})
_CRIES = frozenset({"call"})
_PHRASES = (Field.DANGER, Field.CRISIS, Field.CRY)
SHORTEST_STEM = 6
SHORTEST_PHRASE = 8
_SHORTEST_CRY = 6
# "Going to my" is no "going to tell my".
_SAID_OF_ALL = """
    going to my me i im am is are was be will gonna the it them us
"""
_TELL_NOTHING = frozenset(_SAID_OF_ALL.split())
_EDGE = 3  # letters; one slip leaves the first or the last ones of a phrase as they are


@dataclass(frozen=True)
class Lexicon:
    """What a mistyped word may have meant. `words`: English ones, and in every language those
    that harm is told in, `stems` the same that go on, `starts` what these begin with. `letters`: by
    script. `phrases`: of harm, without their spaces, by the letters at an edge and the length.
    `worn`: the same without one of their inner words. `reordered`: with their words in the order
    of the alphabet. `cries`: the short ones."""

    words: frozenset[str]
    stems: frozenset[str]
    starts: frozenset[str]
    letters: dict[str, str]
    phrases: dict[tuple[str, int], tuple[str, ...]]
    worn: frozenset[str]
    reordered: frozenset[str]
    cries: frozenset[str]


@cache
def lexicon() -> Lexicon:
    """Compiled once for the process."""
    english = {
        element.removesuffix("*")
        for phrases in packs()["en"].phrases.values()
        for phrase in phrases
        for element in elements(phrase)
    }
    english.update(word for phrase in concepts().phrases for word in phrase.split())
    grave = {element for phrase in _phrases(_GRAVE) for element in phrase}
    grave |= _of_harm(concepts_abroad().root.leads)
    stems = {each[:-1] for each in grave if each.endswith("*")}
    words = english | {each for each in grave if not each.endswith("*")}
    whole = [phrase for phrase in _phrases(_PHRASES) if _is_literal(phrase)]
    cries = {"".join(each) for each in _phrases((Field.CRY,)) if len(each) > 1} | {
        phrase.replace(" ", "")
        for phrase, names in concepts().phrases.items()
        if " " in phrase and not _CRIES.isdisjoint(names)
    }
    return Lexicon(
        frozenset(each for each in words if each.isalpha() and not is_rough(each)),
        frozenset(each for each in stems if len(each) >= SHORTEST_STEM),
        frozenset(each[:SHORTEST_STEM] for each in stems if len(each) >= SHORTEST_STEM),
        _letters({each for each in words if not is_rough(each)}),
        _by_edge({"".join(each) for each in whole if len(each) > 1} | cries, cries),
        frozenset(
            "".join((*phrase[:at], *phrase[at + 1 :]))
            for phrase in whole
            for at in range(1, len(phrase) - 1)
            if len(phrase) > 3  # noqa: PLR2004  # of fewer words nothing is left that tells
            and not _TELL_NOTHING.issuperset((*phrase[:at], *phrase[at + 1 :]))
        ),
        frozenset(map(in_any_order, whole)),
        frozenset(cries),
    )


def _of_harm(words: Mapping[str, Node[tuple[str, str]]]) -> set[str]:
    """Those that one of the concepts of harm is told in, by themselves."""
    return {word for word, node in words.items() if any(name in _CONCEPTS for _, name in node.ends)}


def _phrases(fields: tuple[Field, ...]) -> Iterator[tuple[str, ...]]:
    for pack in packs().values():
        for field in fields:
            yield from map(tuple, map(elements, pack.phrases[field]))


def in_any_order(words: Sequence[str]) -> str:
    return " ".join(sorted(words))


def _is_literal(phrase: tuple[str, ...]) -> bool:
    return not any(each == GAP or each.endswith("*") for each in phrase)


def _letters(words: set[str]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for letter in {letter for word in words for letter in word if letter.isalpha()}:
        found.setdefault(script_of(letter), set()).add(letter)
    return {script: "".join(sorted(letters)) for script, letters in found.items()}


def _by_edge(phrases: set[str], cries: set[str]) -> dict[tuple[str, int], tuple[str, ...]]:
    found: dict[tuple[str, int], list[str]] = {}
    for phrase in sorted(phrases):
        shortest = _SHORTEST_CRY if phrase in cries else SHORTEST_PHRASE
        for edge in edges(phrase) if len(phrase) >= shortest else ():
            found.setdefault((edge, len(phrase)), []).append(phrase)
    return {key: tuple(each) for key, each in found.items()}


def edges(phrase: str) -> tuple[str, str]:
    """The letters that it begins with, and those that it ends with: a slip leaves one of them."""
    return "<" + phrase[:_EDGE], ">" + phrase[-_EDGE:]
