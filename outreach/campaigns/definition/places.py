"""Where in a file something was written, and a finding that says so."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from outreach.core.errors import Problem

# The way to a value: ("steps", 0, "when", "at").
Path = tuple[str | int, ...]

_LONGEST_SHOWN = 60


@dataclass(frozen=True)
class Place:
    """Counted from 1, as editors do."""

    line: int
    column: int


@dataclass(frozen=True)
class Places:
    """Where each key and each value of one file stands."""

    filename: str
    values: Mapping[Path, Place] = field(default_factory=dict)
    keys: Mapping[Path, Place] = field(default_factory=dict)

    def of_value(self, path: Path) -> str:
        """`file:line:column` of a value, or of the nearest thing around it that is written."""
        return self._shown(self.values, path)

    def of_key(self, path: Path) -> str:
        """`file:line:column` of a key, or of the nearest thing around it that is written."""
        return self._shown(self.keys if path in self.keys else self.values, path)

    def order(self, problem: Problem) -> tuple[int, int]:
        """For sorting findings as the file reads; findings about other files come last."""
        place = problem.where.removeprefix(f"{self.filename}:")
        if place == problem.where:
            return (1 << 30, 0)
        line, _, column = place.partition(":")
        return (int(line), int(column))

    def _shown(self, places: Mapping[Path, Place], path: Path) -> str:
        while path not in places and path:
            path = path[:-1]
            places = self.values
        place = places.get(path, Place(1, 1))
        return f"{self.filename}:{place.line}:{place.column}"


def nearest(written: object, possible: Iterable[str]) -> str:
    """ "Did you mean `x`?" for a slip of the pen, else an empty string."""
    close = difflib.get_close_matches(
        str(written)[:_LONGEST_SHOWN].casefold(), list(possible), n=1, cutoff=0.6
    )
    return f"Did you mean `{close[0]}`?" if close else ""


def shown(value: object) -> str:
    """A value as the author wrote it, shortened, for a sentence."""
    if isinstance(value, Mapping):
        return "a group of keys"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{text}`" if len(text) <= _LONGEST_SHOWN else f"`{text[:_LONGEST_SHOWN]}…`"
