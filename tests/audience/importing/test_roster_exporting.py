"""What goes back to the school: problems, and the rows to mend."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from roster_files import ReadText

from outreach.audience.importing import ProblemCode, RowProblem, mend_csv, problems_csv


def problem(value: str) -> RowProblem:
    return RowProblem(2, "mobile", value, "reason", "remedy", ProblemCode.BAD_PHONE)


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\0"])
def test_no_cell_can_run_as_a_formula(first: str) -> None:
    text = problems_csv([problem(f"{first}cmd|' /C calc'!A0")])
    assert f"'{first}cmd" in text


@given(st.lists(st.text(max_size=30), max_size=5))
def test_every_cell_of_every_export_is_harmless(values: list[str]) -> None:
    rows = list(csv.reader(io.StringIO(problems_csv([problem(v) for v in values]), newline="")))
    assert len(rows) == len(values) + 1
    assert not [cell for row in rows for cell in row if cell[:1] in set("=+-@\t\0\r")]


def test_problems_have_place_reason_and_remedy(read: ReadText) -> None:
    roster = read("name,email,mobile\nAnn,a@example.org,4.48E+11\n")
    row = next(csv.DictReader(io.StringIO(problems_csv(roster.problems))))
    assert (row["row"], row["column"], row["value"]) == ("2", "mobile", "4.48E+11")
    assert (row["code"], row["taken without it"]) == ("bad-phone", "yes")
    assert row["reason"]
    assert row["remedy"]


ROSTER = (
    "Pupil name;Year group;Guardian name;Guardian email;Guardian mobile;Shoe size\n"
    "Kim;5;=Ann;ann@example;+44 7700 900123;38\n"
    "Lee;7;Bob;bob@example.org;;39\n"
    "Max;9;Cy;;7700900124;40\n"
)


def test_rows_to_mend_have_the_kept_columns_and_the_reason(read: ReadText) -> None:
    rows = list(csv.reader(io.StringIO(mend_csv(read(ROSTER))), delimiter=";"))
    assert rows[0] == [
        "Guardian name",
        "Guardian email",
        "Guardian mobile",
        "age group",
        "outreach problem",
    ]
    assert [row[:4] for row in rows[1:]] == [
        ["'=Ann", "ann@example", "'+44 7700 900123", "8-10"],
        ["Cy", "", "7700900124", ""],
    ]
    assert "not an email address" in rows[1][4]


def test_mended_file_can_be_uploaded_as_it_is(read: ReadText) -> None:
    mended = mend_csv(read(ROSTER)).replace("ann@example;", "ann@example.org;")
    roster = read(mended.replace("7700900124", "07700900124"))
    assert roster.problems == []
    assert [(r.full_name, r.age_bands) for r in roster.rows] == [("=Ann", ("8-10",)), ("Cy", ())]
    assert roster.rows[0].phones[0].e164 == "+447700900123"
    assert roster.rows[0].emails[0].address == "ann@example.org"


def test_rows_under_wrong_headings_are_not_given_back(read: ReadText) -> None:
    roster = read("name,email\nDoe, Kimsecret,kim@example.org\n")
    assert "secret" not in mend_csv(roster) + problems_csv(roster.problems)
