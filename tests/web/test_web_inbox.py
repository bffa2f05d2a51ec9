"""The inbox: what it shows of a reply, filters, whose a case is, one decision about many."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import web_builders as build
from django.db import connection
from django.test.utils import CaptureQueriesContext
from web_client import AppClient

from outreach.consent.models import Hold, Suppression
from outreach.core.clock import FrozenClock, now
from outreach.core.errors import NotNow
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import AuditEntry, Role, School, Staff
from outreach.replies.cases import close_case
from outreach.replies.models import Case, CaseKind, CaseState, Reply
from outreach.replies.rules import Meaning
from tests.organisation import contact_builders as contacts

MOST_STATEMENTS = 20
DOUBT = "perhaps a stop"


def build_held(school: School, text: str, email: str, why: str = DOUBT) -> Case:
    address = build.build_address(school, email)
    case = build.build_case(school, text, kind=CaseKind.HOLD, address=address)
    Reply.objects.filter(pk=case.reply_id).update(
        meaning=Meaning.UNCLEAR, why=why, matched=["no more"], language="de", confidence=62
    )
    Hold.objects.create(address=address, reason=why, actor="reader", at=now())
    return case


def page(client: AppClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def plain(shown: str) -> str:
    """The words of a page."""
    return " ".join(re.sub(r"<[^>]*>", " ", shown).split())


def test_list_says_what_was_understood_why_how_sure_and_what_was_done(
    client: AppClient, manager: Staff, school: School
) -> None:
    build_held(school, "bitte nicht mehr", "a@mailbox.example")
    shown = plain(page(client.as_staff(manager), "/cases"))
    for words in (
        "Perhaps wants no more messages",
        "perhaps a stop: no more",
        "German",
        "62 %",
        "Put on hold: nothing goes there until somebody decides.",
    ):
        assert words in shown


def test_filters_in_the_address_narrow_the_list(
    client: AppClient, manager: Staff, organisation: FrozenClock, school: School
) -> None:
    other = build.build_school("hillside")
    build.build_case(school, "old question")
    organisation.tick(timedelta(days=4))
    build_held(school, "held one", "a@mailbox.example")
    build.build_case(other, "question elsewhere")
    client.as_staff(manager)
    every = {"old question", "held one", "question elsewhere"}
    for query, left in (
        ("", every),
        ("kind=hold", {"held one"}),
        ("school=hillside", {"question elsewhere"}),
        ("language=de", {"held one"}),
        ("channel=email", every),
        ("age=3", {"old question"}),
        ("whose=nobody", every),
        ("kind=nonsense", every),
    ):
        shown = page(client, f"/cases?{query}")
        assert {text for text in every if text in shown} == left, query
    for query in ("whose=me", "channel=sms", "kind=crisis"):
        assert "held one" not in page(client, f"/cases?{query}")
    assert "Nothing matches" in page(client, "/cases?whose=me")


def test_a_case_is_taken_seen_by_colleagues_and_put_back(
    client: AppClient, manager: Staff, school: School
) -> None:
    case = build.build_case(school)
    client.as_staff(manager).post(f"/cases/{case.uuid}/take", {"list": "1"})
    case.refresh_from_db()
    assert case.taken_by == manager
    assert "Waits for you" in page(client, "/cases?whose=me")
    colleague = build.build_staff("Olga", Role.MANAGER)
    assert "Waits for Mara" in page(client.as_staff(colleague), "/cases?whose=others")
    client.as_staff(manager).post(f"/cases/{case.uuid}/take", {"back": "1"})
    case.refresh_from_db()
    assert case.taken_by is None
    done = AuditEntry.objects.filter(subject=f"case:{case.uuid}").order_by("id")
    assert list(done.values_list("action", flat=True)) == ["case taken", "case put back"]


def test_everything_that_came_is_listed_also_what_was_answered_by_itself(
    client: AppClient, manager: Staff, school: School
) -> None:
    case = build.build_case(school, "STOP please")
    Reply.objects.filter(pk=case.reply_id).update(meaning=Meaning.STOP, case=None, why="keyword")
    Case.objects.all().delete()
    client.as_staff(manager)
    assert "STOP please" not in page(client, "/cases")
    shown = page(client, "/cases?read")
    assert "STOP please" in shown
    assert "Wants no more messages" in shown


def test_words_of_a_call_for_help_are_in_no_list(
    client: AppClient, manager: Staff, school: School
) -> None:
    case = build.build_case(school, "he threatens her", kind=CaseKind.CRISIS)
    Reply.objects.filter(pk=case.reply_id).update(meaning=Meaning.CRISIS, matched=["threatens"])
    assert "Nothing came yet" in page(client.as_staff(manager), "/cases?read")
    client.as_staff(contacts.build_duty_contact())
    for address in ("/cases", "/cases?read", "/cases?kind=crisis"):
        shown = page(client, address)
        assert f"/cases/{case.uuid}" in shown
        assert "threatens" not in shown
    assert not AuditEntry.objects.filter(action="case looked at").exists()


def held_together(school: School) -> list[Case]:
    return [
        build_held(school, f"text {number}", f"p{number}@mailbox.example") for number in range(3)
    ]


def look(client: AppClient, cases: list[Case], answer: str) -> dict[str, Any]:
    given = {"case": [str(case.uuid) for case in cases], "answer": answer, "why": "Read by Uta."}
    shown = client.post(f"/cases/together?why={DOUBT}", given | {"do": "look"}).content.decode()
    found = re.search(r'name="seen" value="([^"]*)"', shown)
    assert found is not None
    return given | {"do": "act", "seen": found[1], "shown": shown}


def test_holds_of_one_reason_are_decided_together_with_the_consequence_first(
    client: AppClient, manager: Staff, school: School
) -> None:
    cases = held_together(school)
    other = build_held(school, "quite other words", "x@mailbox.example", why="a language we …")
    client.as_staff(manager)
    assert "Decide together" in page(client, "/cases")
    shown = page(client, f"/cases/together?why={DOUBT}")
    assert all(f"text {number}" in shown for number in range(3))
    assert "quite other words" not in shown
    act = look(client, cases[:2], "stop")
    assert "2 addresses are blocked" in str(act["shown"])
    assert not Suppression.objects.exists()
    client.post(f"/cases/together?why={DOUBT}", act)
    assert Suppression.objects.count() == 2
    states = Case.objects.order_by("pk").values_list("pk", "state", "outcome")
    assert list(states) == [
        (cases[0].pk, CaseState.CLOSED, "Read by Uta."),
        (cases[1].pk, CaseState.CLOSED, "Read by Uta."),
        (cases[2].pk, CaseState.OPEN, ""),
        (other.pk, CaseState.OPEN, ""),
    ]
    assert Hold.objects.filter(released_at=None).count() == 2


@pytest.mark.parametrize(("answer", "left", "closed"), [("release", 0, 3), ("keep", 3, 0)])
def test_together_lets_go_or_keeps(
    client: AppClient, manager: Staff, school: School, *, answer: str, left: int, closed: int
) -> None:
    cases = held_together(school)
    client.as_staff(manager)
    client.post(f"/cases/together?why={DOUBT}", look(client, cases, answer))
    assert not Suppression.objects.exists()
    assert Hold.objects.filter(released_at=None).count() == left
    assert Case.objects.filter(state=CaseState.CLOSED).count() == closed


def test_what_was_not_looked_at_is_not_decided(
    client: AppClient, manager: Staff, school: School
) -> None:
    cases = held_together(school)
    client.as_staff(manager)
    act = look(client, cases[:1], "stop")
    more = act | {"case": [str(case.uuid) for case in cases]}
    assert (
        "3 addresses are blocked"
        in client.post(f"/cases/together?why={DOUBT}", more).content.decode()
    )
    assert not Suppression.objects.exists()


def test_a_call_for_help_is_never_decided_together(
    client: AppClient, organisation: FrozenClock, school: School
) -> None:
    duty = contacts.build_duty_contact()
    cases = held_together(school)
    client.as_staff(duty)
    act = look(client, cases, "stop")
    Case.objects.filter(pk=cases[1].pk).update(kind=CaseKind.CRISIS)
    assert "text 1" not in page(client, f"/cases/together?why={DOUBT}")
    client.post(f"/cases/together?why={DOUBT}", act)
    assert not Suppression.objects.exists()
    cases[1].refresh_from_db()
    assert cases[1].state == CaseState.OPEN


def test_closing_a_hold_that_a_newer_reply_made_a_call_for_help_is_refused(
    school: School, manager: Staff
) -> None:
    case = build.build_case(school, kind=CaseKind.HOLD)
    Case.objects.update(kind=CaseKind.CRISIS)
    with pytest.raises(NotNow, match="graver"):
        close_case(case, "All is well.", actor=OPERATOR)
    assert Case.objects.get().state == CaseState.OPEN


def test_school_contact_decides_together_about_its_own_school_alone(
    client: AppClient, school: School
) -> None:
    build_held(school, "ours", "a@mailbox.example")
    build_held(school, "ours too", "b@mailbox.example")
    build_held(build.build_school("elsewhere"), "theirs", "c@mailbox.example")
    client.as_staff(contacts.build_lead(school))
    for address in ("/cases", f"/cases/together?why={DOUBT}", "/cases?read"):
        shown = page(client, address)
        assert "ours" in shown
        assert "theirs" not in shown


def test_inbox_keeps_to_its_budget_of_statements(
    client: AppClient, manager: Staff, school: School
) -> None:
    for number in range(12):
        build_held(school, f"text {number}", f"p{number}@mailbox.example")
    client.as_staff(manager)
    for address in ("/cases", "/cases?closed", "/cases?read", f"/cases/together?why={DOUBT}"):
        page(client, address)
        with CaptureQueriesContext(connection) as found:
            page(client, address)
        assert len(found) <= MOST_STATEMENTS, address
