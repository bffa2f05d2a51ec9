"""How many parts a text message takes (GSM 03.38 and UCS-2), for `num_segments`.

The sandbox counts by itself, so that a mistake in the product's own counter shows.
"""

from __future__ import annotations

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_GSM_SINGLE, _GSM_PART = 160, 153
_UCS_SINGLE, _UCS_PART = 70, 67
_LAST_OF_ONE_UNIT = 0xFFFF


def count_parts(text: str) -> int:
    """The carrier's parts of `text`, at least 1. A character is never split over two parts."""
    if all(character in _BASIC or character in _EXTENDED for character in text):
        widths = [2 if character in _EXTENDED else 1 for character in text]
        return _parts(widths, _GSM_SINGLE, _GSM_PART)
    widths = [2 if ord(character) > _LAST_OF_ONE_UNIT else 1 for character in text]
    return _parts(widths, _UCS_SINGLE, _UCS_PART)


def _parts(widths: list[int], single: int, part: int) -> int:
    if sum(widths) <= single:
        return 1
    parts, filled = 1, 0
    for width in widths:
        if filled + width > part:
            parts, filled = parts + 1, 0
        filled += width
    return parts
