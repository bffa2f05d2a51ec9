"""A file as rows of cells, whatever it was saved as.

Owns the one shape in which the reader meets texts, workbooks and OneRoster exports.
Refuses to know what a column means.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from outreach.audience.importing.layout import recognised
from outreach.audience.importing.records import (
    DELIMITERS,
    Record,
    Sample,
    read_records,
    read_sample,
)
from outreach.audience.importing.roster import RowProblem
from outreach.audience.importing.source import RosterFile, inspect

_LINES_BEFORE_HEADING = 6


class Table(Protocol):
    """`encoding`: of a text, "workbook" or "OneRoster". `delimiter`: of a text, a comma else."""

    @property
    def name(self) -> str: ...
    @property
    def size_bytes(self) -> int: ...
    @property
    def encoding(self) -> str: ...
    @property
    def delimiter(self) -> str: ...

    def sample(self) -> list[list[str]]:
        """The first rows that are not empty, for finding the headings."""
        ...

    def records(self) -> Iterator[Record]:
        """Every row, empty ones included. Raises BadInput as soon as a cap is passed."""
        ...

    def bytes_done(self) -> int:
        """How far `records` has come."""
        ...

    def problems(self) -> list[RowProblem]:
        """What was left out before the rows were made."""
        ...


class TextTable:
    """A CSV file, or another text with a separator."""

    def __init__(self, file: RosterFile, country: str) -> None:
        self._source = inspect(file)
        self._sample = read_sample(self._source)
        self._done = 0
        self.name = file.name
        self.size_bytes = self._source.size_bytes
        self.encoding = self._source.encoding
        self.delimiter = self._sample.declared or _best_delimiter(self._sample, country)

    def sample(self) -> list[list[str]]:
        return [cells for cells in self._sample.records(self.delimiter) if any(cells)]

    def records(self) -> Iterator[Record]:
        with self._source.open() as (text, raw):
            for record in read_records(self._source, text, self.delimiter):
                self._done = raw.tell()
                yield record

    def bytes_done(self) -> int:
        return self._done

    def problems(self) -> list[RowProblem]:
        return []


def find_titles(records: list[list[str]], country: str) -> list[str]:
    """The heading: the first row, or one under a title line or two ("Class lists 2026/27")."""
    for cells in records[:_LINES_BEFORE_HEADING]:
        if recognised(cells, country):
            return cells
        if sum(map(bool, cells)) > 1:
            break
    return records[0]


def _best_delimiter(sample: Sample, country: str) -> str:
    """The one with most headings understood; then with most rows alike; then the widest."""

    def merit(delimiter: str) -> tuple[int, int, int]:
        records = [cells for cells in sample.records(delimiter) if any(cells)]
        if not records:
            return 0, 0, 0
        width = len(records[0])
        alike = sum(len(cells) == width for cells in records) if width > 1 else 0
        return recognised(find_titles(records, country), country), alike, width

    return max(DELIMITERS, key=merit)
