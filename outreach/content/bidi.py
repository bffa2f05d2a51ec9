"""What runs from left to right inside a text that runs from right to left.

Owns the invisible marks that keep it readable. Behind an Arabic word a program shows the
groups of "116 111" the other way round, and the stroke at the end of an address before it
(Unicode Standard Annex #9, rules W2, W4 and N2); a text whose first letter is Latin is laid
out from left to right as a whole (rule P2). Refuses to change a visible character.
"""

from __future__ import annotations

import unicodedata

LEFT_TO_RIGHT = "\u200e"
RIGHT_TO_LEFT = "\u200f"
_LETTERS_FROM_THE_RIGHT = frozenset({"R", "AL"})


def kept_in_order(value: str) -> str:
    """`value` with the marks it needs in a text from right to left, as few as can be: each
    takes a place in a text message. None where it has letters from the right itself."""
    kinds = [unicodedata.bidirectional(character) for character in value]
    if not kinds or _LETTERS_FROM_THE_RIGHT & set(kinds) or value.isdigit():
        return value
    before = "" if kinds[0] == "L" else LEFT_TO_RIGHT
    after = "" if kinds[-1] in ("L", "EN") else LEFT_TO_RIGHT
    return f"{before}{value}{after}"


def begun_from_the_right(text: str) -> str:
    """`text` so that every line of it is laid out from right to left."""
    return "\n".join(_begun(line) for line in text.split("\n"))


def _begun(line: str) -> str:
    kinds = (unicodedata.bidirectional(character) for character in line)
    first = next((kind for kind in kinds if kind in ("L", "R", "AL")), "L")
    return line if not line or first != "L" else f"{RIGHT_TO_LEFT}{line}"
