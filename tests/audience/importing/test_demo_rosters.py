"""The demo's three rosters show every case that the demo is to show."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from roster_files import TODAY

import outreach.cli.demo_data
from outreach.audience.importing import Role, Roster, RosterRow, read_roster
from outreach.cli.demo_data.make_rosters import rosters

FOLDER = Path(outreach.cli.demo_data.__file__).parent
SCHOOLS = {"greenhill": ("GB", "en"), "lindenschule": ("DE", "de"), "guiniguada": ("ES", "es")}


@pytest.fixture(scope="module")
def read() -> dict[str, Roster]:
    return {
        school: read_roster(FOLDER / f"{school}.csv", country=country, today=TODAY)
        for school, (country, _) in SCHOOLS.items()
    }


def guardians(roster: Roster) -> list[RosterRow]:
    return [row for row in roster.rows if row.role is Role.GUARDIAN]


def test_files_are_what_the_program_makes() -> None:
    for name, content in rosters().items():
        assert (FOLDER / name).read_bytes() == content


def test_three_schools_export_in_three_ways(read: dict[str, Roster]) -> None:
    assert [(r.encoding, r.delimiter) for r in read.values()] == [
        ("utf-8", ","),
        ("cp1252", ";"),
        ("utf-8-sig", "\t"),
    ]
    assert read["lindenschule"].dropped_columns == ["Kind Nachname", "Kind Vorname"]


def test_staff_of_each_school_are_there(read: dict[str, Roster]) -> None:
    for roster in read.values():
        roles = Counter(row.role for row in roster.rows)
        assert roles[Role.CONTACT] == 2
        assert roles[Role.SAFEGUARDING_LEAD] == 1


def test_about_three_hundred_guardians_twelve_of_them_at_two_schools(
    read: dict[str, Roster],
) -> None:
    everyone = Counter(
        row.emails[0].match_key if row.emails else f"{row.full_name} {row.phones[0].e164}"
        for roster in read.values()
        for row in guardians(roster)
    )
    assert 295 <= len(everyone) <= 310
    assert sum(count == 2 for count in everyone.values()) == 12


def test_most_speak_the_language_of_the_school(read: dict[str, Roster]) -> None:
    for school, (_, language) in SCHOOLS.items():
        spoken = Counter(row.language for row in guardians(read[school]))
        assert set(spoken) == {"en", "de", "es"}
        assert 0.7 < spoken[language] / spoken.total() < 0.9


def test_every_way_to_be_reached_is_there(read: dict[str, Roster]) -> None:
    for roster in read.values():
        reach = Counter(
            (bool(row.emails), any(phone.textable for phone in row.phones))
            for row in guardians(roster)
        )
        share = {ways: count / reach.total() for ways, count in reach.items()}
        assert 0.5 < share[True, True] < 0.65
        assert 0.15 < share[True, False] < 0.25
        assert 0.15 < share[False, True] < 0.25
        assert 2 <= reach[False, False] <= 6


def test_some_have_not_consented(read: dict[str, Roster]) -> None:
    for roster in read.values():
        answers = Counter(row.consent for row in guardians(roster))
        assert 0.05 < answers[False] / answers.total() < 0.11


def test_some_couples_share_a_phone_and_some_have_several_children(
    read: dict[str, Roster],
) -> None:
    for roster in read.values():
        owners = Counter(p.e164 for row in guardians(roster) for p in row.phones)
        assert sum(count == 2 for count in owners.values()) == 5
        assert sum(bool(row.also_on_rows) for row in guardians(roster)) >= 5


def test_bad_rows_are_bad_in_three_ways(read: dict[str, Roster]) -> None:
    for roster in read.values():
        assert [(p.code.value, p.taken) for p in roster.problems] == [
            ("bad-phone", False),
            ("bad-email", True),
            ("bad-phone", False),
        ]


def test_addresses_are_invented_ones(read: dict[str, Roster]) -> None:
    reserved = ("example.org", "example.com", "example.net", ".test")
    numbers = ("+447700900", "+442079460", "+491713920", "+4917604069", "+493023125")
    spanish = ("+34600000", "+34928000")
    for roster in read.values():
        for row in roster.rows:
            assert all(email.match_key.endswith(reserved) for email in row.emails)
            assert all(phone.e164.startswith(numbers + spanish) for phone in row.phones)
