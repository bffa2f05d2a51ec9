"""Files that are too much, or no tables at all, are refused at once and in little memory."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest
from roster_files import TODAY, ReadText

from outreach.audience.importing import Progress, read_roster
from outreach.core.errors import BadInput

MEBIBYTE = 1024 * 1024


def refused(path: Path) -> BadInput:
    """The refusal of a file, which must not have cost more than 16 MiB."""
    tracemalloc.start()
    try:
        with pytest.raises(BadInput) as caught:
            read_roster(path, country="GB", today=TODAY)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 16 * MEBIBYTE
    return caught.value


def test_file_of_three_gigabytes_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.write(b"name,email\n")
        file.truncate(3 * 1024 * MEBIBYTE)
    assert refused(path).message == "huge.csv has 3,072 MB; a roster may have at most 50 MB."


@pytest.mark.parametrize("heading", [b"", b"name,email\n"])
def test_three_million_columns_are_refused(tmp_path: Path, heading: bytes) -> None:
    path = tmp_path / "wide.csv"
    path.write_bytes(heading + b"a," * 3_000_000 + b"\n")
    error = refused(path)
    assert error.message == "There are more than 200 columns."
    assert "Delete the columns" in error.remedy


def test_201_columns_are_refused_and_200_are_not(read: ReadText) -> None:
    assert len(read("email" + "," * 199 + "\na@example.org\n").rows) == 1
    with pytest.raises(BadInput, match="200"):
        read("email" + "," * 200 + "\na@example.org\n")


def test_late_row_that_is_too_wide_is_refused_with_its_place(read: ReadText) -> None:
    with pytest.raises(BadInput) as caught:
        read("name,email\nAnn,a@example.org\n" + "x," * 250 + "\n")
    assert caught.value.where == "roster.csv, row 3"


def test_too_many_rows_are_refused(read: ReadText) -> None:
    with pytest.raises(BadInput, match="more than 200,000 rows"):
        read("email\n" + "\n" * 200_001)


def test_long_cell_is_refused_with_its_place(read: ReadText) -> None:
    assert read(f"name,notes,email\nAnn,{'x' * 2000},a@example.org\n").rows
    with pytest.raises(BadInput) as caught:
        read(f"name,notes,email\nAnn,{'x' * 2001},a@example.org\n")
    assert caught.value.message == "A cell has more than 2,000 characters."
    assert caught.value.where == "roster.csv, row 2, column 2"


def test_quote_that_swallows_megabytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "quote.csv"
    path.write_bytes(b'name,email\n"Ann' + b",a@example.org\n" * 600_000)
    error = refused(path)
    assert error.message == "A cell has more than 2,000 characters."
    assert "close its quotation mark" in error.remedy


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"\x1f\x8b\x08\x00", "a compressed file"),
        (b"\n<html><table>", "a web page or XML"),
        (b"name,email\0\n", "not a text file"),
        ("name,email\n".encode("utf-16-le"), "not a text file"),
        (b"\xff\xfe" + b"n", "encoding that is not known"),
        (b"name,email\nAnn\x81,a@example.org\n", "encoding that is not known"),
        (b"", "is empty"),
        (b"\n\n", "has no rows"),
    ],
)
def test_what_is_no_table_is_named(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes(content)
    error = refused(path)
    assert sentence in error.message
    assert error.remedy


def test_folders_pipes_and_missing_files_are_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    assert "is not a file" in refused(pipe).message
    assert "is not a file" in refused(tmp_path).message
    assert "There is no file nix.csv" in refused(tmp_path / "nix.csv").message


def test_progress_grows_to_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text("name,email\n" + "".join(f"A,a{n}@example.org\n" for n in range(1200)))
    seen: list[Progress] = []
    read_roster(path, country="GB", today=TODAY, progress=seen.append)
    assert [p.rows_done for p in seen] == [499, 999, 1200]
    assert seen[-1].bytes_done == seen[-1].bytes_total == path.stat().st_size
    assert all(p.bytes_done <= p.bytes_total for p in seen)
