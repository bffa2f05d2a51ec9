"""What a list would change, and that it says nothing about other schools."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from roster_school import OpenSchool, Upload, read

from outreach.audience.models import Membership, MembershipState, Person, PersonAddress
from outreach.consent.models import Topic
from outreach.organisation.audit import OPERATOR
from outreach.subscriptions.roster.bringing_in import bring_in
from outreach.subscriptions.roster.ending import end_memberships
from outreach.subscriptions.roster.preview import Preview, preview

ANNA = "Anna Muster,anna@example.org,07700 900001,8-10,yes\n"
NOOR = "Noor Ali,noor@example.org,,11-13,yes\n"
BOB = "Bob Roe,bob@example.org,,,no\n"


def look(upload: Upload, lines: str) -> Preview:
    return preview(upload.school, read(upload, lines))


def counts(found: Preview) -> tuple[int, int, int, list[str]]:
    return found.new, found.changed, found.same, [gone.name for gone in found.gone]


def test_first_list_is_all_new(open_school: OpenSchool) -> None:
    found = look(open_school(), ANNA + NOOR + BOB)
    assert counts(found) == (3, 0, 0, [])
    assert (found.without_consent, found.on_record, found.many_gone) == (1, 0, False)


def test_weekly_list_shows_new_changed_same_and_gone(open_school: OpenSchool) -> None:
    upload = open_school()
    upload(ANNA + NOOR + BOB)
    found = look(upload, ANNA.replace("8-10", "11-13") + NOOR + "New,new@example.org,,,yes\n")
    assert counts(found) == (1, 1, 1, ["Bob Roe"])
    assert found.many_gone


def test_preview_says_what_the_import_then_does(open_school: OpenSchool) -> None:
    upload = open_school()
    upload(ANNA + NOOR)
    lines = ANNA.replace("Muster", "Beispiel") + NOOR + BOB + NOOR.replace("11-13", "5-7")
    said, done = look(upload, lines), upload(lines)
    assert (said.new, said.changed, said.same) == (
        done.new_people,
        done.changed_people,
        done.known_people,
    )


def test_rows_with_mistakes_are_told_from_people_ruled_out(open_school: OpenSchool) -> None:
    upload = open_school()
    heading = "name,email,court order\n"
    lines = "A,a@,\nB,b@example.org,yes\nC,c@example.org,\n"
    found = preview(upload.school, read(upload, lines, heading=heading))
    assert (found.new, found.unusable, found.left_out) == (1, 1, 1)


def test_contacts_of_the_school_and_those_who_signed_up_alone_are_never_gone(
    open_school: OpenSchool,
) -> None:
    upload = open_school()
    upload("Office,office@example.org,contact\n", heading="name,email,role\n")
    upload(ANNA)
    PersonAddress.objects.filter(address__match_key__startswith="anna").update(school=None)
    PersonAddress.objects.filter(address__match_key__startswith="+44").update(school=None)
    assert look(upload, BOB).gone == ()


def test_who_is_on_the_list_with_a_mistake_is_not_gone(open_school: OpenSchool) -> None:
    upload = open_school()
    upload(ANNA + NOOR + BOB)
    bad = ANNA.replace("@example.org", "@").replace("07700", "O7700") + NOOR.replace("noor@", "@")
    assert [gone.name for gone in look(upload, bad).gone] == ["Bob Roe"]


def test_who_is_on_record_and_ruled_out_now_leaves_with_the_list(open_school: OpenSchool) -> None:
    upload = open_school()
    upload(ANNA + NOOR)
    heading = "name,email,court order\n"
    lines = "Anna Muster,anna@example.org,yes\nNoor Ali,noor@example.org,\n"
    roster = read(upload, lines, heading=heading)
    found = preview(upload.school, roster)
    assert ([each.name for each in found.barred], found.gone) == (["Anna Muster"], ())
    done = bring_in(
        upload.school, roster, file_name="x.csv", file_sha256="0" * 64,
        topics=list(Topic.objects.all()), end_gone=None, actor=OPERATOR,
    )  # fmt: skip
    assert (done.barred, done.ended) == (1, None)
    assert Membership.objects.get(state=MembershipState.ENDED).name == "Anna Muster"


def test_ruled_out_for_one_child_and_taken_for_another_stays(open_school: OpenSchool) -> None:
    upload = open_school()
    upload(ANNA)
    lines = "Anna Muster,anna@example.org,yes\nAnna Muster,anna@example.org,\n"
    roster = read(upload, lines, heading="name,email,court order\n")
    assert preview(upload.school, roster).barred == ()


@pytest.mark.django_db(transaction=True)
def test_ending_is_done_once_and_for_the_own_school_only(open_school: OpenSchool) -> None:
    north, south = open_school("north"), open_school("south")
    north(ANNA)
    south(ANNA)
    ids = list(Membership.objects.values_list("pk", flat=True))
    assert end_memberships(north.school, ids, why="x", actor=OPERATOR) == 1
    assert end_memberships(north.school, ids, why="x", actor=OPERATOR) == 0
    still = Membership.objects.get(state=MembershipState.CURRENT)
    assert still.school == south.school


_LINES = [
    "Anna Muster,anna@example.org,07700 900001,8-10,yes\n",
    "A. Muster,anna@example.org,07700 900001,8-10,yes\n",
    "Anna Muster,second@example.org,,8-10,yes\n",
    "Anna Muster,,07700 900001,,yes\n",
    "Jörg Muster,joerg@example.org,07700 900001,8-10,yes\n",
    ",anna@example.org,,,yes\n",
]
_FILES = st.lists(st.sampled_from(_LINES), min_size=1, max_size=4, unique=True).map("".join)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(elsewhere=st.lists(_FILES, max_size=2), own=st.lists(_FILES, min_size=2, max_size=3))
def test_school_learns_nothing_about_another_by_uploading(
    open_school: OpenSchool, elsewhere: list[str], own: list[str]
) -> None:
    """Whatever another school has on record, every answer to this school's uploads is the same."""
    told = []
    for files_of_other in ([], elsewhere):
        _forget_everybody()
        other, upload = open_school("south"), open_school("north")
        for lines in files_of_other:
            other(lines)
        answers: list[object] = []
        for lines in own:
            said = look(upload, lines)
            answers.append(replace(said, gone=tuple(gone.name for gone in said.gone)))
            answers.append(upload(lines))
        told.append(answers)
    assert told[0] == told[1]


def _forget_everybody() -> None:
    from outreach.audience.models import Address
    from outreach.organisation.models import School

    Address.objects.all().delete()
    Person.objects.all().delete()
    School.objects.all().delete()
