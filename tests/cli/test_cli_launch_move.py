"""A running launch moves to another version, and its answers are counted, at the terminal."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cli_terminal import colleague, outreach, school

from outreach.campaigns.models import Launch
from outreach.core.clock import FrozenClock
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Role
from outreach.organisation.settings import Changes, set_organisation
from tests.organisation.contact_builders import make_ready

MANAGER = ("--as", "manager@demo.example")
APPROVER = ("--as", "approver@demo.example")
WHY = ("--why", "the hour was wrong")
REVIEW = ("review", "--accept-unreviewed")


@pytest.fixture
def pack(tmp_path: Path, repository: Path) -> Path:
    """The small shipped campaign, to be edited."""
    for part in ("campaigns", "templates"):
        shutil.copytree(
            repository / part / "safer-internet-day", tmp_path / part / "safer-internet-day"
        )
    return tmp_path / "campaigns" / "safer-internet-day"


@pytest.fixture
def launch(db: None, frozen_clock: FrozenClock, pack: Path) -> Launch:
    set_organisation(Changes(name="Safe Online Network"), actor=OPERATOR)
    school("north")
    colleague("manager@demo.example", Role.MANAGER)
    colleague("approver@demo.example", Role.APPROVER)
    make_ready()
    assert outreach("campaign", "import", pack).code == 0
    named = ("--campaign", "safer-internet-day", "--name", "Spring", "--starts-on", "2027-01-20")
    assert outreach("launch", "create", *named, *MANAGER).code == 0
    for words, who in ((REVIEW, MANAGER), (("approve",), APPROVER), (("start",), MANAGER)):
        assert outreach("launch", words[0], "Spring", *words[1:], *who).code == 0
    return Launch.objects.get()


def edit(pack: Path) -> None:
    file = pack / "campaign.yaml"
    source = file.read_text("utf-8")
    file.write_text(source.replace("title: Safer Internet Day", "title: Another title"), "utf-8")


def test_a_move_is_shown_asked_for_and_approved_by_a_second_person(
    launch: Launch, pack: Path
) -> None:
    edit(pack)
    asked = outreach("launch", "move", "Spring", pack, *WHY, *MANAGER)
    assert asked.code == 0, asked.err
    assert "+title: Another title" in asked.out
    assert "takes the new one" in asked.out
    assert outreach("launch", "show-move", "Spring").out.startswith("Asked by manager@")
    assert outreach("launch", "approve-move", "Spring", *MANAGER).code != 0
    answer = outreach("launch", "approve-move", "Spring", *APPROVER)
    assert answer.code == 0, answer.err
    launch.refresh_from_db()
    assert launch.version.number == 2


def test_a_move_can_be_declined(launch: Launch, pack: Path) -> None:
    edit(pack)
    outreach("launch", "move", "Spring", pack, *WHY, *MANAGER)
    assert outreach("launch", "decline-move", "Spring", *WHY, *MANAGER).code == 0
    assert outreach("launch", "show-move", "Spring").code != 0
    launch.refresh_from_db()
    assert launch.version.number == 1


def test_answers_of_a_launch_without_a_question_say_so(launch: Launch) -> None:
    answer = outreach("launch", "answers", "Spring")
    assert "has a question" in answer.out
    told = outreach("launch", "answers", "Spring", "--json").json
    assert told == {"questions": [], "variants": []}
