"""The plot of a rehearsal: a bar for each step run along the year, drawn by the server.

Pure arithmetic from numbers to places in a drawing of fixed size; the table beside it says the
same to those who do not see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.dateformat import format as date_format
from django.utils.translation import gettext

from outreach.core.channels import Channel
from outreach.delivery.rehearsal import RehearsedStep
from outreach.web.templatetags.shown import day as shown_day
from outreach.web.templatetags.shown import short_day, thousands

WIDTH, HEIGHT = 720, 240
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 16, 32
_WIDEST_BAR, _THINNEST_BAR = 36, 5
_STEPS_OF_SCALE = (1, 2, 5, 10)
_LINES = 4
_MOST_DAYS_BY_DAY = 45


@dataclass(frozen=True)
class Piece:
    """A part of a bar. `kind`: the class of its colour; `words`: what a pointer sees."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    words: str


@dataclass(frozen=True)
class Mark:
    """A label of an axis."""

    at: float
    words: str


@dataclass(frozen=True)
class Plot:
    pieces: tuple[Piece, ...]
    days: tuple[Mark, ...]
    numbers: tuple[Mark, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    floor: int = HEIGHT - BOTTOM


def plot_of(steps: Sequence[RehearsedStep]) -> Plot | None:
    """None where nothing goes out."""
    by_day: dict[date, list[RehearsedStep]] = {}
    for step in steps:
        by_day.setdefault(step.day, []).append(step)
    most = max((_messages(found) for found in by_day.values()), default=0)
    if not most:
        return None
    first, last = min(by_day), max(by_day)
    top = _round_up(most)
    along = _Along(first, (last - first).days + 1)
    pieces = [
        piece for day, found in sorted(by_day.items()) for piece in _bar(along, day, found, top)
    ]
    return Plot(tuple(pieces), tuple(_days(along, sorted(by_day))), tuple(_numbers(top)))


@dataclass(frozen=True)
class _Along:
    """Where a day is. `days`: how many the plot is wide."""

    first: date
    days: int

    @property
    def bar_width(self) -> float:
        return min(_WIDEST_BAR, max(_THINNEST_BAR, (WIDTH - LEFT - RIGHT) / self.days * 0.7))

    def middle(self, day: date) -> float:
        room = WIDTH - LEFT - RIGHT
        return LEFT + ((day - self.first).days + 0.5) * room / self.days


def _bar(along: _Along, day: date, steps: Sequence[RehearsedStep], top: int) -> list[Piece]:
    pieces: list[Piece] = []
    floor = float(HEIGHT - BOTTOM)
    names = ", ".join(step.title for step in steps)
    for channel, words in ((Channel.EMAIL, gettext("emails")), (Channel.SMS, gettext("texts"))):
        number = sum(
            step.channels[channel].messages for step in steps if channel.value in step.channels
        )
        if not number:
            continue
        height = number / top * (HEIGHT - TOP - BOTTOM)
        floor -= height
        pieces.append(
            Piece(
                x=round(along.middle(day) - along.bar_width / 2, 1),
                y=round(floor, 1),
                width=round(along.bar_width, 1),
                height=round(height, 1),
                kind=channel.value,
                words=f"{shown_day(day)}: {names}: {thousands(number)} {words}",
            )
        )
    return pieces


def _messages(steps: Sequence[RehearsedStep]) -> int:
    return sum(step.amount.messages for step in steps)


def _days(along: _Along, days: Sequence[date]) -> list[Mark]:
    """The days with a bar; of a long plan the months instead, which do not lie on each other."""
    if along.days <= _MOST_DAYS_BY_DAY:
        return [Mark(round(along.middle(day), 1), short_day(day)) for day in days]
    months = sorted({day.replace(day=1) for day in _every_month(along)})
    return [
        Mark(round(along.middle(day), 1), date_format(day, "M"))
        for day in months
        if day >= along.first
    ]


def _every_month(along: _Along) -> list[date]:
    return [date.fromordinal(along.first.toordinal() + count) for count in range(along.days)]


def _numbers(top: int) -> list[Mark]:
    lines = [round(top * line / _LINES) for line in range(_LINES + 1)]
    room = HEIGHT - TOP - BOTTOM
    return [
        Mark(round(HEIGHT - BOTTOM - number / top * room, 1), thousands(number))
        for number in dict.fromkeys(lines)
    ]


def _round_up(number: int) -> int:
    """The next of 1, 2, 5, 10, 20, 50 …"""
    power = int(10 ** (len(str(number)) - 1))
    return next(step * power for step in _STEPS_OF_SCALE if step * power >= number)
