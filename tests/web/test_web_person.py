"""One person: found by exact address or name, their story in order, each look in the audit log."""

from __future__ import annotations

import pytest
import web_builders as build
from web_client import AppClient

from outreach.audience.models import Address, Person
from outreach.campaigns.models import Launch
from outreach.consent.actions import Grant, grant, hold
from outreach.consent.models import Topic
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import AuditEntry, Role, School, Staff
from outreach.replies.models import Case, CaseKind, Reply


@pytest.fixture
def launch(manager: Staff, approver: Staff, school: School) -> Launch:
    return build.build_running(manager, approver)


@pytest.fixture
def address(launch: Launch, school: School) -> Address:
    found = build.build_address(school)
    topic = Topic.objects.get(slug="online-safety")
    given = Grant(found.pk, topic.pk, school.pk, "signed_form", "list of 2 November", "I agree.")
    grant([given], actor=OPERATOR)
    return found


def story(client: AppClient, address: Address) -> str:
    person = Person.objects.get(addresses__address=address)
    answer = client.post("/people/story", {"person": f"{person.uuid}"})
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.parametrize("what", ["Anna@Mailbox.example", "anna"])
def test_a_person_is_found_by_exact_address_or_name(
    client: AppClient, manager: Staff, address: Address, what: str
) -> None:
    shown = client.as_staff(manager).post("/people", {"what": what}).content.decode()
    assert "Look at Anna, Greenhill" in shown


@pytest.mark.parametrize("what", ["ann", "anna@mailbox", "other@mailbox.example"])
def test_nobody_is_found_by_a_part(
    client: AppClient, manager: Staff, address: Address, what: str
) -> None:
    shown = client.as_staff(manager).post("/people", {"what": what}).content.decode()
    assert "Nobody with exactly this address or name." in shown


def test_the_story_says_what_was_agreed_and_why_a_message_did_not_go(
    client: AppClient, manager: Staff, launch: Launch, school: School, address: Address
) -> None:
    build.build_delivery(launch, address, school, "skipped")
    hold(address.pk, reason="unclear reply", actor=OPERATOR)
    shown = story(client.as_staff(manager), address)
    for words in (
        "Agreed",
        "list of 2 November · I agree.",
        "The film, and one rule (Autumn)",
        "Has not agreed to this topic",
        "Put on hold until a person decides",
        "unclear reply",
    ):
        assert words in shown


def test_each_look_is_a_line_of_the_audit_log(
    client: AppClient, manager: Staff, address: Address
) -> None:
    story(client.as_staff(manager), address)
    entry = AuditEntry.objects.get(action="person.looked-up")
    person = Person.objects.get(addresses__address=address)
    assert (entry.actor, entry.subject) == (manager.email, f"person:{person.uuid}")


def test_what_was_written_stays_with_its_case_and_a_call_for_help_with_those_who_may_read_it(
    client: AppClient, manager: Staff, school: School, address: Address
) -> None:
    build.build_case(school, "Who is this?", address=address)
    crisis: Case = build.build_case(school, "Help us", kind=CaseKind.CRISIS, address=address)
    Reply.objects.filter(case=crisis).update(meaning="crisis")
    shown = story(client.as_staff(manager), address)
    assert "Something that a person has to read" in shown
    assert "Who is this?" not in shown
    assert "May be in distress" not in shown
    assert "May be in distress" in story(
        client.as_staff(build.build_staff("Ada", Role.ADMINISTRATOR)), address
    )


def test_a_person_of_another_school_is_as_good_as_none(client: AppClient, address: Address) -> None:
    other = build.build_school("elsewhere")
    client.as_staff(build.build_staff("Sam", Role.SCHOOL_STAFF, school=other))
    shown = client.post("/people", {"what": "anna"}).content.decode()
    assert "Nobody with exactly" in shown
    person = Person.objects.get(addresses__address=address)
    assert client.post("/people/story", {"person": f"{person.uuid}"}).status_code == 404
    assert client.post("/people/story", {"person": "x"}).status_code == 404
    assert not AuditEntry.objects.filter(action="person.looked-up").exists()
