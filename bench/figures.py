"""What a measurement gives: a number, what it must reach, and which way is better."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Say = Callable[[str], None]


@dataclass(frozen=True)
class Figure:
    """Median, lowest and highest of the measured values.

    `must`: what the median has to reach, None when it is only reported; `is_ceiling`: it
    must not be more, else it must not be less.
    """

    name: str
    median: float
    low: float
    high: float
    must: float | None = None
    aim: float | None = None
    unit: str = "ratio"
    is_ceiling: bool = False
    detail: str = ""

    @property
    def is_reached(self) -> bool:
        return self.must is None or self._reaches(self.must)

    @property
    def is_aim_reached(self) -> bool:
        return self.aim is not None and self._reaches(self.aim)

    def _reaches(self, line: float) -> bool:
        return self.median <= line if self.is_ceiling else self.median >= line


def figure(
    name: str,
    values: Sequence[float],
    must: float | None = None,
    aim: float | None = None,
    *,
    unit: str = "ratio",
    is_ceiling: bool = False,
    detail: str = "",
) -> Figure:
    """The figure of some values of the same thing."""
    middle = statistics.median(values)
    return Figure(name, middle, min(values), max(values), must, aim, unit, is_ceiling, detail)


def ratios(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """Pair by pair, so that a drift of the machine is in both."""
    return [a / b for a, b in zip(above, below, strict=True)]


def percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


@dataclass(frozen=True)
class Effort:
    """How much is measured. `people`: messages of one run of a lane. `rows`: of the ledger behind
    the pages, None for as many as the run's length allows. `minutes`: of the soak."""

    pairs: int
    people: int
    is_quick: bool = False
    is_full: bool = False
    rows: int | None = None
    minutes: float = 3.0

    def size(self, quick: int, usual: int, full: int | None = None) -> int:
        """How many of something, by how long the run may take."""
        if self.is_quick:
            return quick
        return full if self.is_full and full is not None else usual
