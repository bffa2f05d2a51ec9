"""Bringing a school's parents in, as an operator sees it."""

from __future__ import annotations

import os
import zipfile
from datetime import date
from pathlib import Path

import pytest
from cli_terminal import colleague, outreach, school
from openpyxl import Workbook

from outreach.audience.models import Address, Membership, Person, RosterColumns
from outreach.consent.models import Topic
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import AuditEntry, ConsentBasis, Role, School
from outreach.organisation.schools import choose_consent_basis

HEADING = "Child name,Class,Guardian name,Guardian email,Guardian mobile,Consent\n"
GOOD = "Zacharias,4b,Anna Muster,anna@example.org,07700 900001,yes\n"
BAD = "Yolanda,4b,Dev Ashworth,dev@example.org,07700 900 ask Gran,yes\n"
LOST = 'Xerxes,4b,Ruth Calder,,"4,91E+12",yes\n'


@pytest.fixture
def north(db: None) -> School:
    Topic.objects.create(slug="online-safety", name="Online safety")
    return choose_consent_basis(
        school("north"),
        ConsentBasis.SIGNED_FORM,
        wording="Yes, write to me.",
        dated_on=date(2025, 9, 1),
        actor=OPERATOR,
    )


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    path = tmp_path / "north.csv"
    path.write_text(HEADING + GOOD + BAD + LOST, "utf-8")
    return path


def nothing_is_stored() -> bool:
    return not (Person.objects.exists() or Address.objects.exists() or Membership.objects.exists())


@pytest.mark.usefixtures("north")
def test_what_was_understood_is_shown_before_and_what_came_of_it_after(roster: Path) -> None:
    answer = outreach("roster", "import", roster, "--school", "north", "--yes")
    assert answer.code == 0
    assert "north.csv: 3 rows, utf-8, separated by ," in answer.out
    assert "At North: 2 people new, 0 changed, 0 as before; 3 new addresses, 3 new consents." in (
        answer.out
    )
    assert "Rows not taken, listed above: 1." in answer.out


@pytest.mark.usefixtures("north")
def test_bad_cells_are_listed_with_row_column_value_and_reason(roster: Path) -> None:
    lines = outreach("roster", "import", roster, "--school", "north", "--yes").out.splitlines()
    letters = next(line for line in lines if "ask Gran" in line)
    assert "  3  Guardian mobile" in letters
    assert "has letters in it." in letters
    lost = next(line for line in lines if "4,91E+12" in line)
    assert "a number that a spreadsheet has shortened; its last digits are lost." in lost


@pytest.mark.usefixtures("north")
def test_nothing_about_a_child_and_no_good_address_is_shown_or_kept(
    roster: Path, tmp_path: Path
) -> None:
    mend = tmp_path / "mend.csv"
    answer = outreach("roster", "import", roster, "--school", "north", "--yes", "--mend", mend)
    told = answer.out + answer.err + mend.read_text("utf-8-sig")
    for secret in ("Zacharias", "Yolanda", "Xerxes", "4b", "anna@example.org", "Anna Muster"):
        assert secret not in told
    assert not AuditEntry.objects.filter(details__icontains="muster").exists()


@pytest.mark.usefixtures("north")
def test_the_bad_rows_can_be_mended_and_imported(roster: Path, tmp_path: Path) -> None:
    mend = tmp_path / "mend.csv"
    outreach("roster", "import", roster, "--school", "north", "--yes", "--mend", mend)
    text = mend.read_text("utf-8-sig")
    mend.write_text(text.replace('"4,91E+12"', "07700 900003"), "utf-8")
    answer = outreach("roster", "import", mend, "--school", "north", "--yes", "--json")
    assert answer.json["result"]["new_people"] == 1
    assert Address.objects.filter(match_key="+447700900003").exists()


@pytest.mark.usefixtures("north")
def test_the_same_file_again_changes_nothing_and_says_so(roster: Path) -> None:
    words = ("roster", "import", roster, "--school", "north", "--yes")
    outreach(*words)
    assert "Nothing changed: everything in this file was here already." in outreach(*words).out
    assert outreach(*words, "--json").json["changed_nothing"] is True


@pytest.mark.usefixtures("north")
def test_a_dry_run_stores_nothing(roster: Path) -> None:
    answer = outreach("roster", "import", roster, "--school", "north", "--dry-run")
    assert answer.code == 0
    assert answer.out.endswith("Nothing was stored.\n")
    assert nothing_is_stored()


@pytest.mark.usefixtures("north")
def test_without_a_terminal_to_ask_it_wants_yes(roster: Path) -> None:
    answer = outreach("roster", "import", roster, "--school", "north")
    assert answer.code == 2
    assert "Add --yes, or --dry-run to look only." in answer.err
    assert nothing_is_stored()


@pytest.mark.usefixtures("db")
def test_a_school_without_a_basis_is_sent_to_choose_one(roster: Path) -> None:
    school("south")
    answer = outreach("roster", "import", roster, "--school", "south", "--yes")
    assert answer.code == 2
    assert "Choose the basis first: outreach school basis south --help." in answer.err
    assert nothing_is_stored()


@pytest.mark.usefixtures("north")
def test_a_column_can_be_given_its_meaning_by_number(tmp_path: Path) -> None:
    path = tmp_path / "bare.csv"
    path.write_text("Anna Muster,anna@example.org\n", "utf-8")
    words = ("roster", "import", path, "--school", "north", "--yes", "--json")
    assert outreach(*words).code == 2
    answer = outreach(*words, "--column", "1=guardian name", "--column", "2=guardian email")
    assert answer.json["result"]["new_people"] == 1


@pytest.mark.usefixtures("north")
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("large.csv", "large.csv has 3,072 MB; a roster may have at most 50 MB."),
        ("wide.csv", "wide.csv, row 1: There are more than 200 columns."),
        ("bomb.zip", "bomb.zip unpacks to far more than a list does, so it is not opened."),
        ("missing.csv", "There is no file missing.csv."),
    ],
)
def test_a_file_that_cannot_be_a_roster_is_refused_in_a_sentence(
    tmp_path: Path, name: str, sentence: str
) -> None:
    with (tmp_path / "large.csv").open("wb") as large:
        os.truncate(large.fileno(), 3 * 1024**3)  # sparse: takes no room on the disk
    (tmp_path / "wide.csv").write_text("email," * 3_000_000 + "\na@example.org\n", "utf-8")
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("roster.csv", b"0" * 50_000_000)
    answer = outreach("roster", "import", tmp_path / name, "--school", "north", "--yes")
    assert answer.code == 2
    assert sentence in answer.err
    assert nothing_is_stored()


@pytest.mark.usefixtures("north")
def test_only_who_may_change_the_audience_brings_people_in(roster: Path) -> None:
    colleague("auditor@demo.example", Role.AUDITOR)
    colleague("manager@demo.example", Role.MANAGER)
    words = ("roster", "import", roster, "--school", "north", "--yes", "--as")
    refused = outreach(*words, "auditor@demo.example")
    assert (refused.code, nothing_is_stored()) == (3, True)
    assert "auditor may not change who receives messages." in refused.err
    assert outreach(*words, "manager@demo.example").code == 0
    assert AuditEntry.objects.get(action="roster.import").actor == "manager@demo.example"


@pytest.mark.usefixtures("north")
def test_unknown_schools_and_topics_are_named(roster: Path) -> None:
    words = ("roster", "import", roster, "--yes", "--school")
    assert "There is no school 'nowhere'." in outreach(*words, "nowhere").err
    assert "There is no topic 'cooking'." in outreach(*words, "north", "--topic", "cooking").err
    assert nothing_is_stored()


@pytest.mark.usefixtures("north")
def test_a_workbook_comes_in_as_it_is(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["guardian name", "guardian email"])
    sheet.append(["Anna Muster", "anna@example.org"])
    book.save(tmp_path / "north.xlsx")
    answer = outreach("roster", "import", tmp_path / "north.xlsx", "--school", "north", "--yes")
    assert "north.xlsx: 1 rows, a workbook" in answer.out
    assert "At North: 1 person new" in answer.out


@pytest.mark.usefixtures("north")
def test_who_is_gone_leaves_only_with_a_whole_list_and_their_number(tmp_path: Path) -> None:
    path = tmp_path / "north.csv"
    path.write_text(HEADING + GOOD + BAD.replace(" ask Gran", "004"), "utf-8")
    words = ("roster", "import", path, "--school", "north", "--yes")
    outreach(*words)
    path.write_text(HEADING + GOOD, "utf-8")
    assert "on record, but not on this list" in outreach(*words).out
    assert not Membership.objects.filter(state="ended").exists()
    refused = outreach(*words, "--whole")
    assert (refused.code, "add --gone 1" in refused.err) == (2, True)
    assert "People who left the school: 1." in outreach(*words, "--whole", "--gone", "1").out
    assert Membership.objects.get(state="ended").name == "Dev Ashworth"


@pytest.mark.usefixtures("north", "frozen_clock")
def test_the_year_rolls_over_and_closes(roster: Path) -> None:
    outreach("roster", "import", roster, "--school", "north", "--yes")
    at = ("--school", "north", "--why", "the form covers it")
    assert (
        "3 consents count until 31 July 2027"
        in outreach("roster", "roll-over", *at, "--until", "2027-07-31").out
    )
    assert outreach("roster", "status", "--school", "north", "--json").json == {
        "basis": "signed_form", "ends_on": "2027-07-31", "consents": 3, "lapsed": 0,
    }  # fmt: skip
    assert outreach("roster", "close-year", *at).code == 2
    answer = outreach("roster", "close-year", *at, "--yes")
    assert "3 consents have ended, 2 parents have left." in answer.out


@pytest.mark.usefixtures("north")
def test_columns_are_remembered_for_the_next_list_of_the_school(tmp_path: Path) -> None:
    path = tmp_path / "north.csv"
    path.write_text("Wer,Wohin,Note\nAnna Muster,anna@example.org,x\n", "utf-8")
    words = ("roster", "import", path, "--school", "north", "--yes")
    said = ("--column", "Wer=Guardian Name", "--column", "2=guardian e-mail")
    assert outreach(*words, "--dry-run", *said).code == 0
    assert not RosterColumns.objects.exists()
    assert "1 person new" in outreach(*words, *said).out
    assert RosterColumns.objects.get().meanings == {
        "wer": "guardian name", "wohin": "guardian email",
    }  # fmt: skip
    path.write_text("Wohin,Wer\nbea@example.org,Bea Beispiel\n", "utf-8")
    assert "1 person new" in outreach(*words).out
    assert Membership.objects.filter(name="Bea Beispiel").exists()


@pytest.mark.usefixtures("db")
def test_basis_is_chosen_on_the_way(roster: Path) -> None:
    Topic.objects.create(slug="online-safety", name="Online safety")
    south = school("south")
    words = ("roster", "import", roster, "--school", "south", "--yes", "--basis", "signed_form")
    assert outreach(*words).code == 2
    assert "Add --basis" in outreach(*words[:-2], "--wording", "I agree.").err
    assert nothing_is_stored()
    answer = outreach(*words, "--wording", "I agree.", "--dated-on", "2025-09-01")
    assert answer.code == 0
    south.refresh_from_db()
    assert (south.consent_basis, south.consent_wording) == ("signed_form", "I agree.")
    assert outreach(*words).code == 0
    changed = outreach(*words[:-1], "invitation")
    assert (changed.code, "has chosen its basis already" in changed.err) == (4, True)
