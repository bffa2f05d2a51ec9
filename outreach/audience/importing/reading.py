"""From a file to a roster: the one way in.

Steps: open the file as a table, find the heading, decide the columns, read row by row,
merge. Refuses to keep anything about a child but the age group, from the first byte on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from outreach.audience.importing.adults import RecordReader
from outreach.audience.importing.ages import join_bands
from outreach.audience.importing.archive import Kind, kind_of
from outreach.audience.importing.cells import read_emails, read_phones
from outreach.audience.importing.layout import Layout, lay_out
from outreach.audience.importing.merging import Merger
from outreach.audience.importing.oneroster import OneRosterTable
from outreach.audience.importing.records import MAX_COLUMNS, Record, clean_cell
from outreach.audience.importing.roster import (
    LEFT_OUT,
    ProblemCode,
    Progress,
    Roster,
    RosterRow,
    RowProblem,
    RowToMend,
    Use,
)
from outreach.audience.importing.source import RosterFile, is_archive
from outreach.audience.importing.tables import Table, TextTable, find_titles
from outreach.audience.importing.workbook import WorkbookTable
from outreach.core import clock
from outreach.core.errors import BadInput

_ROWS_PER_PROGRESS = 500
# (row, position from 1) -> what stands in the cell instead.
Corrections = Mapping[tuple[int, int], str]


def read_roster(
    file: RosterFile,
    *,
    country: str,
    mapping: Mapping[str, str] | None = None,
    corrections: Corrections | None = None,
    today: date | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Roster:
    """Reads a school's export: CSV, a workbook (.xlsx) or a OneRoster zip.

    `country`: ISO alpha-2 of the school, for national numbers, dates and school years.
    `mapping`: heading or position from 1 -> meaning, in the words a heading would use ("guardian 2
    email", "ignore"); with positions alone the file may have no heading. `corrections`: cells that
    somebody has mended since. `today`: default from the business clock. `progress`: called every
    500 rows and at the end.

    Raises BadInput for a file that cannot be read at all or passes a cap; bad rows are in
    `Roster.problems`. Memory is bounded by the caps of `source`, `archive` and `records`.
    """
    table = _open(file, country)
    shape = _shape(table, country, mapping)
    reader = RecordReader(shape.layout, country, today or clock.now().date())
    reading = _Reading(shape, reader, corrections or {})
    for record in table.records():
        reading.take(record)
        if progress and record.number % _ROWS_PER_PROGRESS == 0:
            progress(Progress(table.bytes_done(), table.size_bytes, reading.total_rows))
    if progress:
        progress(Progress(table.size_bytes, table.size_bytes, reading.total_rows))
    return reading.roster(table)


def read_titles(file: RosterFile, country: str) -> tuple[str, ...]:
    """The headings as they stand in the file, "column 3" where it has none; also of a file
    whose columns nobody has understood yet. Raises BadInput for one that cannot be read."""
    table = _open(file, country)
    records = table.sample()
    if not records:
        raise BadInput(f"{table.name} has no rows.", remedy="Export the list again.")
    titles = find_titles(records, country)
    if _looks_like_data(titles, country):
        return tuple(_numbered(max(map(len, records))))
    return tuple(titles[:MAX_COLUMNS])


def _open(file: RosterFile, country: str) -> Table:
    if not is_archive(file):
        return TextTable(file, country)
    return WorkbookTable(file, country) if kind_of(file) is Kind.WORKBOOK else OneRosterTable(file)


@dataclass(frozen=True)
class _Shape:
    """`titles`: None when the file has no heading and its first row is data."""

    titles: list[str] | None
    layout: Layout


def _shape(table: Table, country: str, mapping: Mapping[str, str] | None) -> _Shape:
    records = table.sample()
    if not records:
        raise BadInput(f"{table.name} has no rows.", remedy="Export the list again.")
    titles = find_titles(records, country)
    if len(titles) > MAX_COLUMNS:
        raise BadInput(
            f"{table.name} has {len(titles):,} columns; {MAX_COLUMNS} are the most.",
            remedy="Delete the columns that are not needed, and export it again.",
        )
    if _looks_like_data(titles, country):
        return _without_heading(table.name, max(map(len, records)), country, mapping)
    return _Shape(titles, lay_out(titles, country, mapping))


def _looks_like_data(titles: list[str], country: str) -> bool:
    return any(
        ("@" in title and read_emails(title).good)
        or (sum(c.isdigit() for c in title) > 5 and read_phones(title, country).good)  # noqa: PLR2004
        for title in titles
    )


def _without_heading(
    name: str, width: int, country: str, mapping: Mapping[str, str] | None
) -> _Shape:
    if not mapping or not all(key.strip().isdecimal() for key in mapping):
        raise BadInput(
            f"{name} has no headings: its first row is a person already.",
            remedy="Add a first row such as: name, email, mobile, language. Or say which column is "
            "which by its position, for example 1=name, 2=email.",
        )
    return _Shape(None, lay_out(_numbered(width), country, mapping))


def _numbered(width: int) -> list[str]:
    return [f"column {position}" for position in range(1, width + 1)]


class _Reading:
    """What has been read so far."""

    def __init__(self, shape: _Shape, reader: RecordReader, corrections: Corrections) -> None:
        self._shape = shape
        self._reader = reader
        self._corrections: dict[int, dict[int, str]] = {}
        for (row, position), text in corrections.items():
            self._corrections.setdefault(row, {})[position] = text
        self._heading_seen = shape.titles is None
        self._width = len(shape.layout.columns)
        self._merger = Merger()
        self._problems: list[RowProblem] = []
        self._to_mend: list[RowToMend] = []
        self._refused: list[tuple[RosterRow, ProblemCode]] = []
        self.total_rows = 0

    def take(self, record: Record) -> None:
        if record.is_blank:
            return
        if not self._heading_seen:
            self._heading_seen = record.cells == self._shape.titles
            return
        self.total_rows += 1
        record = self._corrected(record)
        if problem := self._unreadable(record):
            self._problems.append(problem)
            return
        found = self._reader.read(record.number, record.cells)
        for adult in found.adults:
            self._merger.add(adult)
        self._refused += found.refused
        if found.problems:
            self._problems += found.problems
            self._to_mend.append(self._kept(record, found.adults))

    def _corrected(self, record: Record) -> Record:
        """A mended row has the cells that were given for it, and no others beyond its headings."""
        mended = self._corrections.get(record.number)
        if not mended:
            return record
        cells = (record.cells + [""] * self._width)[: self._width]
        for position, text in mended.items():
            if position <= self._width:
                cells[position - 1] = clean_cell(text)
        return replace(record, cells=cells, broken_lines="")

    def roster(self, table: Table) -> Roster:
        if not self._heading_seen:
            raise BadInput(
                "The headings cannot be read: a quotation mark is not closed.",
                where=f"{table.name}, row 1",
                remedy="Export the list again.",
            )
        layout = self._shape.layout
        uses = layout.uses()
        return Roster(
            rows=self._merger.rows,
            problems=sorted(
                [*table.problems(), *self._problems, *self._merger.problems], key=lambda p: p.row
            ),
            columns=uses,
            encoding=table.encoding,
            delimiter=table.delimiter,
            dropped_columns=[use.heading for use in uses if use.use is Use.DROPPED],
            total_rows=self.total_rows,
            kept_headings=tuple(column.title for column in layout.kept),
            kept_positions=tuple(column.index + 1 for column in layout.kept),
            to_mend=self._to_mend,
            ruled_out=[row for row, code in self._refused if code in LEFT_OUT],
            unusable=[row for row, code in self._refused if code not in LEFT_OUT],
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
