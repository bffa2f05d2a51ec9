"""Contrast of text and ground on a finished page, by WCAG 2.2 (relative luminance, 1.4.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

_HEX = re.compile(r"#([0-9a-f]{6}|[0-9a-f]{3})\b", re.IGNORECASE)
_VOID = frozenset({"br", "hr", "img", "meta", "link", "input", "area", "base", "col", "wbr"})
_HIDDEN = frozenset({"style", "title", "head"})
_BLACK, _WHITE = "#000000", "#ffffff"


@dataclass(frozen=True)
class Pair:
    """Text in `color` on `ground`; `tag` and `text`: what stands there."""

    color: str
    ground: str
    tag: str
    text: str

    @property
    def ratio(self) -> float:
        """1 for the same colour, 21 for black on white."""
        lighter, darker = sorted((_luminance(self.color), _luminance(self.ground)), reverse=True)
        return (lighter + 0.05) / (darker + 0.05)


def pairs_in(html: str) -> Iterator[Pair]:
    """Each pair of colours that text of the page has, once. `html`: with its styles inlined."""
    page = _Page()
    page.feed(html)
    yield from page.found.values()


@dataclass(frozen=True)
class _Around:
    """What an element hands down to what is in it."""

    tag: str
    color: str
    ground: str
    is_shown: bool


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[tuple[str, str], Pair] = {}
        self._around = [_Around("", _BLACK, _WHITE, is_shown=True)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        style = _declarations(dict(attrs).get("style") or "")
        outer = self._around[-1]
        self._around.append(
            _Around(
                tag,
                _hex(style.get("color", "")) or outer.color,
                _hex(style.get("background-color", style.get("background", ""))) or outer.ground,
                is_shown=outer.is_shown and tag not in _HIDDEN and style.get("display") != "none",
            )
        )

    def handle_endtag(self, tag: str) -> None:
        while len(self._around) > 1 and self._around.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        here = self._around[-1]
        if here.is_shown and data.strip():
            key = (here.color, here.ground)
            self.found.setdefault(key, Pair(*key, here.tag, data.strip()[:40]))


def _declarations(style: str) -> dict[str, str]:
    parts = (part.partition(":") for part in style.split(";"))
    return {
        name.strip().lower(): value.replace("!important", "").strip().lower()
        for name, _, value in parts
    }


def _hex(value: str) -> str:
    found = _HEX.search(value)
    if found is None:
        return ""
    digits = found[1].lower()
    return f"#{digits if len(digits) > 3 else ''.join(2 * digit for digit in digits)}"  # noqa: PLR2004  # #abc is short for #aabbcc


def _luminance(color: str) -> float:
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004  # WCAG's formula
        for part in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
