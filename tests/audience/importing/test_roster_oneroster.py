"""OneRoster exports: who is whose guardian, in both versions."""

from __future__ import annotations

import pytest
from roster_archives import (
    ONE_SCHOOL,
    ORGS,
    ROLES_1_2,
    USERS_1_1,
    USERS_1_2,
    packed,
    role_1_2,
    user_1_1,
    user_1_2,
)
from roster_files import TODAY

from outreach.audience.importing import FileBytes, ProblemCode, Roster, read_roster
from outreach.core.errors import BadInput

KIM = user_1_1(
    "s1", "student", "Kim", "Secretname", agents="g1,g2", grades="03", email="kim@pupil.example"
)
ANN = user_1_1("g1", "guardian", "Ann", "Doe", email="ann@example.org", sms="+447700900001")
BEN = user_1_1("g2", "parent", "Ben", "Roe", email="ben@example.org", phone="020 7946 0018")


def read(parts: dict[str, str], folder: str = "") -> Roster:
    file = FileBytes("export.zip", packed(parts, folder=folder))
    return read_roster(file, country="GB", today=TODAY)


def names(roster: Roster) -> list[str]:
    return [row.full_name for row in roster.rows]


def test_guardians_of_version_1_1_come_with_the_age_group_of_their_children() -> None:
    roster = read({"users.csv": USERS_1_1 + KIM + ANN + BEN, "orgs.csv": ONE_SCHOOL})
    assert roster.encoding == "OneRoster"
    assert [(r.number, r.full_name, r.age_bands) for r in roster.rows] == [
        (3, "Ann Doe", ("5-7",)),
        (4, "Ben Roe", ("5-7",)),
    ]
    assert roster.rows[0].phones[0].e164 == "+447700900001"
    assert not roster.rows[1].phones[0].textable


def test_guardians_of_version_1_2_have_their_roles_in_a_file_of_their_own() -> None:
    users = (
        USERS_1_2
        + user_1_2("s1", "Kim", "Secretname", agents="g1", grades="KG")
        + user_1_2("g1", "Ann", "Doe", email="ann@example.org")
        + user_1_2("t1", "Tea", "Cher", email="t@example.org")
    )
    roles = ROLES_1_2 + role_1_2("s1", "student") + role_1_2("g1", "guardian")
    roster = read({"users.csv": users, "roles.csv": roles + role_1_2("t1", "teacher")})
    assert names(roster) == ["Ann Doe"]
    assert roster.rows[0].age_bands == ("5-7",)


def test_nothing_about_a_child_is_kept() -> None:
    kept = repr(read({"users.csv": USERS_1_1 + KIM + ANN}))
    for secret in ("Kim", "Secretname", "kim@pupil"):
        assert secret not in kept


def test_the_guardians_line_may_name_the_child() -> None:
    child = user_1_1("s1", "student", "Kim", "X", grades="09")
    adult = user_1_1("g1", "guardian", "Ann", "Doe", email="ann@example.org", agents="s1")
    assert read({"users.csv": USERS_1_1 + child + adult}).rows[0].age_bands == ("11-13",)


def test_two_children_are_one_guardian_with_both_age_groups() -> None:
    second = user_1_1("s2", "student", "Lea", "X", agents="g1", grades="10")
    roster = read({"users.csv": USERS_1_1 + KIM + second + ANN})
    assert [(r.full_name, r.age_bands) for r in roster.rows] == [("Ann Doe", ("5-7", "14-17"))]


def test_relative_is_listed_and_not_taken() -> None:
    gran = user_1_1("g2", "relative", "Gran", "Doe", email="gran@example.org")
    roster = read({"users.csv": USERS_1_1 + KIM + ANN + gran})
    assert names(roster) == ["Ann Doe"]
    assert [(p.row, p.code) for p in roster.problems] == [(4, ProblemCode.NOT_A_GUARDIAN)]


def test_guardian_without_a_child_in_the_export_is_listed() -> None:
    alone = user_1_1("g9", "guardian", "Old", "Timer", email="old@example.org")
    roster = read({"users.csv": USERS_1_1 + KIM + ANN + alone})
    assert names(roster) == ["Ann Doe"]
    assert [(p.row, p.code) for p in roster.problems] == [(4, ProblemCode.NO_CHILD)]


def test_person_or_child_marked_as_deleted_is_gone() -> None:
    left = KIM.replace("s1,active", "s1,tobedeleted")
    roster = read({"users.csv": USERS_1_1 + left + ANN})
    assert names(roster) == []


def test_export_of_a_district_is_refused() -> None:
    orgs = ONE_SCHOOL + "o2,active,,Southfield,school,,d1\n"
    with pytest.raises(BadInput, match="the people of 2 schools"):
        read({"users.csv": USERS_1_1 + KIM + ANN, "orgs.csv": orgs})


def test_files_in_a_folder_with_a_byte_order_mark_are_found() -> None:
    parts = {"users.csv": "\ufeff" + USERS_1_1 + KIM + ANN, "orgs.csv": ORGS}
    assert names(read(parts, folder="OneRoster/")) == ["Ann Doe"]


def test_export_without_agents_is_refused_with_the_remedy() -> None:
    with pytest.raises(BadInput, match="agentSourcedIds"):
        read({"users.csv": "sourcedId,role\nx,guardian\n"})
