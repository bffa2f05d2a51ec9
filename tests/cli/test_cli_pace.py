"""Pace, turns, limits and the life of a message, at the terminal."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from cli_terminal import colleague, outreach, school

from outreach.campaigns.actions import create_launch, import_version
from outreach.campaigns.models import Launch
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock, now
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import AccountLimit, AuditEntry, Role, Sender
from outreach.organisation.senders import add_sender
from outreach.organisation.staff import actor_of

pytestmark = pytest.mark.django_db
NUMBER = "+447700900999"


@pytest.fixture
def sender() -> Sender:
    return add_sender(channel=Channel.SMS, provider="twilio", identity=NUMBER, actor=OPERATOR)


@pytest.fixture
def launch(frozen_clock: FrozenClock, repository: Path) -> Launch:
    """A draft of the shipped campaign."""
    school()
    maker = colleague("mara@example.org", Role.MANAGER)
    path = repository / "campaigns" / "say-no" / "campaign.yaml"
    return create_launch(
        import_version(path, repository / "templates", actor=OPERATOR),
        name="Autumn",
        starts_on=now().date(),
        schools=[],
        actor=actor_of(maker),
    )


def test_a_limit_is_set_with_its_reason(sender: Sender) -> None:
    words = ("sender", "limit", NUMBER, "--rate", "5", "--a-day", "1,000")
    assert outreach(*words).code == 2

    assert outreach(*words, "--why", "the contract").out == (
        f"{NUMBER}: 5 a second, 1,000 a day.\n"
    )
    entry = AuditEntry.objects.get(action="sender.limits")
    assert (entry.why, entry.actor) == ("the contract", OPERATOR.name)


def test_what_is_not_named_stays_and_none_takes_a_limit_away(sender: Sender) -> None:
    outreach("sender", "limit", NUMBER, "--rate", "5", "--a-day", "1000", "--why", "x")
    assert outreach("sender", "limit", NUMBER, "--rate", "7", "--why", "x").out.endswith(
        "7 a second, 1,000 a day.\n"
    )
    assert outreach("sender", "limit", NUMBER, "--a-day", "none", "--why", "x").out.endswith(
        "7 a second, no limit in a day.\n"
    )
    assert "Nothing is to change" in outreach("sender", "limit", NUMBER, "--why", "x").err


def test_an_account_is_limited_as_a_whole(sender: Sender) -> None:
    answer = outreach("sender", "limit-account", "twilio", "--a-day", "50", "--why", "x")
    assert answer.out == "twilio: no limit in a second, 50 a day.\n"
    assert AccountLimit.objects.get().most_a_day == 50
    assert outreach("sender", "today", "--json").json[0]["account_most_today"] == 50


def test_a_new_number_is_warmed_up_and_is_known_one_day(sender: Sender) -> None:
    words = ("sender", "warm-up", NUMBER, "--why", "a new number")
    answer = outreach(*words, "--days", "20,30", "--from", "2026-11-02")
    assert answer.out == f"{NUMBER} sends 20 messages on 02 November 2026, then more by day.\n"
    sender.refresh_from_db()
    assert (sender.warm_up, sender.warm_up_from) == ([20, 30], date(2026, 11, 2))
    assert "no schedule" in outreach(*words, "--days", "many").err

    assert outreach(*words, "--end").code == 0
    sender.refresh_from_db()
    assert sender.warm_up == []


def test_a_pause_is_lifted_with_its_reason(sender: Sender) -> None:
    words = ("sender", "resume", NUMBER, "--why", "their support says so")
    assert "is not paused" in outreach(*words).err
    Sender.objects.update(paused_until="2999-01-01T00:00Z", paused_why="asked to wait")

    assert outreach(*words).out == f"{NUMBER} goes on.\n"


def test_a_launch_is_spread_and_made_fast_again(launch: Launch) -> None:
    words = ("launch", "pace", launch.uuid, "--why", "schools answer calls")
    assert (
        outreach(*words, "--hours", "2.5").out == f"{launch.name} goes out spread over 2.5 hours.\n"
    )
    launch.refresh_from_db()
    assert launch.spread_minutes == 150
    assert "either --hours or --fast" in outreach(*words).err
    assert outreach(*words, "--fast").code == 0
    launch.refresh_from_db()
    assert launch.spread_minutes is None


def test_going_first_takes_two_people(launch: Launch) -> None:
    colleague("ada@example.org", Role.ADMINISTRATOR)
    colleague("ben@example.org", Role.APPROVER)
    ask = outreach("launch", "urgent", launch.uuid, "--why", "a case", "--as", "ada@example.org")
    assert "by a second person" in ask.out
    approve = ("launch", "approve-urgent", launch.uuid, "--as")
    assert outreach(*approve, "ada@example.org").code != 0
    assert outreach(*approve, "ben@example.org").out == f"{launch.name} goes first.\n"
    assert outreach("launch", "end-urgent", launch.uuid, "--why", "it is out").code == 0
