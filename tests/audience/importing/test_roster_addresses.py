"""Addresses as people type them and as spreadsheets spoil them."""

from __future__ import annotations

import pytest
from roster_files import ReadText

from outreach.audience.importing import ProblemCode


@pytest.mark.parametrize(
    ("country", "cell", "numbers"),
    [
        ("GB", "07700 900123", ["+447700900123"]),
        ("GB", "+44 (0)7700 900123", ["+447700900123"]),
        ("GB", "0044 7700 900123", ["+447700900123"]),
        ("GB", "07700900123 / 07700900124", ["+447700900123", "+447700900124"]),
        ("GB", "07700900123; 07700900123", ["+447700900123"]),
        ("GB", "07700900123,07700900124", ["+447700900123", "+447700900124"]),
        ("DE", "0171/3920000", ["+491713920000"]),
        ("DE", "0049171/3920000", ["+491713920000"]),
        ("DE", "0171/3920000 / 0176 04069001", ["+491713920000", "+4917604069001"]),
        ("DE", "0171/3920000/017604069001", ["+491713920000", "+4917604069001"]),
        ("ES", "600 000 012, 600000013", ["+34600000012", "+34600000013"]),
        ("ES", "0034600000012", ["+34600000012"]),
        ("DE", "+447700900123", ["+447700900123"]),
    ],
)
def test_numbers_of_a_cell(read: ReadText, country: str, cell: str, numbers: list[str]) -> None:
    roster = read(f'name\temail\tmobile\nAnn\t\t"{cell}"\n', country)
    assert [phone.e164 for phone in roster.rows[0].phones] == numbers
    assert roster.problems == []


def test_landline_is_kept_and_not_textable(read: ReadText) -> None:
    roster = read("name,email,phone\nAnn,,020 7946 0018\n")
    assert [(p.e164, p.textable) for p in roster.rows[0].phones] == [("+442079460018", False)]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("4,91E+12", ProblemCode.BAD_PHONE),
        ("4.91E+12", ProblemCode.BAD_PHONE),
        ("0171 3920000 (Mama)", ProblemCode.BAD_PHONE),
        ("0171", ProblemCode.BAD_PHONE),
        ("1713920000", ProblemCode.LOST_ZERO),
        ("491713920000", ProblemCode.LOST_ZERO),
    ],
)
def test_spoilt_number_is_one_problem_and_no_address(
    read: ReadText, cell: str, code: ProblemCode
) -> None:
    roster = read(f"Name;E-Mail;Handy\nAnna;;{cell}\n", "DE")
    assert roster.rows == []
    problem = roster.problems[0]
    assert len(roster.problems) == 1
    assert (problem.row, problem.column, problem.value) == (2, "Handy", cell)
    assert (problem.code, problem.taken) == (code, False)


def test_lost_zero_names_the_guess_and_repairs_nothing(read: ReadText) -> None:
    roster = read("name,email,mobile\nAnn,ann@example.org,7700900123\n")
    assert roster.rows[0].phones == ()
    assert "+447700900123" in roster.problems[0].remedy


def test_spanish_numbers_have_no_zero_to_lose(read: ReadText) -> None:
    assert read("nombre,correo,móvil\nAna,,600000012\n", "ES").problems == []


def test_good_address_is_taken_and_the_bad_one_listed(read: ReadText) -> None:
    roster = read("name,email,mobile\nAnn,ann(at)example.org,07700900123\n")
    assert [phone.e164 for phone in roster.rows[0].phones] == ["+447700900123"]
    assert roster.rows[0].emails == ()
    assert [(p.column, p.code, p.taken) for p in roster.problems] == [
        ("email", ProblemCode.BAD_EMAIL, True)
    ]


def test_row_without_any_address_is_a_problem(read: ReadText) -> None:
    roster = read("name,email,mobile\nAnn,,n/a\n")
    assert [(p.row, p.code, p.taken) for p in roster.problems] == [
        (2, ProblemCode.NO_ADDRESS, False)
    ]


@pytest.mark.parametrize(
    ("cell", "addresses"),
    [
        ("Ann@Example.ORG", ["Ann@example.org"]),
        ("a@example.org; b@example.org", ["a@example.org", "b@example.org"]),
        ("a@example.org / b@example.org", ["a@example.org", "b@example.org"]),
        ("Ann Doe <a@example.org>", ["a@example.org"]),
        ("mailto:a@example.org", ["a@example.org"]),
        ("a@example.org;A@EXAMPLE.org", ["a@example.org"]),
    ],
)
def test_emails_of_a_cell(read: ReadText, cell: str, addresses: list[str]) -> None:
    roster = read(f"name\temail\nAnn\t{cell}\n")
    assert [email.address for email in roster.rows[0].emails] == addresses


def test_addresses_of_several_columns_come_together(read: ReadText) -> None:
    roster = read(
        "name,email,email 2,mobile,landline\n"
        "Ann,a@example.org,b@example.org,07700900123,020 7946 0018\n"
    )
    assert len(roster.rows[0].emails) == 2
    assert [phone.textable for phone in roster.rows[0].phones] == [True, False]


@pytest.mark.parametrize("cell", ["1/" * 900, "1" * 1900, "1;" * 900])
def test_overfull_cell_is_one_problem(read: ReadText, cell: str) -> None:
    roster = read(f"name\temail\tmobile\nAnn\ta@example.org\t{cell}\nBob\t{cell}\t07700900123\n")
    assert [p.code for p in roster.problems] == [ProblemCode.BAD_PHONE, ProblemCode.BAD_EMAIL]
    assert all(len(p.value) <= 200 and len(p.reason) < 200 for p in roster.problems)
    assert len(roster.rows) == 2
