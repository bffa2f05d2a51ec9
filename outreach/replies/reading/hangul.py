"""Korean keys: what they write in Latin letters, and the other way round.

A Korean syllable is typed letter by letter and put together as one types, so a table of
single characters is not enough.
"""

from __future__ import annotations

_FIRSTS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_MIDDLES = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_LASTS = "\0ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_BASE, _END = 0xAC00, 0xD7A3
_KEYS = dict(
    zip(
        "qwertyuiopasdfghjklzxcvbnm",
        "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ",
        strict=True,
    )
)
_OF_LETTER = {letter: key for key, letter in _KEYS.items()} | {
    "ㄲ": "r", "ㄸ": "e", "ㅃ": "q", "ㅆ": "t", "ㅉ": "w", "ㅒ": "o", "ㅖ": "p",
    "ㅘ": "hk", "ㅙ": "ho", "ㅚ": "hl", "ㅝ": "nj", "ㅞ": "np", "ㅟ": "nl", "ㅢ": "ml",
    "ㄳ": "rt", "ㄵ": "sw", "ㄶ": "sg", "ㄺ": "fr", "ㄻ": "fa", "ㄼ": "fq", "ㄽ": "ft",
    "ㄾ": "fx", "ㄿ": "fv", "ㅀ": "fg", "ㅄ": "qt",
}  # fmt: skip
_PAIRS = {keys: letter for letter, keys in _OF_LETTER.items() if len(keys) > 1}


def korean_retyped(text: str) -> list[str]:
    """The text as the same keys write it on the other of the two keyboards. `text`: lower
    case; a text in neither script comes back as no text."""
    letters = "".join(map(_letters_of, text))
    if letters != text or any(each in _OF_LETTER for each in text):
        return ["".join(_OF_LETTER.get(each, each) for each in letters)]
    typed = [_KEYS.get(each, each) for each in text]
    return ["".join(_syllables(typed))] if typed != list(text) else []


def _letters_of(char: str) -> str:
    if not _BASE <= ord(char) <= _END:
        return char
    first, rest = divmod(ord(char) - _BASE, len(_MIDDLES) * len(_LASTS))
    middle, last = divmod(rest, len(_LASTS))
    return (_FIRSTS[first] + _MIDDLES[middle] + _LASTS[last]).rstrip("\0")


def _syllables(letters: list[str]) -> list[str]:
    """Letters put together: a consonant before a vowel begins the next syllable."""
    found: list[str] = []
    at = 0
    while at < len(letters):
        syllable, taken = _syllable(letters[at:])
        found.append(syllable)
        at += taken
    return found


def _syllable(letters: list[str]) -> tuple[str, int]:
    is_begun = len(letters) > 1 and letters[0] in _FIRSTS and letters[1] in _MIDDLES
    if not is_begun:
        return letters[0], 1
    middle, taken = _paired(letters, 1, _MIDDLES)
    last, after = "\0", taken
    if taken < len(letters) and letters[taken] in _LASTS:
        last, after = _paired(letters, taken, _LASTS)
        if after < len(letters) and letters[after] in _MIDDLES:
            after -= 1  # the last consonant belongs to the next syllable
            last = letters[taken] if after > taken else "\0"
    code = _FIRSTS.index(letters[0]) * len(_MIDDLES) + _MIDDLES.index(middle)
    return chr(_BASE + code * len(_LASTS) + _LASTS.index(last)), after


def _paired(letters: list[str], at: int, allowed: str) -> tuple[str, int]:
    """The letter at `at`, or the one that it makes with the next."""
    keys = "".join(_OF_LETTER.get(each, "?") for each in letters[at : at + 2])
    pair = _PAIRS.get(keys)
    return (pair, at + 2) if pair is not None and pair in allowed else (letters[at], at + 1)
