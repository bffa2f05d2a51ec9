"""The text as records: delimiter, quoting, and the caps on rows, columns and cells.

Reads line by line with every length bounded, so that a line of three million
columns or a quotation mark that is never closed costs no memory. Refuses to know
what a column means.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from outreach.audience.importing.source import Source, unreadable_text
from outreach.core.errors import BadInput

MAX_ROWS = 200_000
MAX_COLUMNS = 200
MAX_CELL_CHARACTERS = 2_000
# The longest honest record: every cell full, each in quotes, with its delimiter.
_MAX_RECORD_CHARACTERS = MAX_COLUMNS * (MAX_CELL_CHARACTERS + 3)
_SAMPLE_LINES = 20
DELIMITERS = (",", ";", "\t", "|")
_SEPARATOR_LINE = re.compile(r"sep=([,;\t|])\s*", re.IGNORECASE)
_TEXT_FORMULA = re.compile(r'="(.*)"', re.DOTALL)
_GUARDED = re.compile(r"'[=+\-@\t]")


@dataclass(frozen=True, slots=True)
class Record:
    """`number`: row as a spreadsheet counts, from 1. `broken_lines`: "12 to 14" when the quotes
    do not match and the cells could not be read."""

    number: int
    cells: list[str]
    broken_lines: str = ""

    @property
    def is_blank(self) -> bool:
        return not self.broken_lines and not any(self.cells)


@dataclass(frozen=True)
class Sample:
    """The first lines, for finding out the delimiter. `declared`: from Excel's `sep=` line."""

    lines: list[str]
    declared: str | None

    def records(self, delimiter: str) -> list[list[str]]:
        """The sample cut by `delimiter`; what cannot be cut is left out."""
        found: list[list[str]] = []
        try:
            for cells in csv.reader(self.lines, delimiter=delimiter, skipinitialspace=True):
                found.append([clean_cell(cell) for cell in cells])
        except csv.Error:
            pass  # a sample may end inside a cell; what was read before is enough
        return found


def read_sample(source: Source) -> Sample:
    """The first twenty lines. Raises BadInput for a line that passes the caps."""
    with source.open() as (text, _):
        lines = _BoundedLines(source, text)
        taken = [line for line, _ in zip(lines, range(_SAMPLE_LINES), strict=False)]
    declared = _SEPARATOR_LINE.fullmatch(taken[0]) if taken else None
    if declared:
        return Sample(taken[1:], declared.group(1))
    return Sample(taken, None)


def read_records(source: Source, text: io.TextIOWrapper, delimiter: str) -> Iterator[Record]:
    """Every record, empty ones included. Raises BadInput as soon as a cap is passed."""
    lines = _BoundedLines(source, text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    number = 0
    while True:
        first_line = reader.line_num + 1
        lines.start_record(number + 1)
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "field limit" in str(error):
                _refuse_cell(source.name, number + 1)
            # csv starts afresh on the next line, so one bad row does not cost the file.
            number += 1
            yield Record(number, [], broken_lines=_span(first_line, reader.line_num))
            continue
        number += 1
        if number == 1 and _SEPARATOR_LINE.fullmatch(delimiter.join(cells)):
            continue
        yield Record(number, check_record(source.name, number, cells))


def clean_cell(cell: str) -> str:
    """The cell without blanks around it and without what spreadsheets put to keep text as text
    (`="0171"`, and the apostrophe of our own exports)."""
    text = cell.strip(" \r\n\xa0\ufeff")
    if wrapped := _TEXT_FORMULA.fullmatch(text):
        return wrapped.group(1).strip()
    return text[1:].strip() if _GUARDED.match(text) else text.strip()


def _span(first: int, last: int) -> str:
    return f"{first}" if last <= first else f"{first} to {last}"


def check_record(name: str, number: int, cells: list[str]) -> list[str]:
    """The cells, cleaned. `name`: of the file. Raises BadInput for what passes the caps."""
    if number > MAX_ROWS + 1:
        raise BadInput(
            f"{name} has more than {MAX_ROWS:,} rows.",
            remedy="Upload one school's list only, in parts if need be.",
        )
    if len(cells) > MAX_COLUMNS:
        _refuse_columns(name, number)
    for position, cell in enumerate(cells, start=1):
        if len(cell) > MAX_CELL_CHARACTERS:
            _refuse_cell(name, number, f", column {position}")
    return [clean_cell(cell) for cell in cells]


def _refuse_cell(name: str, number: int, column: str = "") -> NoReturn:
    raise BadInput(
        f"A cell has more than {MAX_CELL_CHARACTERS:,} characters.",
        where=f"{name}, row {number}{column}",
        remedy="Shorten it. If it swallowed the rows below, close its quotation mark.",
    )


def _refuse_columns(name: str, number: int) -> NoReturn:
    raise BadInput(
        f"There are more than {MAX_COLUMNS} columns.",
        where=f"{name}, row {number}",
        remedy="Delete the columns that are not needed, and export it again.",
    )


class _BoundedLines:
    """Physical lines; refuses a record (which quotes may spread over lines) that grows too long."""

    def __init__(self, source: Source, text: io.TextIOWrapper) -> None:
        self._source = source
        self._text = text
        self._record = 1
        self._characters = 0

    def start_record(self, number: int) -> None:
        self._record = number
        self._characters = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            line = self._text.readline(_MAX_RECORD_CHARACTERS + 1)
        except UnicodeError as error:
            raise unreadable_text(self._source.file) from error
        if not line:
            raise StopIteration
        self._characters += len(line)
        if self._characters > _MAX_RECORD_CHARACTERS:
            self._refuse(line)
        return line

    def _refuse(self, line: str) -> NoReturn:
        if max(line.count(delimiter) for delimiter in DELIMITERS) >= MAX_COLUMNS:
            _refuse_columns(self._source.name, self._record)
        raise BadInput(
            f"The row does not end within {_MAX_RECORD_CHARACTERS:,} characters.",
            where=f"{self._source.name}, row {self._record}",
            remedy="A quotation mark is not closed, or this is not a table. Export it again.",
        )
