"""The life of a launch at the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_terminal import colleague, outreach, school

from outreach.campaigns.models import Launch, LaunchState, StepRun
from outreach.core.clock import FrozenClock
from outreach.delivery.models import SchoolStop
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import AuditEntry, Role, School
from outreach.organisation.settings import Changes, set_organisation
from tests.organisation.contact_builders import make_ready

MANAGER = ("--as", "manager@demo.example")
APPROVER = ("--as", "approver@demo.example")
AGAIN = "--why", "a reason"


@pytest.fixture
def house(db: None, frozen_clock: FrozenClock, repository: Path) -> None:
    """An organisation with a school, two colleagues and the shipped campaign."""
    set_organisation(Changes(name="Safe Online Network"), actor=OPERATOR)
    school("north")
    colleague("manager@demo.example", Role.MANAGER)
    colleague("approver@demo.example", Role.APPROVER)
    make_ready()
    colleague("both@demo.example", Role.ADMINISTRATOR)
    assert outreach("campaign", "import", repository / "campaigns" / "say-no").code == 0


def create(
    name: str = "Autumn", *, starts_on: str = "2026-11-02", who: tuple[str, ...] = MANAGER
) -> str:
    words = ("--campaign", "say-no", "--name", name, "--starts-on", "2026-11-02", "--json")
    answer = outreach("launch", "create", *words, *who)
    assert answer.code == 0, answer.err
    return str(answer.json["uuid"])


def start(name: str = "Autumn") -> None:
    create(name)
    review = ("review", "--accept-unreviewed")
    for verb, who in ((review, MANAGER), (("approve",), APPROVER), (("start",), MANAGER)):
        answer = outreach("launch", *verb, name, *who)
        assert answer.code == 0, answer.err


@pytest.mark.usefixtures("house")
def test_a_launch_goes_from_draft_to_running_with_two_people() -> None:
    start()
    launch = Launch.objects.get()
    assert launch.state == LaunchState.RUNNING
    assert (launch.created_by.email, launch.approved_by and launch.approved_by.email) == (
        "manager@demo.example",
        "approver@demo.example",
    )
    keys = list(StepRun.objects.order_by("position").values_list("step_key", flat=True))
    assert keys[0] == "staff-brief"
    assert {"launch", "where-to-report", "thank-you"} <= set(keys)
    assert len(keys) == len(set(keys))


@pytest.mark.usefixtures("house")
def test_languages_that_nobody_reviewed_need_a_yes() -> None:
    create()
    answer = outreach("launch", "review", "Autumn", *MANAGER)
    assert answer.code == 4
    assert "add --accept-unreviewed" in answer.err
    assert outreach("launch", "review", "Autumn", "--accept-unreviewed", *MANAGER).code == 0


@pytest.mark.usefixtures("house")
def test_a_launch_to_a_country_without_help_lines_is_not_made() -> None:
    School.objects.filter(slug="north").update(country="BR")
    words = ("--campaign", "say-no", "--name", "Autumn", "--starts-on", "2026-11-02")
    answer = outreach("launch", "create", *words, *MANAGER)
    assert answer.code == 2
    assert "For BR there is no verified emergency number or help line" in answer.err


@pytest.mark.usefixtures("house")
def test_its_maker_cannot_approve_it() -> None:
    both = ("--as", "both@demo.example")
    create(who=both)
    outreach("launch", "review", "--accept-unreviewed", "Autumn", *both)
    answer = outreach("launch", "approve", "Autumn", *both)
    assert (answer.code, answer.err) == (
        3,
        "The person who made a launch cannot approve it. Ask a colleague who may approve.\n",
    )
    assert Launch.objects.get().state == LaunchState.IN_REVIEW


@pytest.mark.usefixtures("house")
def test_a_launch_in_the_past_is_refused() -> None:
    words = ("--campaign", "say-no", "--name", "Late", "--starts-on", "2026-11-01")
    answer = outreach("launch", "create", *words, *MANAGER)
    assert (answer.code, answer.err) == (
        2,
        "01 November 2026 has passed. Choose today or a later day.\n",
    )
    assert not Launch.objects.exists()


@pytest.mark.usefixtures("house")
def test_a_day_that_is_none_is_refused() -> None:
    words = ("--campaign", "say-no", "--name", "Odd", "--starts-on", "30.02.2026")
    answer = outreach("launch", "create", *words, *MANAGER)
    assert answer.code == 2
    assert "'30.02.2026' is not a day; write it like 2026-09-01." in answer.err


@pytest.mark.usefixtures("house")
def test_a_verb_out_of_turn_says_where_the_launch_stands() -> None:
    create()
    answer = outreach("launch", "start", "Autumn", *MANAGER)
    assert answer.code == 4
    assert "This launch is draft, so it cannot become running." in answer.err


@pytest.mark.usefixtures("house")
def test_nobody_named_is_asked_who_they_are() -> None:
    words = ("--campaign", "say-no", "--name", "X", "--starts-on", "2026-11-02")
    answer = outreach("launch", "create", *words)
    assert (answer.code, answer.err) == (
        2,
        "This is done in a person's name. Say who you are with --as EMAIL, or set OUTREACH_AS.\n",
    )


@pytest.mark.usefixtures("house")
def test_the_operator_may_pause_and_the_reason_is_kept() -> None:
    start()
    assert outreach("launch", "pause", "Autumn", "--why", "a typo").code == 0
    entry = AuditEntry.objects.get(action="launch.paused")
    assert (entry.actor, entry.why) == (OPERATOR.name, "a typo")
    assert outreach("launch", "resume", "Autumn", *MANAGER).code == 0
    assert outreach("launch", "cancel", "Autumn", "--why", "enough").out == (
        "Autumn is now: cancelled.\n"
    )


@pytest.mark.usefixtures("house")
def test_two_launches_of_one_name_are_told_apart() -> None:
    first, second = create(), create()
    answer = outreach("launch", "status", "Autumn")
    assert answer.code == 2
    assert first in answer.err
    assert second in answer.err
    assert outreach("launch", "status", first).code == 0


@pytest.mark.usefixtures("house")
def test_status_shows_steps_and_states_to_people_and_scripts() -> None:
    start()
    text = outreach("launch", "status", "Autumn").out
    steps = StepRun.objects.count()
    assert f"Autumn: running · 0 of {steps} steps done" in text
    assert "where-to-report" in text
    found = outreach("launch", "status", "Autumn", "--json").json
    states = (found["state"], len(found["steps"]), found["unknown_to_decide"])
    assert states == ("running", steps, 0)
    assert [each["name"] for each in outreach("launch", "list", "--json").json] == ["Autumn"]


@pytest.mark.usefixtures("house")
def test_watching_ends_when_the_launch_is_over() -> None:
    start()
    Launch.objects.update(state=LaunchState.FINISHED)
    answer = outreach("launch", "watch", "Autumn")
    assert answer.code == 0
    assert answer.out.startswith("Autumn: finished · ")


@pytest.mark.usefixtures("house")
def test_a_school_is_stopped_by_its_own_staff_only() -> None:
    start()
    colleague("head@demo.example", Role.SCHOOL_STAFF, school("south"))
    head = ("--as", "head@demo.example")
    words = ("launch", "stop-school", "--why", "an incident", "--school")
    assert outreach(*words, "north", *head).code == 3
    assert outreach(*words, "south", *head).code == 0
    assert SchoolStop.objects.get().school.slug == "south"
    assert outreach("launch", "lift-school", "--school", "south", *head).out == "south goes on.\n"


@pytest.mark.usefixtures("house")
def test_deciding_and_trying_again_say_how_many() -> None:
    start()
    decided = outreach("launch", "decide", "Autumn", "--verdict", "sent", *AGAIN, *MANAGER)
    assert decided.out == "Messages decided (sent): 0.\n"
    assert outreach("launch", "retry-failed", "Autumn", *AGAIN, *MANAGER).out == (
        "Messages that wait to be sent again: 0.\n"
    )


@pytest.mark.usefixtures("house")
def test_a_campaign_that_is_not_there_is_named() -> None:
    words = ("--campaign", "say-yes", "--name", "X", "--starts-on", "2026-11-02")
    answer = outreach("launch", "create", *words, *MANAGER)
    assert answer.code == 2
    assert answer.err.startswith("There is no campaign 'say-yes' here.")
