"""How many parts a carrier makes of a text, and the text put in its cheapest form.

GSM 03.38 alphabet: 160 septets in one part, 153 in each of several; any character
outside it turns the whole text into UCS-2: 70 and 67 UTF-16 units. Characters of the
extension table cost two septets; neither these nor a surrogate pair is ever split
across parts (3GPP TS 23.038; twilio.com/docs/glossary/what-sms-character-limit).
"""

# ruff: noqa: RUF001  # the table below is made of look-alikes

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# What the same message may take: two parts where the carriers' alphabet is enough, three elsewhere.
MOST_PARTS = {"GSM-7": 2, "UCS-2": 3}
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_GSM = _BASIC | _EXTENDED
_BMP_END = 0xFFFF

# Typography that has a plain twin. A dash or a quote must not cost a whole message.
_PLAIN = str.maketrans(
    {
        "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'",
        "“": '"', "”": '"', "„": '"', "‟": '"', "″": '"', "«": '"', "»": '"',
        "‹": "'", "›": "'",
        "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-",
        "…": "...", "•": "-", "·": "-",
        "\u00ad": None, "\u200b": None, "\u2060": None, "\ufeff": None,
    }
)  # fmt: skip
_SPACES = re.compile(r"[^\S\n]+")
_PARAGRAPHS = re.compile(r"\s*\n\s*\n\s*")


# Letters that are no other letter with a mark, and what people write on a keyboard without them.
_BASE_LETTERS = str.maketrans(
    {
        "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ħ": "h", "Ħ": "H",
        "ı": "i", "ŧ": "t", "Ŧ": "T", "ŋ": "n", "Ŋ": "N", "œ": "oe", "Œ": "OE",
        "þ": "th", "Þ": "Th", "ẞ": "SS",
    }
)  # fmt: skip


@dataclass(frozen=True)
class SegmentCount:
    """`encoding`: "GSM-7" or "UCS-2". `units`: septets or UTF-16 units the text takes.

    `segments`: the parts a carrier bills. `outside_gsm`: the characters, each once in
    order of appearance, that turned the text into UCS-2.
    """

    encoding: str
    units: int
    segments: int
    outside_gsm: tuple[str, ...] = ()


def count_segments(text: str) -> SegmentCount:
    """Counts `text` exactly as given; an empty text is no part."""
    letters = frozenset(text)
    outside = letters - _GSM
    if outside:
        doubled = frozenset(c for c in letters if ord(c) > _BMP_END)
        units, parts = _units_and_parts(text, doubled, 70, 67)
        return SegmentCount("UCS-2", units, parts, tuple(sorted(outside, key=text.index)))
    return SegmentCount("GSM-7", *_units_and_parts(text, letters & _EXTENDED, 160, 153))


def normalise_sms(text: str) -> str:
    """Collapses white space (a blank line stays one line end) and writes in NFC.

    Quotes, dashes and dots become plain where that keeps the whole text in GSM-7;
    where another letter needs UCS-2 anyway, they stay as written.
    """
    composed = unicodedata.normalize("NFC", text).strip()
    paragraphs = [_SPACES.sub(" ", " ".join(p.split())) for p in _PARAGRAPHS.split(composed)]
    joined = "\n".join(p for p in paragraphs if p)
    plain = joined.translate(_PLAIN)
    return plain if count_segments(plain).encoding == "GSM-7" else joined


def in_gsm_letters(name: str) -> str:
    """`name` with the nearest letters of the carriers' alphabet: Škola as Skola; é stays é.

    Where a letter has no such twin, as in another script, `name` comes back as it is.
    """
    written = "".join(each if each in _GSM else _nearest(each) for each in name)
    return written if _GSM.issuperset(written) else name


def _nearest(letter: str) -> str:
    bare = unicodedata.normalize("NFKD", letter.translate(_PLAIN).translate(_BASE_LETTERS))
    return "".join(each for each in bare if not unicodedata.combining(each))


def _units_and_parts(
    text: str, doubled: frozenset[str], alone: int, joined: int
) -> tuple[int, int]:
    units = len(text) + sum(map(text.count, doubled))
    if units <= alone:
        return units, 1 if units else 0
    # Only a character of two units leaves one free at the end of a part.
    return units, _filled(text, doubled, joined) if doubled else -(-units // joined)


def _filled(text: str, doubled: frozenset[str], joined: int) -> int:
    parts, used = 1, 0
    for character in text:
        cost = 2 if character in doubled else 1
        if used + cost > joined:
            parts, used = parts + 1, 0
        used += cost
    return parts
