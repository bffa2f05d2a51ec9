"""The same guardian twice in a file is one; two guardians on one phone are two."""

from __future__ import annotations

from roster_files import ReadText

from outreach.audience.importing import ProblemCode


def test_siblings_join_their_age_groups(read: ReadText) -> None:
    roster = read(
        "name,email,mobile,age\nAnn Doe,ann@example.org,,6\nBob,bob@example.org,,9\n"
        "ann  doe,ANN@example.org,07700900123,12\n"
    )
    ann, bob = roster.rows
    assert (ann.full_name, ann.age_bands, ann.also_on_rows) == ("Ann Doe", ("5-7", "11-13"), (4,))
    assert [phone.e164 for phone in ann.phones] == ["+447700900123"]
    assert bob.also_on_rows == ()
    assert roster.total_rows == 3


def test_two_guardians_on_one_phone_stay_two(read: ReadText) -> None:
    roster = read("name,email,mobile\nAnn,,07700900123\nBob,,07700900123\n")
    assert [row.full_name for row in roster.rows] == ["Ann", "Bob"]


def test_third_row_joins_two_earlier_ones(read: ReadText) -> None:
    roster = read(
        "name,email,mobile,age\nAnn,ann@example.org,,6\nAnn,,07700900123,9\n"
        "Ann,ann@example.org,07700900123,12\nAnn,,07700900123,16\n"
    )
    assert len(roster.rows) == 1
    assert roster.rows[0].age_bands == ("5-7", "8-10", "11-13", "14-17")
    assert roster.rows[0].also_on_rows == (3, 4, 5)


def test_same_name_without_a_common_address_stays_two(read: ReadText) -> None:
    roster = read("name,email\nAnn,ann@example.org\nAnn,other@example.org\n")
    assert len(roster.rows) == 2


def test_one_no_is_a_no(read: ReadText) -> None:
    roster = read(
        "name,email,consent,consent date\nAnn,ann@example.org,yes,2026-09-01\n"
        "Ann,ann@example.org,no,\n"
    )
    assert (roster.rows[0].consent, roster.rows[0].consent_on) == (False, None)
    assert [(p.row, p.code) for p in roster.problems] == [(3, ProblemCode.CONSENT_DIFFERS)]


def test_guardian_who_is_also_a_contact_stays_two(read: ReadText) -> None:
    roster = read("name,email,role\nAnn,a@example.org,guardian\nAnn,a@example.org,contact\n")
    assert len(roster.rows) == 2


def test_nameless_rows_on_one_phone_do_not_grow_without_end(read: ReadText) -> None:
    lines = "".join(f"person{n}@example.org,07700900123\n" for n in range(3000))
    roster = read("email,mobile\n" + lines)
    addresses = {email.match_key for row in roster.rows for email in row.emails}
    assert len(addresses) == 3000
    assert max(len(row.emails) for row in roster.rows) <= 20
    assert max(len(row.also_on_rows) for row in roster.rows) <= 50


def test_guardian_of_very_many_rows_is_one(read: ReadText) -> None:
    roster = read("name,email\n" + "Ann,ann@example.org\n" * 2000)
    assert len(roster.rows) == 1
    assert roster.total_rows == 2000
