"""A school brings its parents in on its pages, and nobody else's."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import web_builders as build
from django.core.files.uploadedfile import SimpleUploadedFile
from web_client import AppClient

from outreach.audience.models import Address, Membership, Person, RosterColumns, RosterUpload
from outreach.consent.models import ConsentState, Topic
from outreach.core.clock import FrozenClock
from outreach.organisation.models import AuditEntry, Role, School
from outreach.subscriptions.roster.bringing_in import bring_in_waiting
from outreach.subscriptions.roster.sealing import unseal
from outreach.subscriptions.roster.uploads import KEPT_FOR, MOST_BYTES

HEADING = "guardian name,guardian email,guardian mobile,consent\n"
ANNA = "Anna Muster,anna@example.org,07700 900001,yes\n"


@pytest.fixture(autouse=True)
def _topic(db: None) -> None:
    Topic.objects.create(slug="online-safety", name="Online safety")


@pytest.fixture
def clerk(client: AppClient, school: School) -> AppClient:
    School.objects.filter(pk=school.pk).update(consent_wording="Yes, write to me.")
    return client.as_staff(build.build_staff("Clerk", Role.SCHOOL_STAFF, school=school))


def upload(client: AppClient, school: School, content: str | bytes, name: str = "list.csv") -> Any:
    raw = content.encode() if isinstance(content, str) else content
    return client.post(f"/school/{school.uuid}", {"file": SimpleUploadedFile(name, raw)})


def uploaded(client: AppClient, school: School, lines: str) -> str:
    """The address of the open upload."""
    return str(upload(client, school, HEADING + lines)["Location"])


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def bring(client: AppClient, school: School, lines: str, **more: object) -> str:
    address = uploaded(client, school, lines)
    assert client.post(f"{address}/confirm", more).status_code == 302
    assert bring_in_waiting()
    return address


def test_clerk_of_one_school_comes_straight_to_it(clerk: AppClient, school: School) -> None:
    assert clerk.get("/school")["Location"] == f"/school/{school.uuid}"
    page = text_of(clerk.get(f"/school/{school.uuid}"))
    assert "Lists of parents" in page
    assert f'<a href="/school/{school.uuid}" aria-current="page">Lists</a>' in page


def test_list_is_seen_before_anything_is_stored(clerk: AppClient, school: School) -> None:
    page = text_of(clerk.get(uploaded(clerk, school, ANNA + "Ben,ben@,,yes\n")))
    assert "2 rows: 1 new, 0 changed, 0 as before, 1 that cannot be used" in page
    assert "Anna Muster" in page
    assert "Row 3, column guardian email" in page
    assert not Person.objects.exists()
    assert not Address.objects.exists()


def test_confirmed_list_comes_in_and_its_file_goes(clerk: AppClient, school: School) -> None:
    address = bring(clerk, school, ANNA)
    assert Membership.objects.get().name == "Anna Muster"
    assert ConsentState.objects.filter(granted=True).count() == 2
    row = RosterUpload.objects.get()
    assert (row.state, row.sealed, row.mends) == ("done", None, None)
    page = text_of(clerk.get(address))
    assert "It is brought in." in page
    assert "clerk@outreach.test" in page


def test_page_waits_until_a_worker_has_brought_the_list_in(
    clerk: AppClient, school: School
) -> None:
    address = uploaded(clerk, school, ANNA)
    clerk.post(f"{address}/confirm")
    assert "It is being brought in." in text_of(clerk.get(address))
    assert not Person.objects.exists()
    assert clerk.get(f"{address}/columns").status_code == 404
    assert clerk.post(f"{address}/confirm").status_code == 404


def test_file_is_encrypted_while_it_waits(clerk: AppClient, school: School) -> None:
    uploaded(clerk, school, ANNA)
    row = RosterUpload.objects.get()
    assert b"anna" not in bytes(row.sealed or b"")
    assert b"anna@example.org" in unseal(row.sealed or b"", str(row.uuid))


def test_file_is_forgotten_after_an_hour(
    clerk: AppClient, school: School, organisation: FrozenClock
) -> None:
    from outreach.subscriptions.lapse import look_after_rosters

    address = uploaded(clerk, school, ANNA)
    organisation.tick(KEPT_FOR)
    assert clerk.get(address).status_code == 404
    look_after_rosters()
    assert not RosterUpload.objects.exists()


def test_given_up_list_leaves_nothing(clerk: AppClient, school: School) -> None:
    address = uploaded(clerk, school, ANNA)
    assert clerk.get(f"{address}/give-up").status_code == 405
    clerk.post(f"{address}/give-up")
    assert not RosterUpload.objects.exists()


def test_bad_row_is_mended_on_the_page(clerk: AppClient, school: School) -> None:
    address = uploaded(clerk, school, "Ben,ben@,,yes\n")
    form = text_of(clerk.get(f"{address}/rows/2"))
    assert 'value="ben@"' in form
    cells = {"cell_1": "Ben", "cell_2": "ben@example.org", "cell_3": "", "cell_4": "yes"}
    wrong = clerk.post(f"{address}/rows/2", cells | {"cell_2": "ben@@"}, follow=True)
    assert "Something in row 2 is still wrong." in text_of(wrong)
    assert 'value="ben@@"' in text_of(wrong)
    mended = clerk.post(f"{address}/rows/2", cells, follow=True)
    assert "Row 2 is mended." in text_of(mended)
    assert "1 row: 1 new" in text_of(mended)
    assert b"ben@example.org" not in bytes(RosterUpload.objects.get().mends or b"")
    clerk.post(f"{address}/confirm")
    bring_in_waiting()
    assert Address.objects.get().match_key == "ben@example.org"


def test_list_that_was_left_open_is_found_again(clerk: AppClient, school: School) -> None:
    address = uploaded(clerk, school, ANNA)
    page = text_of(clerk.get(f"/school/{school.uuid}"))
    assert "Not confirmed yet" in page
    assert f'href="{address}"' in page


def test_good_row_cannot_be_opened_for_mending(clerk: AppClient, school: School) -> None:
    assert clerk.get(f"{uploaded(clerk, school, ANNA)}/rows/2").status_code == 404


def test_bad_rows_are_a_file_that_can_be_uploaded_again(clerk: AppClient, school: School) -> None:
    address = uploaded(clerk, school, ANNA + "Ben,ben@,,yes\n")
    mended = clerk.get(f"{address}/bad-rows.csv").content.replace(b"ben@", b"ben@example.org")
    assert b"Anna Muster" not in mended
    again = upload(clerk, school, mended)["Location"]
    assert "1 row: 1 new" in text_of(clerk.get(again))


def test_columns_that_nobody_understood_are_chosen_and_remembered(
    clerk: AppClient, school: School
) -> None:
    strange = b"who,where,remark\nAnna Muster,anna@example.org,x\n"
    address = upload(clerk, school, strange)["Location"]
    assert "say which column is what" in text_of(clerk.get(address))
    clerk.post(f"{address}/columns", {"column_1": "guardian name", "column_2": "guardian email"})
    assert "1 row: 1 new" in text_of(clerk.get(address))
    assert RosterColumns.objects.get().meanings == {
        "who": "guardian name",
        "where": "guardian email",
    }
    moved = b"where,who\nanna@example.org,Anna Muster\n"
    assert "1 row: 1 new" in text_of(clerk.get(upload(clerk, school, moved)["Location"]))


def test_file_without_headings_is_read_by_its_columns(clerk: AppClient, school: School) -> None:
    address = upload(clerk, school, b"Anna Muster,anna@example.org\n")["Location"]
    clerk.post(f"{address}/columns", {"column_1": "guardian name", "column_2": "guardian email"})
    assert "1 row: 1 new" in text_of(clerk.get(address))


def test_meaning_that_the_page_does_not_offer_is_refused(clerk: AppClient, school: School) -> None:
    address = uploaded(clerk, school, ANNA)
    answer = clerk.post(f"{address}/columns", {"column_1": "blood group"})
    assert answer.status_code == 200
    assert RosterUpload.objects.get().mapping == {}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"%PDF-1.7", "a PDF document"),
        (b"", "empty"),
        (b"x" * (MOST_BYTES + 5), "more than 10 MB"),
    ],
    ids=["pdf", "empty", "large"],
)
def test_file_that_cannot_be_read_says_why(
    clerk: AppClient, school: School, content: bytes, sentence: str
) -> None:
    answer = upload(clerk, school, content)
    assert answer.status_code == 200
    assert sentence in text_of(answer)
    assert not RosterUpload.objects.exists()


def test_list_does_not_come_in_before_the_basis_is_chosen(clerk: AppClient, school: School) -> None:
    School.objects.filter(pk=school.pk).update(consent_basis="")
    address = uploaded(clerk, school, ANNA)
    clerk.post(f"{address}/confirm")
    assert RosterUpload.objects.get().state == "open"
    assert "Choose the basis" in text_of(clerk.get(f"/school/{school.uuid}"))
    chosen = {"basis": "signed_form", "wording": "I agree.", "dated_on": "2026-09-01"}
    assert clerk.post(f"/school/{school.uuid}/basis", chosen).status_code == 302
    clerk.post(f"{address}/confirm")
    assert RosterUpload.objects.get().state == "confirmed"


def test_change_of_the_basis_needs_a_reason(clerk: AppClient, school: School) -> None:
    chosen = {"basis": "documented", "wording": "Resolution 7 of the board."}
    assert clerk.post(f"/school/{school.uuid}/basis", chosen).status_code == 200
    changed = clerk.post(f"/school/{school.uuid}/basis", chosen | {"why": "new school law"})
    assert changed.status_code == 302
    assert AuditEntry.objects.filter(action="school.consent-basis", why="new school law").exists()


def test_who_is_not_on_the_list_stays_unless_told_to_leave(
    clerk: AppClient, school: School
) -> None:
    others = "".join(f"P{n},p{n}@example.org,,yes\n" for n in range(9))
    bring(clerk, school, ANNA + others)
    bring(clerk, school, others, gone="keep")
    assert not Membership.objects.filter(state="ended").exists()
    bring(clerk, school, others, gone="end")
    assert Membership.objects.get(state="ended").name == "Anna Muster"


def test_more_than_a_fifth_gone_wants_the_number_typed(clerk: AppClient, school: School) -> None:
    lines = "".join(f"P{n},p{n}@example.org,,yes\n" for n in range(4))
    bring(clerk, school, lines)
    address = uploaded(clerk, school, lines.replace("P3", "Q3").replace("p3", "q3"))
    for number in ("", "2"):
        answer = clerk.post(f"{address}/confirm", {"gone": "end", "number": number})
        assert "Type 1, the number of people who leave." in text_of(answer)
    assert clerk.post(f"{address}/confirm", {"gone": "end", "number": "1"}).status_code == 302
    bring_in_waiting()
    assert Membership.objects.get(state="ended").name == "P3"


def test_nobody_leaves_when_others_are_missing_than_was_confirmed(
    clerk: AppClient, school: School
) -> None:
    lines = "".join(f"P{n},p{n}@example.org,,yes\n" for n in range(9))
    bring(clerk, school, lines + ANNA)
    address = uploaded(clerk, school, lines)
    clerk.post(f"{address}/confirm", {"gone": "end"})
    Membership.objects.filter(name="Anna Muster").update(state="ended")
    bring_in_waiting()
    assert Membership.objects.filter(state="ended").count() == 1
    assert "nobody, because others were missing" in text_of(clerk.get(address))


def test_year_rolls_over_and_closes(clerk: AppClient, school: School) -> None:
    from outreach.subscriptions.lapse import let_parents_go

    bring(clerk, school, ANNA)
    page = f"/school/{school.uuid}/year"
    assert clerk.post(page, {"what": "roll", "why": "x"}).status_code == 200
    form = {"what": "roll", "until": "2027-07-31", "why": "the form covers the school year"}
    assert clerk.post(page, form).status_code == 302
    assert "until Sat 31 Jul 2027" in text_of(clerk.get(page))
    assert clerk.post(page, {"what": "close", "why": "end of the year"}).status_code == 302
    assert not ConsentState.objects.filter(granted=True).exists()
    assert let_parents_go() == 1
    assert Membership.objects.get().state == "ended"


def test_another_schools_pages_are_as_good_as_none(client: AppClient, school: School) -> None:
    """Every page, every verb, own and strange objects mixed: nothing of the other school is
    shown or changed."""
    other = build.build_school("southfield")
    theirs, ours = build.build_upload(other), build.build_upload(school)
    client.as_staff(build.build_staff("Clerk", Role.SCHOOL_STAFF, school=school))
    before = _everything_of(other)
    mixed = [(other, theirs.uuid), (other, ours.uuid), (school, theirs.uuid), (other, uuid4())]
    body = {
        "file": SimpleUploadedFile("x.csv", b"name,email\nX,x@example.org\n"),
        "basis": "documented", "wording": "x", "what": "close", "why": "x", "gone": "end",
        "column_1": "ignore", "cell_1": "x",
    }  # fmt: skip
    for at, uuid in mixed:
        ours_or_theirs = RosterUpload(uuid=uuid)
        for name, address in build.roster_addresses(at, ours_or_theirs).items():
            if name == "rosters" or (
                at == school and name in {"roster", "roster-basis", "roster-year"}
            ):
                continue
            for answer in (client.get(address), client.head(address), client.post(address, body)):
                assert answer.status_code in {404, 405}, (name, at.slug)
                assert "outhfield" not in answer.content.decode()
    assert _everything_of(other) == before
    assert "outhfield" not in text_of(client.get("/school", follow=True))


def _everything_of(school: School) -> list[object]:
    school.refresh_from_db()
    return [
        list(RosterUpload.objects.filter(school=school).values()),
        (school.consent_basis, school.consent_wording),
        Membership.objects.filter(school=school).count(),
        AuditEntry.objects.filter(subject=f"school:{school.slug}").count(),
    ]


def test_matching_a_parent_of_another_school_is_silent(
    client: AppClient, school: School, clerk: AppClient
) -> None:
    """The same upload gives the same pages, whether or not the parent is known elsewhere."""
    told = []
    for is_known in (False, True):
        Address.objects.all().delete()
        Person.objects.all().delete()
        if is_known:
            other = build.build_school("southfield")
            manager = build.build_staff("Mara", Role.MANAGER)
            bring(AppClient().as_staff(manager), other, ANNA)
        address = bring(clerk, school, ANNA)
        page = text_of(clerk.get(address))
        told.append(page[page.index("What came of it") : page.index("Confirmed by")])
    assert told[0] == told[1]
    assert Person.objects.count() == 1


def test_separated_guardians_have_a_consent_each(clerk: AppClient, school: School) -> None:
    bring(clerk, school, ANNA + "Jörg Muster,joerg@example.org,07700 900001,no\n")
    assert Person.objects.count() == 2
    agreed = ConsentState.objects.filter(granted=True).values_list("address__match_key", flat=True)
    assert list(agreed) == ["anna@example.org"]
