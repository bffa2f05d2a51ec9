"""The plot of a report: a bar for each group, as wide as it has messages.

Pure arithmetic; the words beside each bar are text of the page, and the table under it says the
same in numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from outreach.web.manager.reports.words import FIGURE_WORDS, Line

WIDTH = 1000.0
MOST_BARS = 12
# What a bar is made of, from the left: the class of its colour, the words, the number.
_PARTS: tuple[tuple[str, Promise], ...] = (
    ("delivered", FIGURE_WORDS["delivered"]),
    ("accepted", gettext_lazy("Reached, no receipt yet")),
    ("unknown", FIGURE_WORDS["unknown"]),
    ("failed", FIGURE_WORDS["failed"]),
    ("skipped", FIGURE_WORDS["left_out"]),
)


@dataclass(frozen=True)
class Part:
    """`kind`: the class of its colour; `x`, `width`: in thousandths of the widest bar."""

    kind: str
    words: Promise
    number: int
    x: float
    width: float


@dataclass(frozen=True)
class Bar:
    words: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Drawing:
    """`bars`: the largest groups; `left_away`: how many more groups the table has."""

    bars: tuple[Bar, ...]
    left_away: int
    key: tuple[tuple[str, Promise], ...] = _PARTS


def drawing_of(lines: Sequence[Line]) -> Drawing | None:
    """None where there is nothing that may be shown."""
    shown = [(line, numbers) for line in lines if (numbers := _numbers(line))]
    shown.sort(key=lambda each: -sum(each[1]))
    most = max((sum(numbers) for _, numbers in shown), default=0)
    if not most:
        return None
    bars = tuple(_bar(line.words, numbers, most) for line, numbers in shown[:MOST_BARS])
    return Drawing(bars, max(len(shown) - MOST_BARS, 0))


def _numbers(line: Line) -> list[int]:
    """In the order of the parts; [] for a group that is not shown."""
    found = line.figures
    if (
        found.delivered is None
        or found.reached is None
        or found.unknown is None
        or found.failed is None
        or found.left_out is None
    ):
        return []
    waiting = found.reached - found.delivered
    return [found.delivered, waiting, found.unknown, found.failed, found.left_out]


def _bar(words: str, numbers: Sequence[int], most: int) -> Bar:
    parts, x = [], 0.0
    for (kind, meaning), number in zip(_PARTS, numbers, strict=True):
        width = number * WIDTH / most
        if number:
            parts.append(Part(kind, meaning, number, round(x, 2), round(width, 2)))
        x += width
    return Bar(words, tuple(parts))
