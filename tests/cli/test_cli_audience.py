"""Bringing a school's parents in, as an operator sees it."""

from __future__ import annotations

import os
import zipfile
from datetime import date
from pathlib import Path

import pytest
from cli_terminal import colleague, outreach, school

from outreach.audience.models import Address, Membership, Person
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
    answer = outreach("audience", "import", roster, "--school", "north", "--yes")
    assert answer.code == 0
    assert "north.csv: 3 rows, utf-8, separated by ," in answer.out
    assert "At North: 2 people new, 0 changed, 0 as before; 3 new addresses, 3 new consents." in (
        answer.out
    )
    assert "Rows not taken, listed above: 1." in answer.out


@pytest.mark.usefixtures("north")
def test_bad_cells_are_listed_with_row_column_value_and_reason(roster: Path) -> None:
    lines = outreach("audience", "import", roster, "--school", "north", "--yes").out.splitlines()
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
    answer = outreach("audience", "import", roster, "--school", "north", "--yes", "--mend", mend)
    told = answer.out + answer.err + mend.read_text("utf-8-sig")
    for secret in ("Zacharias", "Yolanda", "Xerxes", "4b", "anna@example.org", "Anna Muster"):
        assert secret not in told
    assert not AuditEntry.objects.filter(details__icontains="muster").exists()


@pytest.mark.usefixtures("north")
def test_the_bad_rows_can_be_mended_and_imported(roster: Path, tmp_path: Path) -> None:
    mend = tmp_path / "mend.csv"
    outreach("audience", "import", roster, "--school", "north", "--yes", "--mend", mend)
    text = mend.read_text("utf-8-sig")
    mend.write_text(text.replace('"4,91E+12"', "07700 900003"), "utf-8")
    answer = outreach("audience", "import", mend, "--school", "north", "--yes", "--json")
    assert answer.json["result"]["new_people"] == 1
    assert Address.objects.filter(match_key="+447700900003").exists()


@pytest.mark.usefixtures("north")
def test_the_same_file_again_changes_nothing_and_says_so(roster: Path) -> None:
    words = ("audience", "import", roster, "--school", "north", "--yes")
    outreach(*words)
    assert "Nothing changed: everything in this file was here already." in outreach(*words).out
    assert outreach(*words, "--json").json["changed_nothing"] is True


@pytest.mark.usefixtures("north")
def test_a_dry_run_stores_nothing(roster: Path) -> None:
    answer = outreach("audience", "import", roster, "--school", "north", "--dry-run")
    assert answer.code == 0
    assert answer.out.endswith("Nothing was stored.\n")
    assert nothing_is_stored()


@pytest.mark.usefixtures("north")
def test_without_a_terminal_to_ask_it_wants_yes(roster: Path) -> None:
    answer = outreach("audience", "import", roster, "--school", "north")
    assert answer.code == 2
    assert "Add --yes, or --dry-run to look only." in answer.err
    assert nothing_is_stored()


@pytest.mark.usefixtures("db")
def test_a_school_without_a_basis_is_sent_to_choose_one(roster: Path) -> None:
    school("south")
    answer = outreach("audience", "import", roster, "--school", "south", "--yes")
    assert answer.code == 2
    assert "Choose the basis first: outreach school basis south --help." in answer.err
    assert nothing_is_stored()


@pytest.mark.usefixtures("north")
def test_a_column_can_be_given_its_meaning_by_number(tmp_path: Path) -> None:
    path = tmp_path / "bare.csv"
    path.write_text("Anna Muster,anna@example.org\n", "utf-8")
    words = ("audience", "import", path, "--school", "north", "--yes", "--json")
    assert outreach(*words).code == 2
    answer = outreach(*words, "--column", "1=guardian name", "--column", "2=guardian email")
    assert answer.json["result"]["new_people"] == 1


@pytest.mark.usefixtures("north")
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("large.csv", "large.csv has 3,072 MB; a roster may have at most 50 MB."),
        ("wide.csv", "wide.csv, row 1: There are more than 200 columns."),
        ("bomb.zip", "bomb.zip is a zip archive."),
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
    answer = outreach("audience", "import", tmp_path / name, "--school", "north", "--yes")
    assert answer.code == 2
    assert sentence in answer.err
    assert nothing_is_stored()


@pytest.mark.usefixtures("north")
def test_only_who_may_change_the_audience_brings_people_in(roster: Path) -> None:
    colleague("auditor@demo.example", Role.AUDITOR)
    colleague("manager@demo.example", Role.MANAGER)
    words = ("audience", "import", roster, "--school", "north", "--yes", "--as")
    refused = outreach(*words, "auditor@demo.example")
    assert (refused.code, nothing_is_stored()) == (3, True)
    assert "auditor may not change who receives messages." in refused.err
    assert outreach(*words, "manager@demo.example").code == 0
    assert AuditEntry.objects.get(action="roster.import").actor == "manager@demo.example"


@pytest.mark.usefixtures("north")
def test_unknown_schools_and_topics_are_named(roster: Path) -> None:
    words = ("audience", "import", roster, "--yes", "--school")
    assert "There is no school 'nowhere'." in outreach(*words, "nowhere").err
    assert "There is no topic 'cooking'." in outreach(*words, "north", "--topic", "cooking").err
    assert nothing_is_stored()
