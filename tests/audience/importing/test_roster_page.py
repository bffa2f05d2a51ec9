"""The examples of docs/roster-files.md can be uploaded as they are printed."""

from __future__ import annotations

import re
from pathlib import Path

from roster_files import ReadText

from outreach.audience.importing.records import MAX_CELL_CHARACTERS, MAX_COLUMNS, MAX_ROWS
from outreach.audience.importing.source import MAX_BYTES


def page(repository: Path) -> str:
    return (repository / "docs" / "roster-files.md").read_text(encoding="utf-8")


def test_examples_are_read_without_a_problem(repository: Path, read: ReadText) -> None:
    english, german = re.findall(r"```csv\n(.*?)```", page(repository), re.DOTALL)
    per_guardian, per_child = read(english, "GB"), read(german, "DE")
    assert per_guardian.problems == per_child.problems == []
    assert [r.age_bands for r in per_guardian.rows] == [("5-7", "11-13"), ("8-10",)]
    assert [r.full_name for r in per_child.rows] == ["Anna Muster", "Jörg Muster"]
    assert per_child.dropped_columns == ["Kind Nachname", "Kind Vorname"]


def test_caps_of_the_page_are_the_real_ones(repository: Path) -> None:
    assert (
        f"{MAX_BYTES // 1024 // 1024} MB, {MAX_ROWS:,} rows, {MAX_COLUMNS} columns, "
        f"{MAX_CELL_CHARACTERS:,} characters"
    ) in page(repository)
