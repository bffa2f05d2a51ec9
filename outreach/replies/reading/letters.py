"""Normalising: what the same word looks like however it was typed.

Width, case, accents, invisible characters, look-alike letters of other scripts, digits in
the place of letters. Refuses to know any language.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from outreach.replies.reading.hangul import korean_retyped

# Letters that no decomposition takes apart, and one spelling for the Arabic script's variants.
_FOLDED = str.maketrans(
    {
        "ı": "i", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe",
        "ə": "e", "ħ": "h", "ŧ": "t", "ŋ": "n",
        "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ێ": "ي", "ة": "ه",
        "ہ": "ه", "ھ": "ه", "ە": "ه", "ک": "ك", "ڪ": "ك", "ؤ": "و", "ئ": "ي", "ۆ": "و", "ڵ": "ل",
        "ڕ": "ر", "ے": "ي", "ں": "ن", "ـ": "",
    }
)  # fmt: skip
# Cyrillic and Greek letters that look like Latin ones; for words that mix scripts, and for
# whole messages that are no word in their own script.
_LOOKALIKES = str.maketrans(
    "авекмнорстухѕіјһԁɡʏαβεηικνορτυχσϲ", "abekmhopctyxsijhdgyabehikvoptyxsc"
)
# White letters on black discs and squares, and small capitals, which Unicode does not fold.
_ON_BLACK = {first + at: 97 + at for first in (0x1F150, 0x1F170) for at in range(26)}
_SMALL_CAPITALS = str.maketrans("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz")
_DRAWN = _ON_BLACK | _SMALL_CAPITALS
_DIGITS = str.maketrans({"0": "o", "1": "i", "3": "e", "5": "s", "$": "s", "@": "a"})
_REPEATED = re.compile(r"([^\d\s])\1{2,}")
# Unicode ranges of marks that are accents rather than vowels (Indic and Thai signs stay).
_ACCENTS = ((0x300, 0x36F), (0x483, 0x487), (0x591, 0x5C7), (0x64B, 0x65F), (0x670, 0x670))
# They choose how an emoji is drawn.
_VARIANTS = ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
_SPACELESS = (
    (0x0E00, 0x0E7F), (0x0E80, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF),
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF),
    (0x20000, 0x2FA1F),
)  # fmt: skip


def _is_in(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= code <= last for first, last in ranges)


@lru_cache(maxsize=4096)
def _folded(char: str) -> str:
    """One character as it is compared; "" for what is not there to be seen."""
    if unicodedata.category(char) == "Cf" or _is_in(ord(char), _VARIANTS):
        return ""
    parts = unicodedata.normalize("NFD", char)
    if "가" <= char <= "힣":
        return char
    kept = "".join(each for each in parts if not _is_in(ord(each), _ACCENTS))
    return unicodedata.normalize("NFC", kept).translate(_FOLDED)


def fold(text: str) -> str:
    """`text` without differences of width, case and accent. A key held down writes three."""
    if text.isascii():
        return _REPEATED.sub(_held_down, text.lower())
    plain = unicodedata.normalize("NFKC", text.translate(_DRAWN)).casefold()
    return _REPEATED.sub(_held_down, "".join(map(_folded, plain)))


def _held_down(run: re.Match[str]) -> str:
    return run[1] if is_spaceless(run[1]) else run[1] * 3


def without_held_keys(word: str) -> tuple[str, ...]:
    """A folded word with one letter, and with two, for each key held down: "offff" may be
    "of" or "off". The word itself when there is none."""
    once = _REPEATED.sub(r"\1", word)
    return (word,) if once == word else (once, _REPEATED.sub(r"\1\1", word))


@lru_cache(maxsize=4096)
def is_spaceless(char: str) -> bool:
    """Of a script without spaces between words (and Hangul, where spaces vary)."""
    return _is_in(ord(char), _SPACELESS)


@lru_cache(maxsize=4096)
def is_letter(char: str) -> bool:
    """Part of a word: letters, digits, and the vowel signs of scripts that have them."""
    return char.isalnum() or unicodedata.category(char) in {"Mn", "Mc"}


def script_of(word: str) -> str:
    """The script of a folded word by its first letter, as Unicode names it; Japanese is one."""
    return "LATIN" if word[0] <= "z" else _script_of(word[0])


@lru_cache(maxsize=4096)
def _script_of(char: str) -> str:
    name = unicodedata.name(char, "").split(" ")[0]
    return "CJK" if name in {"HIRAGANA", "KATAKANA"} else name


def latin_skeleton(word: str) -> str:
    """A folded word with look-alike letters of other scripts, and digits, made Latin."""
    return word.translate(_LOOKALIKES).translate(_DIGITS)


def mixes_scripts(word: str) -> bool:
    """Latin letters beside Cyrillic or Greek ones, or beside digits, in one word."""
    has_latin = any("a" <= char <= "z" for char in word)
    return has_latin and any(not "a" <= char <= "z" for char in word)


# The same keys of a keyboard, from the upper left to the lower right.
_QWERTY = "qwertyuiop[]asdfghjkl;'zxcvbnm,."
_LAYOUTS = {
    "ru": "йцукенгшщзхъфывапролджэячсмитьбю",
    "uk": "йцукенгшщзхїфівапролджєячсмитьбю",
    "el": ";ςερτυθιοπ[]ασδφγηξκλ΄'ζχψωβνμ,.",
    "he": "/'קראטוןםפ][שדגכעיחלךף,זסבהנמצתץ",
    "ar": "ضصثقفغعهخحجدشسيبلاتنمكطئءؤرbىةوز",
    "fa": "ضصثقفغعهخحجچشسیبلاتنمکگظطزرذدپو.",
    "bg": ",уеишщксдзц;ьяаожгтнвмчюйъэфхпрл",
    "th": "ๆไำพะัีรนยบลฟหกดเ้่าสวงผปแอิืทมใ",
}
_TO_LATIN = {
    name: str.maketrans(keys[: len(_QWERTY)], _QWERTY[: len(keys)])
    for name, keys in _LAYOUTS.items()
}
_FROM_LATIN = {
    name: str.maketrans(_QWERTY[: len(keys)], keys[: len(_QWERTY)])
    for name, keys in _LAYOUTS.items()
}


def retyped(text: str) -> list[str]:
    """What the same keys write on the other keyboards. `text`: as it came."""
    typed = unicodedata.normalize("NFC", text).lower().strip().replace("لا", "b")
    tables = [*_TO_LATIN.values(), *_FROM_LATIN.values()]
    written = [typed.translate(table) for table in tables]
    return [each for each in [*written, *korean_retyped(typed)] if each != typed]
