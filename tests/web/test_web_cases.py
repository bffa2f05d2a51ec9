"""Replies that wait for a person: what is shown, and what each decision does."""

from __future__ import annotations

from datetime import timedelta

import pytest
import web_builders as build
from web_client import AppClient

from outreach.consent.models import Hold, Suppression
from outreach.core.clock import FrozenClock, now
from outreach.organisation.models import School, Staff
from outreach.replies.models import CaseState


def test_urgent_replies_come_first_then_the_newest(
    client: AppClient, manager: Staff, school: School, organisation: FrozenClock
) -> None:
    for text, priority in (("older", 5), ("urgent", 1), ("newer", 5)):
        build.build_case(school, text, priority=priority)
        organisation.tick(timedelta(minutes=1))
    shown = client.as_staff(manager).get("/cases").content.decode()
    places = [shown.index(f"<blockquote>{text}") for text in ("urgent", "newer", "older")]
    assert places == sorted(places)
    assert shown.count("Urgent") == 1


def test_reply_is_shown_whole_with_what_we_understood_and_why(
    client: AppClient, manager: Staff, school: School
) -> None:
    case = build.build_case(school, "First line\n<b>second</b>")
    case.reply.inbound.files_dropped = 1
    case.reply.inbound.save()
    shown = client.as_staff(manager).get(f"/cases/{case.uuid}").content.decode()
    for words in (
        "First line<br>&lt;b&gt;second",
        "no keyword matched",
        "Something that a person has to read",
        "A file was sent with it",
        "Greenhill",
    ):
        assert words in shown


def test_case_closes_with_an_outcome_in_the_name_of_who_decided(
    client: AppClient, manager: Staff, school: School
) -> None:
    case = build.build_case(school)
    address = f"/cases/{case.uuid}/close"
    assert client.as_staff(manager).post(address, {"outcome": ""}).status_code == 200
    client.post(address, {"outcome": "Called back."})
    case.refresh_from_db()
    assert (case.state, case.closed_by) == (CaseState.CLOSED, manager.email)
    assert "Called back." in client.get("/cases?closed").content.decode()


def test_case_closed_by_somebody_else_is_not_closed_again(
    client: AppClient, manager: Staff, school: School
) -> None:
    case = build.build_case(school)
    address = f"/cases/{case.uuid}/close"
    client.as_staff(manager).post(address, {"outcome": "First."})
    shown = client.post(address, {"outcome": "Second."}, follow=True).content.decode()
    case.refresh_from_db()
    assert case.outcome == "First."
    assert "closed already" in shown


@pytest.mark.parametrize("is_known", [True, False])
def test_this_is_a_stop_blocks_the_address_and_closes_the_case(
    client: AppClient, manager: Staff, school: School, is_known: bool
) -> None:
    address = build.build_address(school) if is_known else None
    case = build.build_case(school if is_known else None, "leave me alone", address=address)
    client.as_staff(manager).post(f"/cases/{case.uuid}/stop")
    block = Suppression.objects.get()
    case.refresh_from_db()
    assert (block.channel, block.actor) == ("email", manager.email)
    assert block.evidence == f"inbound:{case.reply.inbound_id}"
    assert case.state == CaseState.CLOSED


def test_hold_ends_with_a_reason_and_the_case_stays_open(
    client: AppClient, manager: Staff, school: School
) -> None:
    address = build.build_address(school)
    case = build.build_case(school, address=address)
    hold = Hold.objects.create(address=address, reason="A call for help.", actor="x", at=now())
    shown = client.as_staff(manager).get(f"/cases/{case.uuid}").content.decode()
    assert "A call for help." in shown
    client.post(f"/cases/{case.uuid}/release", {"why": ""})
    hold.refresh_from_db()
    assert hold.released_at is None
    client.post(f"/cases/{case.uuid}/release", {"why": "All is well."})
    hold.refresh_from_db()
    case.refresh_from_db()
    assert (hold.released_by, case.state) == (manager.email, CaseState.OPEN)


def test_nothing_to_decide_says_what_would_come_here(client: AppClient, manager: Staff) -> None:
    assert "Nothing waits for you" in client.as_staff(manager).get("/cases").content.decode()
