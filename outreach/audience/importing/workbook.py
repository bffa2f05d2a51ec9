"""A workbook (.xlsx) as rows of cells.

Owns the reading of the values that the spreadsheet last showed: no formula is ever
calculated, no link is followed, no macro is looked at. Its size is bounded by `archive`, its
XML is read by defusedxml (which openpyxl takes where it is installed).
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from itertools import islice
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.utils.exceptions import InvalidFileException

from outreach.audience.importing.archive import damaged, opened
from outreach.audience.importing.layout import recognised
from outreach.audience.importing.records import (
    MAX_COLUMNS,
    MAX_ROWS,
    Record,
    check_record,
)
from outreach.audience.importing.roster import RowProblem
from outreach.audience.importing.source import RosterFile, size_of
from outreach.audience.importing.tables import find_titles
from outreach.core.errors import BadInput

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

_SAMPLE_ROWS = 20
_MOST_SHEETS = 30
_BROKEN = (
    zipfile.BadZipFile,
    InvalidFileException,
    DefusedXmlException,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    EOFError,
)


class WorkbookTable:
    """The first sheet whose headings are understood; of a sheet that is hidden, nothing."""

    encoding = "workbook"
    delimiter = ","

    def __init__(self, file: RosterFile, country: str) -> None:
        self.name = file.name
        self.size_bytes = size_of(file)
        self._file = file
        self._done = 0
        self._sheet, self._sample = self._choose(country)

    def sample(self) -> list[list[str]]:
        return self._sample

    def records(self) -> Iterator[Record]:
        with self._sheets() as sheets:
            sheet = sheets[self._sheet]
            rows_expected = max(sheet.max_row or 0, 1)
            for number, cells in enumerate(_rows(sheet), start=1):
                self._done = min(self.size_bytes, self.size_bytes * number // rows_expected)
                yield Record(number, check_record(self.name, number, cells))
        self._done = self.size_bytes

    def bytes_done(self) -> int:
        return self._done

    def problems(self) -> list[RowProblem]:
        return []

    def _choose(self, country: str) -> tuple[str, list[list[str]]]:
        samples: dict[str, list[list[str]]] = {}
        with self._sheets() as sheets:
            for title, sheet in islice(sheets.items(), _MOST_SHEETS):
                rows = (cells for cells in _rows(sheet) if any(cells))
                found = list(islice(rows, _SAMPLE_ROWS))
                if found:
                    samples[title] = found
        if not samples:
            raise BadInput(f"{self.name} has no rows.", remedy="Export the list again.")
        return max(
            samples.items(), key=lambda each: recognised(find_titles(each[1], country), country)
        )

    @contextmanager
    def _sheets(self) -> Iterator[dict[str, ReadOnlyWorksheet]]:
        """What openpyxl raises for a file that is not well formed has many names, and all of
        them mean the same to the person who uploads it."""
        try:
            with opened(self._file) as archive:
                book = load_workbook(_stream(archive), read_only=True, data_only=True)
                yield {
                    sheet.title: sheet
                    for sheet in book.worksheets
                    if sheet.sheet_state == "visible"
                }
                book.close()
        except _BROKEN as error:
            raise damaged(self._file) from error


def _stream(archive: zipfile.ZipFile) -> Any:
    """The bytes under the archive, which openpyxl opens once more."""
    stream = archive.fp
    if stream is None:
        raise zipfile.BadZipFile("closed")
    stream.seek(0)
    return stream


def _rows(sheet: ReadOnlyWorksheet) -> Iterator[list[str]]:
    """Texts of the cells, without the empty ones behind the last. Exporters write wrong
    dimensions, so these are not believed; what passes the caps is cut one cell behind them."""
    sheet.reset_dimensions()
    rows = sheet.iter_rows(  # type: ignore[misc]  # the stubs borrow it from another class
        max_row=MAX_ROWS + 2, max_col=MAX_COLUMNS + 1, values_only=True
    )
    for values in rows:
        # Counted first: a sheet may have a hundred thousand empty rows before its last.
        if values.count(None) == len(values):
            yield []
            continue
        cells = [_text(value) for value in values]
        while cells and not cells[-1]:
            cells.pop()
        yield cells


def _text(value: object) -> str:
    """As a person would have typed it. A number keeps all its digits; an hour alone and the
    error of a formula say nothing."""
    match value:
        case None | time():
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime() | date():
            return f"{value:%Y-%m-%d}"
        case float() if value.is_integer():
            return str(int(value))
    text = str(value)
    return "" if text in ERROR_CODES else text
