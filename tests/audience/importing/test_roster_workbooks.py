"""Workbooks: the values that the spreadsheet showed, and nothing that explodes."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from roster_archives import packed, workbook
from roster_files import TODAY

from outreach.audience.importing import FileBytes, ProblemCode, Roster, read_roster
from outreach.core.errors import BadInput

HEADING = ("guardian name", "guardian email", "guardian mobile", "consent", "consent date")
MEBIBYTE = 1024 * 1024
# A workbook knows no time zones.
DAY = datetime(2026, 9, 1, 8)  # noqa: DTZ001


def read(content: bytes, name: str = "list.xlsx") -> Roster:
    return read_roster(FileBytes(name, content), country="GB", today=TODAY)


def refused(content: bytes, name: str = "list.xlsx") -> BadInput:
    """The refusal, which must not have cost more than 16 MiB beside the file."""
    tracemalloc.start()
    try:
        with pytest.raises(BadInput) as caught:
            read(content, name)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 16 * MEBIBYTE
    return caught.value


def test_cells_are_read_as_a_person_would_have_typed_them() -> None:
    roster = read(
        workbook(
            [
                HEADING,
                ("Zoë", "zoe@example.org", "07700 900123", True, DAY),
                ("Bob", "bob@example.org", "+447700900124", "no", None),
                ("Cy", "cy@example.org", None, "yes", date(2026, 9, 2)),
            ]
        )
    )
    assert roster.encoding == "workbook"
    assert [(r.number, r.full_name, r.consent, r.consent_on) for r in roster.rows] == [
        (2, "Zoë", True, date(2026, 9, 1)),
        (3, "Bob", False, None),
        (4, "Cy", True, date(2026, 9, 2)),
    ]
    assert roster.rows[0].phones[0].e164 == "+447700900123"


def test_number_that_lost_its_zero_is_not_repaired_by_itself() -> None:
    roster = read(workbook([HEADING, ("Ann", None, 7700900123, "yes")]))
    assert [(p.row, p.code, p.value) for p in roster.problems] == [
        (2, ProblemCode.LOST_ZERO, "7700900123")
    ]


def test_formula_is_never_calculated() -> None:
    """openpyxl writes the formula without a value; what is shown is what a spreadsheet stored."""
    roster = read(workbook([HEADING, ("Ann", '="ann@"&"example.org"', "07700900123", "yes")]))
    assert roster.rows[0].emails == ()


def test_sheet_with_the_headings_is_chosen_and_a_hidden_one_is_not() -> None:
    notes = [["Read me first"]]
    people = [HEADING, ("Ann", "ann@example.org", None, "yes")]
    hidden = [HEADING, ("Secret", "secret@example.org", None, "yes")]
    roster = read(workbook(hidden, notes, people, hidden=[0]))
    assert [row.full_name for row in roster.rows] == ["Ann"]


def test_title_and_empty_rows_keep_the_numbers_of_the_sheet() -> None:
    rows = [["Class lists"], [], HEADING, [], ("Ann", "ann@example.org", None, "yes")]
    assert read(workbook(rows)).rows[0].number == 5


def test_wrong_dimension_hides_nothing() -> None:
    """Some programs write A1:A1 for the whole sheet."""
    original = zipfile.ZipFile(
        io.BytesIO(workbook([HEADING, ("Ann", "ann@example.org", None, "yes")]))
    )
    parts = {name: original.read(name) for name in original.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(b'ref="A1:E2"', b'ref="A1:A1"')
    assert parts["xl/worksheets/sheet1.xml"] != sheet
    assert len(read(packed(parts)).rows) == 1


def with_cell(column: str) -> bytes:
    original = zipfile.ZipFile(io.BytesIO(workbook([HEADING, ("Ann", "ann@example.org")])))
    parts = {name: original.read(name) for name in original.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    cell = f'<c r="{column}2" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(b"</row></sheetData>", cell.encode())
    return packed(parts)


def test_too_many_columns_are_refused() -> None:
    assert "There are more than 200 columns." in str(refused(with_cell("GS")))


def test_cell_at_the_far_end_of_a_sheet_costs_nothing() -> None:
    assert len(read(with_cell("XFD")).rows) == 1


def test_row_far_below_is_refused_at_once() -> None:
    original = zipfile.ZipFile(io.BytesIO(workbook([HEADING, ("Ann", "ann@example.org")])))
    parts = {name: original.read(name) for name in original.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    row = b'</row><row r="1048576"><c r="A1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(b"</row></sheetData>", row + b"</sheetData>")
    assert "more than 200,000 rows" in str(refused(packed(parts)))


def test_workbook_is_known_under_any_name() -> None:
    content = workbook([HEADING, ("Ann", "ann@example.org", None, "yes")])
    assert len(read(content, "list.csv").rows) == 1


def test_bomb_is_refused_before_it_is_unpacked() -> None:
    content = packed({"xl/workbook.xml": b"<x/>", "xl/sharedStrings.xml": bytes(40 * MEBIBYTE)})
    assert "unpacks to far more than a list does" in refused(content).message


def test_many_parts_of_honest_ratio_are_refused_together() -> None:
    line = bytes(range(256)) * 4096  # packs to a two-hundredth, not less
    parts = {f"part{n}.xml": line for n in range(151)}
    assert "MB when unpacked" in refused(packed({"xl/workbook.xml": b"", **parts})).message


@pytest.mark.parametrize("name", ["../users.csv", "/etc/users.csv", "a\\..\\users.csv", "c:x"])
def test_part_that_leads_out_is_refused(name: str) -> None:
    content = packed({"users.csv": "sourcedId\n", name: "x"})
    assert "leads out of the archive" in refused(content, "x.zip").message


def test_entities_that_grow_are_not_expanded() -> None:
    original = zipfile.ZipFile(io.BytesIO(workbook([HEADING])))
    parts = {name: original.read(name) for name in original.namelist()}
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    parts["xl/worksheets/sheet1.xml"] = laughs + sheet
    assert "is damaged" in refused(packed(parts)).message


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"[Content_Types].xml": "<Types/>", "word/document.xml": "x"}, "an office document"),
        ({"photo.jpg": "x"}, "no OneRoster export"),
        ({"xl/workbook.xml": "no xml at all"}, "is damaged"),
    ],
)
def test_other_archives_are_named(parts: dict[str, str], sentence: str) -> None:
    error = refused(packed(parts))
    assert sentence in error.message
    assert error.remedy


def test_cut_archive_is_refused() -> None:
    assert "is damaged" in refused(workbook([HEADING])[:-100]).message


def test_workbook_with_a_password_says_so() -> None:
    content = bytearray(packed({"xl/workbook.xml": "x"}))
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1  # the flag in the archive's own list of parts
    assert "has a password" in refused(bytes(content)).message


def test_file_on_a_disk_is_read_like_one_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    path.write_bytes(workbook([HEADING, ("Ann", "ann@example.org", None, "yes")]))
    assert len(read_roster(path, country="GB", today=TODAY).rows) == 1
