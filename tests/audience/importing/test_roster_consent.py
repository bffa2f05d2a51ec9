"""Consent columns: an unclear answer is never a yes."""

from __future__ import annotations

from datetime import date

import pytest
from roster_files import ReadText

from outreach.audience.importing import ProblemCode


@pytest.mark.parametrize("cell", ["yes", "Ja", "sí", "SI", "x", "true", "1", "oui", "✓"])
def test_yes_in_every_language(read: ReadText, cell: str) -> None:
    assert read(f"name,email,consent\nA,a@example.org,{cell}\n").rows[0].consent is True


@pytest.mark.parametrize("cell", ["no", "Nein", "non", "false", "0", ""])
def test_no_and_nothing_are_no(read: ReadText, cell: str) -> None:
    roster = read(f"name,email,consent,consent date\nA,a@example.org,{cell},2026-09-01\n")
    assert (roster.rows[0].consent, roster.rows[0].consent_on) == (False, None)
    assert roster.problems == []


def test_unclear_answer_is_a_no_and_a_problem(read: ReadText) -> None:
    roster = read("name,email,consent\nA,a@example.org,maybe\n")
    assert roster.rows[0].consent is False
    assert [(p.code, p.taken) for p in roster.problems] == [(ProblemCode.BAD_CONSENT, True)]


def test_file_without_consent_column_says_nothing_about_consent(read: ReadText) -> None:
    assert read("name,email,photo consent\nA,a@example.org,yes\n").rows[0].consent is None


def test_date_alone_is_a_yes_where_there_is_one(read: ReadText) -> None:
    roster = read("name,email,consent date\nA,a@example.org,2026-09-01\nB,b@example.org,\n")
    assert [row.consent for row in roster.rows] == [True, False]


@pytest.mark.parametrize(
    ("country", "cell", "day"),
    [
        ("GB", "2026-09-01", date(2026, 9, 1)),
        ("DE", "01.09.2026", date(2026, 9, 1)),
        ("GB", "01/09/2026", date(2026, 9, 1)),
        ("US", "09/01/2026", date(2026, 9, 1)),
        ("GB", "01/09/2026 10:15", date(2026, 9, 1)),
    ],
)
def test_dates_by_country(read: ReadText, country: str, cell: str, day: date) -> None:
    roster = read(f"name,email,consent,consent date\nA,a@example.org,yes,{cell}\n", country)
    assert roster.rows[0].consent_on == day


@pytest.mark.parametrize("cell", ["31/02/2026", "01/09/26", "soon", "2026-11-22"])
def test_date_that_is_none_or_lies_ahead_is_a_problem(read: ReadText, cell: str) -> None:
    roster = read(f"name,email,consent,consent date\nA,a@example.org,yes,{cell}\n")
    assert roster.rows[0].consent_on is None
    assert [p.code for p in roster.problems] == [ProblemCode.BAD_DATE]


def test_wording_is_kept(read: ReadText) -> None:
    roster = read("name,email,consent,consent wording\nA,a@example.org,yes,Form 2026-B\n")
    assert roster.rows[0].consent_wording == "Form 2026-B"
