"""Files as school programs write them: encodings, delimiters, headings, quoting."""

from __future__ import annotations

import pytest
from roster_files import ReadText

from outreach.audience.importing import ProblemCode
from outreach.core.errors import BadInput

ENGLISH = "guardian name,email,mobile\nZoë Müller,zoe@example.org,07700 900123\n"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("cp1252", "cp1252"),
        ("iso-8859-1", "cp1252"),
    ],
)
def test_umlauts_survive_every_encoding(read: ReadText, encoding: str, found: str) -> None:
    roster = read(ENGLISH, encoding=encoding)
    assert roster.encoding == found
    assert roster.rows[0].full_name == "Zoë Müller"


def test_big_endian_utf_16_is_read_by_its_mark(read: ReadText) -> None:
    roster = read(b"\xfe\xff" + ENGLISH.encode("utf-16-be"))
    assert roster.rows[0].full_name == "Zoë Müller"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found(read: ReadText, delimiter: str) -> None:
    roster = read(ENGLISH.replace(",", delimiter))
    assert roster.delimiter == delimiter
    assert [row.emails[0].address for row in roster.rows] == ["zoe@example.org"]


def test_delimiter_line_of_excel_is_obeyed(read: ReadText) -> None:
    roster = read("sep=;\r\nname;email\r\nAnn, and Bob;ann@example.org\r\n")
    assert roster.delimiter == ";"
    assert roster.rows[0].full_name == "Ann, and Bob"
    assert roster.rows[0].number == 3


def test_line_ends_of_old_and_new_machines(read: ReadText) -> None:
    for line_end in ("\n", "\r\n", "\r"):
        assert len(read(ENGLISH.replace("\n", line_end)).rows) == 1


def test_newline_inside_quotes_becomes_a_blank(read: ReadText) -> None:
    roster = read('name,email\n"Ann\nMaria Doe",ann@example.org\nBob,bob@example.org\n')
    assert [(r.number, r.full_name) for r in roster.rows] == [(2, "Ann Maria Doe"), (3, "Bob")]


def test_empty_lines_are_not_rows_but_count_as_places(read: ReadText) -> None:
    roster = read("\nname,email\n\n,\nAnn,ann@example.org\n\n")
    assert roster.total_rows == 1
    assert roster.rows[0].number == 5
    assert roster.problems == []


def test_title_above_the_headings_is_passed_over(read: ReadText) -> None:
    roster = read("Elternliste 2026/27;;\nName;E-Mail;Handy\nAnna;anna@example.org;\n", "DE")
    assert [row.full_name for row in roster.rows] == ["Anna"]


def test_one_broken_quote_costs_one_row(read: ReadText) -> None:
    roster = read('name,email\n"Ann" Doe,ann@example.org\nBob,bob@example.org\n')
    assert [row.full_name for row in roster.rows] == ["Bob"]
    assert [(p.row, p.code, p.taken) for p in roster.problems] == [
        (2, ProblemCode.BROKEN_QUOTES, False)
    ]


def test_quote_never_closed_says_which_lines_were_lost(read: ReadText) -> None:
    roster = read('name,email\nBob,bob@example.org\n"Ann,ann@example.org\nCy,cy@example.org\n')
    assert [row.full_name for row in roster.rows] == ["Bob"]
    assert "line 3 to 4 was not read" in roster.problems[0].reason


def test_row_with_more_cells_than_headings_is_left_out_unseen(read: ReadText) -> None:
    roster = read("name,email\nDoe, Kim,kim@example.org\n")
    assert roster.rows == []
    assert roster.problems[0].code is ProblemCode.TOO_MANY_CELLS
    assert roster.problems[0].value == ""


def test_short_row_has_empty_cells(read: ReadText) -> None:
    roster = read("name,email,mobile,language\nAnn,ann@example.org\n")
    assert roster.rows[0].phones == ()


def test_text_formula_of_a_spreadsheet_is_unwrapped(read: ReadText) -> None:
    roster = read('name,email,mobile\nAnn,,="07700900123"\n')
    assert roster.rows[0].phones[0].e164 == "+447700900123"


def test_missing_headings_are_told_with_the_remedy(read: ReadText) -> None:
    with pytest.raises(BadInput) as caught:
        read("Ann Doe,ann@example.org,07700900123\n")
    assert "first row is a person already" in caught.value.message
    assert "1=name" in caught.value.remedy
    assert "Ann" not in str(caught.value)


def test_file_without_headings_is_read_by_positions(read: ReadText) -> None:
    roster = read(
        "Ann Doe,ann@example.org,07700900123\nBob,,07700900124,late\n",
        mapping={"1": "name", "2": "email", "3": "mobile"},
    )
    assert [(r.number, r.full_name) for r in roster.rows] == [(1, "Ann Doe"), (2, "Bob")]


def test_mapping_overrules_a_heading(read: ReadText) -> None:
    roster = read(
        "who,where,email\nAnn,ann@example.org,wrong@example.org\n",
        mapping={"who": "name", "where": "email", "email": "ignore"},
    )
    assert roster.rows[0].full_name == "Ann"
    assert [e.address for e in roster.rows[0].emails] == ["ann@example.org"]


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [({"nix": "email"}, "does not have"), ({"name": "blood group"}, "not known here")],
)
def test_mapping_that_fits_nothing_is_refused(
    read: ReadText, mapping: dict[str, str], sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        read(ENGLISH.replace("guardian name", "name"), mapping=mapping)


def test_file_without_address_columns_names_what_was_understood(read: ReadText) -> None:
    with pytest.raises(BadInput) as caught:
        read("name,shoe size\nAnn,38\n")
    assert "Understood were: name." in caught.value.message
    assert "shoe" not in caught.value.message
