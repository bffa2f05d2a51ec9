"""The same language in another script: Serbian in both of its own, and Russian, Ukrainian,
Bulgarian, Macedonian and Greek as people type them on a Latin keyboard.

Nobody follows a standard there ("hochu", "khochu", "xo4u"), so both sides are brought to one
rough spelling that keeps only what all habits share, behind a mark that no other word has.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache

from outreach.replies.reading.letters import fold

GAP = ".."


class Script(StrEnum):
    """What a pack's `scripts` may say besides the one that it is written in."""

    SERBIAN_CYRILLIC = "latin, cyrillic"
    RUSSIAN_LATIN = "cyrillic, latin"
    GREEK_LATIN = "greek, latin"


_SERBIAN = (
    ("lj", "љ"), ("nj", "њ"), ("dž", "џ"), ("đ", "ђ"), ("ž", "ж"), ("č", "ч"), ("ć", "ћ"),
    ("š", "ш"), ("a", "а"), ("b", "б"), ("v", "в"), ("g", "г"), ("d", "д"), ("e", "е"),
    ("z", "з"), ("i", "и"), ("j", "ј"), ("k", "к"), ("l", "л"), ("m", "м"), ("n", "н"),
    ("o", "о"), ("p", "п"), ("r", "р"), ("s", "с"), ("t", "т"), ("u", "у"), ("f", "ф"),
    ("h", "х"), ("c", "ц"),
)  # fmt: skip
_CYRILLIC_LETTERS = str.maketrans({
    "а": "a", "б": "b", "в": "v", "г": "h", "ґ": "h", "д": "d", "е": "e", "є": "e", "ж": "z",
    "з": "z", "и": "i", "і": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p",
    "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h", "ц": "c", "ч": "c", "ш": "s",
    "щ": "s", "ъ": "a", "ы": "i", "ь": "", "э": "e", "ю": "u", "я": "a", "ј": "i", "љ": "li",
    "њ": "ni", "ќ": "ki", "ѓ": "hi", "ѕ": "dz", "џ": "dz",
})  # fmt: skip
_CYRILLIC_TS = (("тьс", "ц"), ("тс", "ц"))  # "отписаться", typed "otpisatsya"
_BULGARIAN_SHT = ("щ", "шт")
# In this order: what several Latin letters write together, then single ones. In capitals what the
# next rule is not to read again ("zitaei").
_LATIN_CYRILLIC = (
    ("shch", "s"), ("sch", "s"), ("sh", "s"), ("zh", "z"), ("kh", "h"), ("ch", "c"), ("ts", "c"),
    ("tz", "c"), ("g", "h"), ("x", "h"), ("w", "v"), ("q", "k"), ("y", "i"), ("j", "i"),
)  # fmt: skip
_GREEK_PAIRS = (
    ("ου", "u"), ("ει", "i"), ("οι", "i"), ("αι", "e"), ("μπ", "b"), ("ντ", "d"), ("γκ", "g"),
    ("γγ", "g"), ("αυ", "av"), ("ευ", "ev"), ("αφ", "av"), ("εφ", "ev"),
    ("οη", "i"), ("αη", "e"), ("εη", "i"),
)  # fmt: skip
_GREEK_LETTERS = str.maketrans({
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "t", "ι": "i",
    "κ": "k", "λ": "l", "μ": "m", "ν": "n", "ξ": "k", "ο": "o", "π": "p", "ρ": "r", "σ": "s",
    "ς": "s", "τ": "t", "υ": "i", "φ": "f", "χ": "h", "ψ": "p", "ω": "o",
})  # fmt: skip
_LATIN_GREEK = (
    ("au", "av"), ("eu", "ev"), ("ou", "U"), ("ei", "I"), ("oi", "I"), ("ai", "E"), ("mp", "b"),
    ("nt", "d"), ("gk", "g"), ("gg", "g"), ("ay", "av"), ("af", "av"), ("ef", "ev"), ("ey", "ev"),
    ("th", "t"), ("8", "t"), ("ks", "k"), ("ps", "p"), ("ch", "h"), ("x", "h"), ("3", "k"),
    ("y", "i"), ("w", "o"), ("ph", "f"), ("b", "v"), ("j", "z"),
)  # fmt: skip
# Who writes η as "h" and υ as "u" writes χ as "x", θ as "8" and ου as "ou".
_GREEK_BY_LOOK = (("ou", "|"), ("h", "i"), ("u", "i"), ("|", "ou"))
_GREEK_B = ("b", "v")
_I_BEFORE_A_VOWEL = re.compile(r"i+(?=[aeiou])")
_TWICE = re.compile(r"(.)\1+")
_CYRILLIC_MARK, _GREEK_MARK = "ǀ", "ǁ"
_SHORTEST_ALONE = 5


def also_written(phrase: str, scripts: str, *, is_bulgarian: bool = False) -> list[str]:
    """`phrase` of a pack in the other script that its `scripts` names; none, or one."""
    if scripts == Script.SERBIAN_CYRILLIC:
        return [_in_serbian_cyrillic(phrase)]
    if scripts == Script.RUSSIAN_LATIN:
        base = phrase.replace(*_BULGARIAN_SHT) if is_bulgarian else phrase
        return _by_word(base, _cyrillic_sound)
    return _by_word(phrase, _greek_sound) if scripts == Script.GREEK_LATIN else []


@lru_cache(maxsize=8192)
def sounds(word: str) -> tuple[str, ...]:
    """How a Latin word may be looked up as Russian and the like, and as Greek: by its sounds,
    and by the letters that look alike ("mhnuma", "μήνυμα")."""
    if not word.isascii() or not any("a" <= each <= "z" for each in word):
        return ()
    cyrillic = word.replace("4", "ch").replace("6", "sh")
    by_look = _replaced(word, _GREEK_BY_LOOK)
    greek = (word,) if by_look == word else (word, by_look)
    return (
        _CYRILLIC_MARK + _rough(_replaced(cyrillic, _LATIN_CYRILLIC)),
        *(_GREEK_MARK + _rough(_replaced(each, _LATIN_GREEK).lower()) for each in greek),
    )


def is_rough(word: str) -> bool:
    """Whether `word` is one of these spellings, which nobody types."""
    return word.startswith((_CYRILLIC_MARK, _GREEK_MARK))


def _in_serbian_cyrillic(phrase: str) -> str:
    return _replaced(phrase, _SERBIAN)


def _by_word(phrase: str, sound: Callable[[str], str]) -> list[str]:
    words = phrase.split()
    changed = [each if each == GAP else sound(each) for each in words]
    # One short word alone would be met in any language ("on", "net", "most").
    is_too_short = len(words) == 1 and len(changed[0].strip("*")) <= _SHORTEST_ALONE
    return [] if is_too_short or phrase.isascii() else [" ".join(changed)]


def _cyrillic_sound(word: str) -> str:
    heard = _replaced(fold(word.removesuffix("*")), _CYRILLIC_TS)
    stem = heard.translate(_CYRILLIC_LETTERS)
    return _marked(_CYRILLIC_MARK, stem, word)


def _greek_sound(word: str) -> str:
    stem = _replaced(fold(word.removesuffix("*")), _GREEK_PAIRS).translate(_GREEK_LETTERS)
    return _marked(_GREEK_MARK, stem.replace(*_GREEK_B), word)


def _marked(mark: str, stem: str, word: str) -> str:
    rough = _rough(stem)
    # A stem that ends in a sound which the next letter would change is taken before it.
    return mark + (rough.removesuffix("i") + "*" if word.endswith("*") else rough)


def _rough(sound: str) -> str:
    return _TWICE.sub(r"\1", _I_BEFORE_A_VOWEL.sub("", sound))


def _replaced(text: str, table: tuple[tuple[str, str], ...]) -> str:
    for old, new in table:
        text = text.replace(old, new)
    return text
