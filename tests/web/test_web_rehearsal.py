"""The rehearsal as a page: numbers for all who see sends, names for those who may."""

from __future__ import annotations

import pytest
import web_builders as build
from web_client import AppClient

from outreach.audience.models import AddressHash, Membership, MembershipRole, Person
from outreach.campaigns.models import CampaignVersion, Launch
from outreach.consent.actions import Grant, grant
from outreach.consent.hashing import hasher
from outreach.consent.models import Topic
from outreach.core.clock import now
from outreach.delivery.models import Delivery
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Role, School, Staff
from tests.organisation.contact_builders import make_ready


@pytest.fixture
def launch(school: School, manager: Staff) -> Launch:
    """A draft, and somebody without an address."""
    build.build_version()
    CampaignVersion.objects.update(
        files={
            f"en/{step}.email.md": "---\nsubject: A\npreheader: B\nreviewed_by: null\n---\nHello.\n"
            for step in ("launch", "where-to-report")
        }
        | {
            f"en/{step}.sms.txt": "---\nreviewed_by: null\n---\nHello.\n"
            for step in ("launch", "where-to-report")
        }
    )
    person = Person.objects.create(created_at=now())
    Membership.objects.create(
        person=person, school=school, role=MembershipRole.GUARDIAN, name="Anna", started_at=now()
    )
    make_ready()
    return build.build_draft(manager)


def readable(school: School, email: str) -> None:
    """A parent who agreed, and a sender that reaches them."""
    address = build.build_address(school, email)
    for keyed in hasher().every("email", email):
        AddressHash.objects.create(address=address, key_version=keyed.version, digest=keyed.digest)
    topic = Topic.objects.get()
    grant(
        [Grant(address.pk, topic.pk, school.pk, "signed_form", "form", "I agree")], actor=OPERATOR
    )
    build.build_sender()


def asked(client: AppClient, address: str, day: str = "2026-11-02") -> str:
    answer = client.post(address, {"starts_on": day, "until": ""})
    assert answer.status_code == 200
    shown = str(answer.content.decode())
    assert "Please mend" not in shown
    return shown


def test_the_page_says_who_is_left_out_and_keeps_nothing(
    client: AppClient, manager: Staff, launch: Launch
) -> None:
    client.as_staff(manager)
    address = f"/launches/{launch.uuid}/rehearsal"
    assert address in client.get(f"/launches/{launch.uuid}").content.decode()
    assert "Left out" not in client.get(address).content.decode()

    shown = asked(client, address)

    assert "The film, and one rule" in shown
    assert "1 · No address for this channel" in shown
    assert "Anna" in shown
    assert Launch.objects.count() == 1
    assert not Delivery.objects.exists()


def test_names_are_not_shown_to_those_who_may_not_see_persons(
    client: AppClient, launch: Launch
) -> None:
    client.as_staff(build.build_staff("Aud", Role.AUDITOR))
    shown = asked(client, f"/launches/{launch.uuid}/rehearsal")

    assert "No address for this channel" in shown
    assert "Anna" not in shown


def test_a_version_is_rehearsed_before_there_is_a_send(
    client: AppClient, manager: Staff, launch: Launch
) -> None:
    client.as_staff(manager)
    assert "/campaigns/tiny/1/rehearsal" in client.get("/launches/new").content.decode()
    assert "Calendar" in asked(client, "/campaigns/tiny/1/rehearsal", "2027-01-11")
    assert client.get("/campaigns/tiny/9/rehearsal").status_code == 404


def test_what_stands_in_the_plot_stands_in_the_table(
    client: AppClient, manager: Staff, launch: Launch
) -> None:
    readable(School.objects.get(), "anna@mailbox.example")
    client.as_staff(manager)

    shown = asked(client, f"/launches/{launch.uuid}/rehearsal")

    assert shown.count("<rect") == 2
    assert "<title>Mon 2 Nov 2026: The film, and one rule: 1 emails</title>" in shown
    assert '<td data-label="Emails">1</td>' in shown
