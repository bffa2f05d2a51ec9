"""Rehearsing and comparing at the terminal."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cli_terminal import colleague, outreach, school

from outreach.audience.models import Membership, MembershipRole, Person
from outreach.campaigns.models import CampaignVersion, Launch
from outreach.core.clock import FrozenClock, now
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Role, School
from outreach.organisation.settings import Changes, set_organisation
from tests.organisation.contact_builders import make_ready


@pytest.fixture
def pack(db: None, frozen_clock: FrozenClock, repository: Path, tmp_path: Path) -> Path:
    """The shipped campaign, to edit, and one parent who gave no address."""
    set_organisation(Changes(name="Safe Online Network"), actor=OPERATOR)
    school("north")
    make_ready()
    Membership.objects.create(
        person=Person.objects.create(created_at=now()),
        school=School.objects.get(),
        role=MembershipRole.GUARDIAN,
        name="Anna",
        started_at=now(),
    )
    for part in ("campaigns/say-no", "templates/say-no"):
        shutil.copytree(repository / part, tmp_path / part)
    return tmp_path / "campaigns" / "say-no"


def test_a_campaign_on_disk_is_rehearsed_without_being_imported(pack: Path) -> None:
    answer = outreach("campaign", "rehearse", pack, "--from", "2027-01-11")

    assert answer.code == 0, answer.err
    assert "Nothing was sent" in answer.out
    assert "2027-01-12" in answer.out
    assert "No address for this channel" in answer.out
    assert "Anna" not in answer.out
    assert not CampaignVersion.objects.exists()
    assert not Launch.objects.exists()


def test_scripts_get_the_same_numbers_and_only_the_days_asked_for(pack: Path) -> None:
    words = ("--from", "2027-01-11", "--to", "2027-01-13", "--json")
    found = outreach("campaign", "rehearse", pack, *words).json

    assert {step["day"] for step in found["steps"]} <= {"2027-01-11", "2027-01-12", "2027-01-13"}
    launch = next(step for step in found["steps"] if step["step_key"] == "launch")
    assert launch["people"] == launch["left_out"]["no_address"] == 1
    assert launch["windows"][0]["opens_local"].startswith("2027-01-12")


def test_names_need_the_right_to_see_persons(pack: Path) -> None:
    colleague("auditor@demo.example", Role.AUDITOR)
    colleague("manager@demo.example", Role.MANAGER)
    asked = ("campaign", "rehearse", pack, "--people", 5)

    assert outreach(*asked, "--as", "auditor@demo.example").code != 0
    assert "Anna" in outreach(*asked, "--as", "manager@demo.example").out
    assert "Anna" in outreach(*asked).out


def test_a_broken_campaign_is_not_rehearsed(pack: Path) -> None:
    template = pack.parent.parent / "templates" / "say-no" / "en" / "launch.sms.txt"
    template.write_text(template.read_text("utf-8") + "{{ nobody }}\n", "utf-8")
    answer = outreach("campaign", "rehearse", pack)
    assert answer.code == 2
    assert "nobody" in answer.err


def test_an_edit_is_compared_with_the_imported_version(pack: Path) -> None:
    assert outreach("campaign", "import", pack).code == 0
    assert "Nothing changes" in outreach("campaign", "diff", "say-no", pack).out
    template = pack.parent.parent / "templates" / "say-no" / "en" / "launch.sms.txt"
    text = template.read_text("utf-8")
    template.write_text(
        text.replace("{{ school.name }}: ", "{{ school.name }}: hello, ", 1), "utf-8"
    )

    answer = outreach("campaign", "diff", "say-no@1", pack, "--from", "2027-01-11")

    assert answer.code == 0, answer.err
    assert "+++ en/launch.sms.txt" in answer.out
    found = outreach("campaign", "diff", "say-no@1", pack, "--json").json
    assert [text["name"] for text in found["texts"]] == ["en/launch.sms.txt"]


def test_what_is_nothing_that_can_be_rehearsed_is_said(pack: Path) -> None:
    answer = outreach("campaign", "rehearse", "nowhere")
    assert answer.code != 0
    assert "no campaign on disk" in answer.err
