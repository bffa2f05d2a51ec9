"""The page that says whether senders work, and the decision who writes."""

from __future__ import annotations

import pytest
from web_client import AppClient

from outreach.core.channels import Channel
from outreach.delivery import health
from outreach.delivery.models import SenderHealth
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Sender, Staff
from outreach.organisation.senders import add_sender
from outreach.organisation.stand_ins import name_stand_in

WHY = "3 of 3 calls failed within two minutes."


@pytest.fixture
def tripped(manager: Staff) -> Sender:
    first, second = (
        add_sender(channel=Channel.EMAIL, provider=provider, identity=identity, actor=OPERATOR)
        for provider, identity in (
            ("sendgrid", "first@outreach.test"),
            ("smtp", "second@outreach.test"),
        )
    )
    name_stand_in(first, second, actor=OPERATOR)
    health.trip(first, WHY)
    return first


def test_it_says_what_does_not_work_why_and_who_writes(
    client: AppClient, approver: Staff, tripped: Sender
) -> None:
    shown = client.as_staff(approver).get("/senders/health").content.decode()

    for words in ("Does not work", WHY, "second@outreach.test", "Writes now"):
        assert words in shown
    assert "Decide who writes" not in shown


def test_a_manager_decides_with_a_reason(
    client: AppClient, manager: Staff, tripped: Sender
) -> None:
    address = f"/senders/{tripped.uuid}/writer"
    assert "Decide who writes" in client.as_staff(manager).get("/senders/health").content.decode()
    assert client.get(address).status_code == 200
    assert client.post(address, {"writer": "healthy", "why": ""}).status_code == 200
    assert SenderHealth.objects.get().forced == ""

    client.post(address, {"writer": "healthy", "why": "a false alarm"})

    found = SenderHealth.objects.get()
    assert (found.forced, found.forced_by) == ("healthy", manager.email)
    shown = client.get("/senders/health").content.decode()
    assert "a false alarm" in shown
    assert "Not needed now" in shown


def test_who_may_only_look_decides_nothing(
    client: AppClient, approver: Staff, tripped: Sender
) -> None:
    address = f"/senders/{tripped.uuid}/writer"

    answer = client.as_staff(approver).post(address, {"writer": "healthy", "why": "x"})

    assert answer.status_code == 403
    assert SenderHealth.objects.get().forced == ""
