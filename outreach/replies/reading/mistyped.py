"""A stop word that nobody meant to type so: in letters that look alike, a word over and over,
with figures at its edge, on another keyboard, or a phrase with a slip in one of its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from outreach.replies.reading import opt_out
from outreach.replies.reading.letters import is_spaceless, latin_skeleton, retyped
from outreach.replies.reading.lexicon import edges
from outreach.replies.reading.opt_out import Finding
from outreach.replies.reading.packs import Field, packs
from outreach.replies.reading.scripts import GAP, is_rough
from outreach.replies.reading.signs import Signs, read_signs
from outreach.replies.reading.slips import is_one_slip
from outreach.replies.reading.tree import elements
from outreach.replies.reading.vocabulary import has_unknown_word

_MOST_WORDS = 3
_MOST_WORDS_OF_A_PHRASE = 6
_SHORTEST_PHRASE = 7  # letters, without spaces
_SHORTEST_RETYPED = 3  # "fs" and "rt" mean something, and stop on an Arabic keyboard
_FIGURES = re.compile(r"^\d+|\d+$")
_OVER_AND_OVER = re.compile(r"^(\S{3,24}?)\1{1,9}$")  # "stopstop"


def mistyped(signs: Signs, text: str) -> Finding | None:
    """The stop that a few words were meant to be. `text`: as it came."""
    if found := _a_phrase(signs):
        return found
    is_odd = not signs.is_known_language or has_unknown_word(signs.words)
    if len(text.split()) > _MOST_WORDS or not is_odd:
        return None
    written = " ".join(each[0] for each in signs.words.spellings)
    for rule, other in [
        ("look-alike letters", latin_skeleton(written)),
        ("written several times", _OVER_AND_OVER.sub(r"\1", written)),
    ]:
        found = opt_out.keyword(read_signs(other)) or _word_by_word(other, signs.hint)
        if found is not None and found.matched:
            return replace(found, rule=rule)
    return _on_another_keyboard(signs, text)


def _a_phrase(signs: Signs) -> Finding | None:
    """ "Ta bort numrt", "tabort numret": the whole is a phrase of stopping but for a lost space, or
    for one slip that makes a word which nobody knows. A slip that makes another word ("yo quiero
    más") says something else."""
    plain = [each[0] for each in signs.words.spellings]
    typed = "".join(plain)
    if len(plain) > _MOST_WORDS_OF_A_PHRASE or len(typed) < _SHORTEST_PHRASE:
        return None
    near = [each for each in _near(typed) if each == typed or has_unknown_word(signs.words)]
    return Finding("mistyped phrase", (" ".join(plain),), 0.9) if near else None


def _near(typed: str) -> Iterator[str]:
    for length in range(len(typed) - 1, len(typed) + 2):
        for edge in edges(typed):
            for phrase in _phrases().get((edge, length), ()):
                if phrase == typed or is_one_slip(typed, phrase):
                    yield phrase


@cache
def _phrases() -> dict[tuple[str, int], tuple[str, ...]]:
    """The stops of several words in every language, without their spaces, by the letters at an edge
    and the length."""
    written = {
        "".join(words)
        for pack in packs().values()
        for words in map(tuple, map(elements, pack.phrases[Field.STOP]))
        if len(words) > 1 and all(map(_is_literal, words))
    }
    found: dict[tuple[str, int], list[str]] = {}
    for phrase in sorted(each for each in written if len(each) >= _SHORTEST_PHRASE):
        for edge in edges(phrase):
            found.setdefault((edge, len(phrase)), []).append(phrase)
    return {key: tuple(each) for key, each in found.items()}


def _is_literal(word: str) -> bool:
    is_pattern = word == GAP or word.endswith("*")
    return not (is_pattern or is_rough(word) or is_spaceless(word[0]))


def with_figures(signs: Signs) -> Finding | None:
    """The command that has figures of any script at its edge: "Stop1", "2stop", "لغو۱۱".
    Exactly, for in some spellings a figure is a letter ("2asir")."""
    if len(signs.words) > _MOST_WORDS:
        return None
    plain = [each[0] for each in signs.words.spellings]
    bare = [_FIGURES.sub("", word) or word for word in plain]
    if bare == plain:
        return None
    read = read_signs(" ".join(bare), signs.hint)
    found = None if has_unknown_word(read.words) else opt_out.keyword(read)
    return None if found is None else replace(found, rule="keyword with figures")


def _word_by_word(text: str, hint: str) -> Finding | None:
    """Each word is a command of its own, or polite, however mistyped: "snop stop"."""
    found = [opt_out.keyword(read_signs(each, hint)) for each in text.split()]
    return found[0] if found and all(found) else None


def _on_another_keyboard(signs: Signs, text: str) -> Finding | None:
    """What the same keys write elsewhere, exactly: with a slip on top of it any word would be one
    ("top" is "τοπ" on a Greek keyboard). Never where a word is one of everyday somewhere."""
    is_everyday = signs.of_any_language(Field.COMMON, Field.POLITE)
    if is_everyday or len(text.strip()) < _SHORTEST_RETYPED:
        return None
    for other in map(read_signs, retyped(text)):
        found = None if has_unknown_word(other.words) else opt_out.keyword(other)
        if found is not None and found.matched:
            return replace(found, rule="keyboard layout")
    return None
