"""A text as words: where one ends, and which belong to the same sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from outreach.replies.reading.letters import (
    fold,
    is_letter,
    is_spaceless,
    latin_skeleton,
    mixes_scripts,
    without_held_keys,
)
from outreach.replies.reading.scripts import sounds

MOST_CHARACTERS = 6_000
_HARD = frozenset(".!?;\n\r。！？؟।…·։።፧")
_SOFT = frozenset(',:،、—–()"“”«»፣')
# "STOP - and tell the others": a dash with blanks around it ends a thought.
_DASH = re.compile(r"(?<=\s)[-–—]+(?=\s)")
_BREAK = ";"
# "Seriously. S.T.O.P": four letters or more, each with its point, are a word.
_SPELT = re.compile(r"(?<![^\W_])(?:[^\W\d_]\.){3,}[^\W\d_](?![^\W_])")
# The Armenian signs of question, stress and exclamation stand on a vowel inside the word.
_IN_A_WORD = frozenset("'’ʼ`´‘׳՞՛՜")
_STOP_SIGNS = frozenset("🛑✋🚫⛔❌🙅🤚⏹")

# Every language conjugates the word that it has borrowed: "nambablackmail", "zaszantażował".
_BORROWED = ("blackmail", "chantaj", "chantage", "sextort", "szantaz", "шантаж")

# Small words that the Arabic and the Hebrew script write onto the next one.
_CLITICS = {"ar": ("وال", "بال", "ال", "لل", "و", "ف", "ب", "ل"), "he": tuple("הובלמשכ")}


@dataclass(frozen=True)
class Words:
    """`spellings`: for each word the ways to look it up, the first as written.

    `sentences`, `parts`: for each word the number of its sentence, and of its part
    between commas. `has_stop_sign`: an emoji that says stop is among the characters.
    """

    spellings: tuple[tuple[str, ...], ...]
    sentences: tuple[int, ...]
    parts: tuple[int, ...]
    has_stop_sign: bool = False

    def __len__(self) -> int:
        return len(self.spellings)

    @cached_property
    def heard(self) -> Words:
        """The same, each word also as it sounds."""
        spellings = tuple([(*each, *sounds(each[0])) for each in self.spellings])
        return Words(spellings, self.sentences, self.parts)


def split(text: str) -> Words:
    """The words of a text, at most MOST_CHARACTERS of it."""
    text = _SPELT.sub(lambda letters: letters[0].replace(".", ""), text[:MOST_CHARACTERS])
    words: list[str] = []
    places: list[tuple[int, int]] = []
    sentence = part = 0
    current: list[str] = []

    def end_word() -> None:
        if current:
            words.append("".join(current))
            places.append((sentence, part))
            current.clear()

    for char in fold(_DASH.sub(_BREAK, text)):
        if is_spaceless(char):
            end_word()
            current.append(char)
            end_word()
        elif is_letter(char) or (char in "$@" and current == []):
            current.append(char)
        elif char not in _IN_A_WORD:
            end_word()
            is_end = char in _HARD and not (char == "." and _is_initial(words))
            sentence += is_end
            part += is_end or char in _SOFT
    end_word()
    words, places = _joined(words, places)
    return Words(
        tuple(spellings_of(word) for word in words),
        tuple(place[0] for place in places),
        tuple(place[1] for place in places),
        any(char in _STOP_SIGNS for char in text),
    )


def _is_initial(words: list[str]) -> bool:
    """The full stop of "w.e.g." ends no sentence."""
    last = words[-1] if words else ""
    return len(last) == 1 and last.isalpha() and not is_spaceless(last)


def _joined(
    words: list[str], places: list[tuple[int, int]]
) -> tuple[list[str], list[tuple[int, int]]]:
    """S T O P and S.T.O.P are one word when the message is nothing else."""
    singles = all(len(word) == 1 and not is_spaceless(word) for word in words)
    return (["".join(words)], places[:1]) if singles and len(words) > 2 else (words, places)  # noqa: PLR2004  # "a b" is no word


@lru_cache(maxsize=8192)
def spellings_of(word: str) -> tuple[str, ...]:
    """As written; in Latin letters when it mixes scripts; without clitics; the borrowed word."""
    found = list(without_held_keys(word))
    plain = found[0]
    if mixes_scripts(plain) or plain[0] in "$@":
        found.append(latin_skeleton(plain))
    found.extend(_without_clitics(plain))
    found.extend(each for each in _BORROWED if each in plain)
    return tuple(dict.fromkeys(found))


def _without_clitics(word: str) -> list[str]:
    script = "ar" if "\u0600" <= word[0] <= "\u06ff" else "he"
    if script == "he" and not "\u05d0" <= word[0] <= "\u05ea":
        return []
    return [
        word[len(clitic) :]
        for clitic in _CLITICS[script]
        if word.startswith(clitic) and len(word) - len(clitic) >= 3  # noqa: PLR2004  # a root
    ]
