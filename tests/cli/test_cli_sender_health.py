"""Who stands in for whom, how senders fare and who writes, at the terminal."""

from __future__ import annotations

import pytest
from cli_terminal import outreach

from outreach.core.channels import Channel
from outreach.delivery import health
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import AuditEntry, Sender
from outreach.organisation.senders import add_sender

pytestmark = pytest.mark.django_db
NUMBER = "+447700900999"
SECOND = "+447700900998"


@pytest.fixture
def senders() -> list[Sender]:
    return [
        add_sender(channel=Channel.SMS, provider="twilio", identity=each, actor=OPERATOR)
        for each in (NUMBER, SECOND)
    ]


@pytest.mark.usefixtures("senders")
def test_a_stand_in_is_named_and_taken_back() -> None:
    assert outreach("sender", "stand-in", NUMBER, SECOND).out == (
        f"{SECOND} stands in for {NUMBER}.\n"
    )
    assert outreach("sender", "health", "--json").json[0]["stand_in"] == SECOND
    assert outreach("sender", "stand-in", NUMBER, "--none").out == f"{NUMBER} is alone.\n"
    assert "alone already" in outreach("sender", "stand-in", NUMBER, "--none").out
    assert AuditEntry.objects.filter(action="sender.stand-in-named").count() == 2


@pytest.mark.usefixtures("senders")
def test_a_sender_does_not_stand_in_for_itself() -> None:
    answer = outreach("sender", "stand-in", NUMBER, NUMBER)

    assert answer.code == 2
    assert "cannot stand in for itself" in answer.err


def test_what_does_not_work_is_shown_with_its_reason(senders: list[Sender]) -> None:
    health.trip(senders[0], "3 of 3 calls failed within two minutes.")

    shown = outreach("sender", "health").out

    assert "Does not work" in shown
    assert "3 of 3 calls failed" in shown


@pytest.mark.usefixtures("senders")
def test_staff_decide_who_writes_and_say_why() -> None:
    words = ("sender", "failover", NUMBER, "stand-in")
    assert "has no stand-in" in outreach(*words, "--why", "x").err
    outreach("sender", "stand-in", NUMBER, SECOND)
    assert outreach(*words).code == 2

    assert outreach(*words, "--why", "they told us").code == 0
    assert outreach("sender", "health", "--json").json[0]["decided"] == "stand-in"
    outreach("sender", "failover", NUMBER, "automatic", "--why", "over")
    assert outreach("sender", "health", "--json").json[0]["decided"] == "automatic"
    assert AuditEntry.objects.get(action="sender.forced").why == "they told us"
