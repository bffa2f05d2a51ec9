"""From a file to a roster: the one way in.

Steps: check the file, find encoding, delimiter and heading, decide the columns,
read record by record, merge. Refuses to keep anything about a child but the age
group, from the first byte on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from outreach.audience.importing.adults import RecordReader
from outreach.audience.importing.ages import join_bands
from outreach.audience.importing.cells import read_emails, read_phones
from outreach.audience.importing.layout import Layout, lay_out, recognised
from outreach.audience.importing.merging import Merger
from outreach.audience.importing.records import (
    DELIMITERS,
    MAX_COLUMNS,
    Record,
    Sample,
    read_records,
    read_sample,
)
from outreach.audience.importing.roster import (
    ProblemCode,
    Progress,
    Roster,
    RosterRow,
    RowProblem,
    RowToMend,
    Use,
)
from outreach.audience.importing.source import Source, inspect
from outreach.core import clock
from outreach.core.errors import BadInput

_ROWS_PER_PROGRESS = 500
_LINES_BEFORE_HEADING = 6


def read_roster(
    path: Path,
    *,
    country: str,
    mapping: Mapping[str, str] | None = None,
    today: date | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Roster:
    """Reads a school's export.

    `country`: ISO alpha-2 of the school, for national numbers, dates and school years.
    `mapping`: heading or position from 1 -> meaning, in the words a heading would use ("guardian 2
    email", "ignore"); with positions alone the file may have no heading. `today`: default from the
    business clock. `progress`: called every 500 rows and at the end.

    Raises BadInput for a file that cannot be read at all or passes a cap; bad rows are in
    `Roster.problems`. Memory is bounded by the caps of `source` and `records`.
    """
    source = inspect(path)
    sample = read_sample(source)
    shape = _shape(source, sample, country, mapping)
    reading = _Reading(shape, RecordReader(shape.layout, country, today or clock.now().date()))
    with source.open() as (text, raw):
        for record in read_records(source, text, shape.delimiter):
            reading.take(record)
            if progress and record.number % _ROWS_PER_PROGRESS == 0:
                progress(Progress(raw.tell(), source.size_bytes, reading.total_rows))
    if progress:
        progress(Progress(source.size_bytes, source.size_bytes, reading.total_rows))
    return reading.roster(source)


@dataclass(frozen=True)
class _Shape:
    """`titles`: None when the file has no heading and its first row is data."""

    delimiter: str
    titles: list[str] | None
    layout: Layout


def _shape(
    source: Source, sample: Sample, country: str, mapping: Mapping[str, str] | None
) -> _Shape:
    delimiter = sample.declared or _best_delimiter(sample, country)
    records = [cells for cells in sample.records(delimiter) if any(cells)]
    if not records:
        raise BadInput(f"{source.path.name} has no rows.", remedy="Export the list again.")
    titles = _titles(records, country)
    if len(titles) > MAX_COLUMNS:
        raise BadInput(
            f"{source.path.name} has {len(titles):,} columns; {MAX_COLUMNS} are the most.",
            remedy="Delete the columns that are not needed, and export it again.",
        )
    if _looks_like_data(titles, country):
        width = max(map(len, records))
        return _without_heading(source, delimiter, width, country, mapping)
    return _Shape(delimiter, titles, lay_out(titles, country, mapping))


def _best_delimiter(sample: Sample, country: str) -> str:
    """The one with most headings understood; then with most rows alike; then the widest."""

    def merit(delimiter: str) -> tuple[int, int, int]:
        records = [cells for cells in sample.records(delimiter) if any(cells)]
        if not records:
            return 0, 0, 0
        width = len(records[0])
        alike = sum(len(cells) == width for cells in records) if width > 1 else 0
        return recognised(_titles(records, country), country), alike, width

    return max(DELIMITERS, key=merit)


def _titles(records: list[list[str]], country: str) -> list[str]:
    """The heading: the first row, or one under a title line or two ("Class lists 2026/27")."""
    for cells in records[:_LINES_BEFORE_HEADING]:
        if recognised(cells, country):
            return cells
        if sum(map(bool, cells)) > 1:
            break
    return records[0]


def _looks_like_data(titles: list[str], country: str) -> bool:
    return any(
        ("@" in title and read_emails(title).good)
        or (sum(c.isdigit() for c in title) > 5 and read_phones(title, country).good)  # noqa: PLR2004
        for title in titles
    )


def _without_heading(
    source: Source,
    delimiter: str,
    width: int,
    country: str,
    mapping: Mapping[str, str] | None,
) -> _Shape:
    if not mapping or not all(key.strip().isdecimal() for key in mapping):
        raise BadInput(
            f"{source.path.name} has no headings: its first row is a person already.",
            remedy="Add a first row such as: name, email, mobile, language. Or say which column is "
            "which by its position, for example 1=name, 2=email.",
        )
    titles = [f"column {position}" for position in range(1, width + 1)]
    return _Shape(delimiter, None, lay_out(titles, country, mapping))


class _Reading:
    """What has been read so far."""

    def __init__(self, shape: _Shape, reader: RecordReader) -> None:
        self._shape = shape
        self._reader = reader
        self._heading_seen = shape.titles is None
        self._width = len(shape.layout.columns)
        self._merger = Merger()
        self._problems: list[RowProblem] = []
        self._to_mend: list[RowToMend] = []
        self.total_rows = 0

    def take(self, record: Record) -> None:
        if record.is_blank:
            return
        if not self._heading_seen:
            self._heading_seen = record.cells == self._shape.titles
            return
        self.total_rows += 1
        if problem := self._unreadable(record):
            self._problems.append(problem)
            return
        found = self._reader.read(record.number, record.cells)
        for adult in found.adults:
            self._merger.add(adult)
        if found.problems:
            self._problems += found.problems
            self._to_mend.append(self._kept(record, found.adults))

    def roster(self, source: Source) -> Roster:
        if not self._heading_seen:
            raise BadInput(
                "The headings cannot be read: a quotation mark is not closed.",
                where=f"{source.path.name}, row 1",
                remedy="Export the list again.",
            )
        layout = self._shape.layout
        uses = layout.uses()
        return Roster(
            rows=self._merger.rows,
            problems=sorted([*self._problems, *self._merger.problems], key=lambda p: p.row),
            columns=uses,
            encoding=source.encoding,
            delimiter=self._shape.delimiter,
            dropped_columns=[use.heading for use in uses if use.use is Use.DROPPED],
            total_rows=self.total_rows,
            kept_headings=tuple(column.title for column in layout.kept),
            to_mend=self._to_mend,
        )

    def _unreadable(self, record: Record) -> RowProblem | None:
        """Rows whose cells may stand under the wrong heading: nothing of them is shown."""
        if record.broken_lines:
            return RowProblem(
                record.number,
                "",
                "",
                f"The quotation marks do not match, so line {record.broken_lines} was not read.",
                "Close or remove the quotation mark.",
                ProblemCode.BROKEN_QUOTES,
            )
        if any(record.cells[self._width :]):
            return RowProblem(
                record.number,
                "",
                "",
                f"The row has {len(record.cells)} cells under {self._width} headings.",
                "Put the cell with the separator in it into quotation marks.",
                ProblemCode.TOO_MANY_CELLS,
            )
        return None

    def _kept(self, record: Record, adults: list[RosterRow]) -> RowToMend:
        cells = record.cells
        kept = [c.index for c in self._shape.layout.kept]
        return RowToMend(
            record.number,
            tuple(cells[i] if i < len(cells) else "" for i in kept),
            join_bands(*(adult.age_bands for adult in adults)),
        )
