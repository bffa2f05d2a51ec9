"""Exports of SIMS, Arbor, WebUntis, ASV and SchILD are read as they come."""

from __future__ import annotations

import pytest
from roster_files import TODAY
from school_programs import EXPORTS

from outreach.audience.importing import FileBytes, ProblemCode, Roster, read_roster


def read(program: str) -> Roster:
    export = EXPORTS[program]
    return read_roster(FileBytes(export.name, export.content), country=export.country, today=TODAY)


def people(program: str) -> list[tuple[str, list[str], list[str], tuple[str, ...]]]:
    return [
        (
            row.full_name,
            [email.address for email in row.emails],
            [phone.e164 for phone in row.phones],
            row.age_bands,
        )
        for row in read(program).rows
    ]


def test_sims_takes_who_has_responsibility_and_no_order() -> None:
    assert people("sims") == [
        (
            "Zoë Carter",
            ["zoe.carter@example.org"],
            ["+442079460018", "+447700900101"],
            ("11-13", "14-17"),
        )
    ]
    assert [(p.row, p.column, p.code) for p in read("sims").problems] == [
        (3, "Court Order", ProblemCode.NO_CONTACT_ALLOWED),
        (4, "Parental Responsibility", ProblemCode.NO_CONTACT_ALLOWED),
    ]


def test_arbor_takes_legal_guardians() -> None:
    assert people("arbor") == [("Amara Okafor", ["amara@example.org"], ["+447700900111"], ("5-7",))]
    assert [(p.row, p.column) for p in read("arbor").problems] == [(3, "Legal Guardian")]


def test_webuntis_joins_the_rows_of_one_guardian() -> None:
    assert people("webuntis") == [
        (
            "Anna Müller",
            ["anna.mueller@example.org"],
            ["+493023125001", "+491713920000"],
            ("8-10", "11-13"),
        ),
        ("Elif Şahin", ["elif@example.org"], ["+4917604069001"], ("8-10",)),
    ]


def test_asv_leaves_out_who_may_not_be_told() -> None:
    assert people("asv") == [
        ("Jördis Kindermann", ["joerdis@example.org"], ["+491713920001"], ("11-13",))
    ]
    assert [p.column for p in read("asv").problems] == [
        "Erziehungsberechtigter 2 Auskunftsberechtigt"
    ]


def test_schild_gives_the_one_address_to_both_persons_and_leaves_relatives_out() -> None:
    roster = read("schild")
    assert roster.delimiter == "|"
    assert people("schild") == [
        ("Anna Groß", ["familie.gross@example.org"], [], ("11-13",)),
        ("Jörg Groß", ["familie.gross@example.org"], [], ("11-13",)),
    ]
    assert {(p.row, p.code) for p in roster.problems} == {(3, ProblemCode.NOT_A_GUARDIAN)}


@pytest.mark.parametrize("program", EXPORTS)
def test_nothing_about_a_child_is_kept(program: str) -> None:
    kept = repr(read(program))
    assert [secret for secret in EXPORTS[program].secrets if secret in kept] == []
