"""`outreach campaign preview` and `test-send`: any language, school, person and branch."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_terminal import outreach

from outreach.audience.models import Person
from outreach.core.clock import now
from outreach.notices.models import Notice
from outreach.organisation.models import AuditEntry, School, Staff
from tests.delivery import delivery_builders as build
from tests.organisation.contact_builders import make_ready

ROOT = Path(__file__).parents[2]
PACK = f"{ROOT / 'campaigns' / 'safer-internet-day'}"


@pytest.fixture
def school(as_work: None, frozen_clock: object) -> School:
    build.build_organisation()
    found = build.build_school()
    make_ready()
    return found


@pytest.fixture
def colleague(school: School) -> Staff:
    found = Staff.objects.exclude(phone="").order_by("pk")[0]
    found.email_verified_at = now()
    found.save()
    return found


def test_a_campaign_on_disk_is_shown_in_each_channel_of_its_step(school: School) -> None:
    shown = outreach("campaign", "preview", PACK, "on-the-day", "--language", "de").out
    assert "— email, de, Greenhill" in shown
    assert "— sms, de, Greenhill" in shown
    assert "From: Greenhill via Safe Online Network" in shown
    assert "2 parts" in shown


def test_what_is_supposed_of_the_reader_decides_the_branch(school: School) -> None:
    asked = ("campaign", "preview", PACK, "thank-you", "--channel", "sms", "--json")
    (usual,) = json.loads(outreach(*asked).out)
    (other,) = json.loads(outreach(*asked, "--set", "message.can_reply=no").out)
    assert "/u/" in other["text"]
    assert "/u/" not in usual["text"]
    named = outreach(*asked, "--set", "school.name=Élan College").out
    assert "Élan College" in named
    wrong = outreach(*asked, "--set", "help.sms_line=x")
    assert wrong.code == 2
    assert "Can be set: recipient.name, school.name, " in wrong.err


def test_each_branch_comes_with_an_example_that_goes_there(school: School) -> None:
    asked = ("campaign", "preview", PACK, "thank-you", "--channel", "sms")
    found = json.loads(outreach(*asked, "--branches", "--json").out)
    ways = {each["branch"]: each["set"] for each in found}
    assert ways["if message.can_reply"] == {}
    assert ways["unless message.can_reply"] == {"message.can_reply": "no"}
    assert '--set "message.can_reply=no"' in outreach(*asked, "--branches").out


def test_a_person_is_shown_in_their_language_and_the_look_is_logged(school: School) -> None:
    parent = build.build_parent(school, email="anna@example.org", phone="+447700900123")
    Person.objects.filter(pk=parent.person.pk).update(language="es")
    uuid = f"{parent.person.uuid}"
    shown = outreach("campaign", "preview", PACK, "on-the-day", "--person", uuid).out
    assert "— email, es, Greenhill" in shown
    assert AuditEntry.objects.get(action="person.previewed").subject == f"person:{uuid}"
    other = outreach("campaign", "preview", PACK, "staff-note", "--person", uuid)
    assert "This step is not for that person. It goes to staff." in other.err


def test_the_email_can_be_looked_at_in_a_browser(school: School, tmp_path: Path) -> None:
    file = tmp_path / "mail.html"
    outreach("campaign", "preview", PACK, "on-the-day", "--channel", "email", "--html", file)
    assert file.read_text("utf-8").startswith("<!DOCTYPE html>")


def test_a_step_and_language_that_are_not_there_are_named(school: School) -> None:
    assert "Steps: staff-note" in outreach("campaign", "preview", PACK, "lunch").err
    wrong = outreach("campaign", "preview", PACK, "thank-you", "--language", "la")
    assert "The campaign is not written in 'la'." in wrong.err


def test_a_test_goes_to_a_colleague_and_to_no_parent(school: School, colleague: Staff) -> None:
    outreach("campaign", "import", PACK)
    asked = ("campaign", "test-send", "safer-internet-day", "on-the-day", "--to")
    answer = outreach(*asked, colleague.email)
    assert answer.out == f"A test message is on its way to {colleague.email}.\n"
    build.build_parent(school, email="liam@example.org")
    stranger = outreach(*asked, "liam@example.org")
    assert stranger.code == 2
    assert "No member of staff signs in with" in stranger.err
    build.build_parent(school, email=colleague.email)
    refused = outreach(*asked, colleague.email)
    assert refused.code == 3
    assert "a parent is written to, so no test goes there." in refused.err
    assert Notice.objects.count() == 1


def test_without_a_name_it_goes_to_who_does_it(school: School, colleague: Staff) -> None:
    outreach("campaign", "import", PACK)
    asked = ("campaign", "test-send", "safer-internet-day", "on-the-day")
    nobody = outreach(*asked)
    assert "Name a colleague with --to." in nobody.err
