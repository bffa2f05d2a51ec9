"""Previews of branches and of one person, and test sends, through their pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import web_builders as build
from django.db import connection
from django.test.utils import CaptureQueriesContext
from web_client import AppClient

from outreach.audience.models import Address, Person
from outreach.campaigns.actions import import_pack
from outreach.campaigns.definition import load_pack
from outreach.campaigns.models import CampaignVersion
from outreach.consent.models import Consent, Suppression
from outreach.core.clock import now
from outreach.notices.models import Notice
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import AuditEntry, Role, School, SmsPrice, Staff

ROOT = Path(__file__).parents[2]
STEP = "/campaigns/safer-internet-day/1/steps/thank-you"
MOST_STATEMENTS = 30


@pytest.fixture
def version(school: School) -> CampaignVersion:
    for channel in ("sms", "email"):
        build.build_sender(channel)
    SmsPrice.objects.create(country="GB", micros=40_000, set_at=now())
    pack = load_pack(ROOT / "campaigns" / "safer-internet-day", ROOT / "templates")
    return import_pack(pack, actor=OPERATOR)


@pytest.fixture
def confirmed(manager: Staff) -> Staff:
    manager.email_verified_at = now()
    manager.save()
    return manager


@pytest.fixture
def address(school: School) -> Address:
    return build.build_address(school)


def page(client: AppClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def person_form(step: str = "thank-you", **more: str) -> dict[str, str]:
    chosen = {"person": f"{Person.objects.get().uuid}", "step": f"safer-internet-day@1/{step}"}
    return {**chosen, **more}


def test_every_branch_is_listed_with_a_reader_who_goes_there(
    client: AppClient, manager: Staff, version: CampaignVersion
) -> None:
    client.as_staff(manager)
    with CaptureQueriesContext(connection) as queries:
        shown = page(client, f"{STEP}/en/sms/branches?school=greenhill")
    assert len(queries) <= MOST_STATEMENTS
    assert "if message.can_reply" in shown
    assert "unless message.can_reply" in shown
    links = [link.replace("&amp;", "&") for link in re.findall(rf'href="({STEP}\?[^"]+)"', shown)]
    assert any("set=message.can_reply%3Dno" in link for link in links)
    for link in links:
        assert "thank-you" in page(client, link)


def test_a_preview_shows_the_branch_that_was_asked_for(
    client: AppClient, manager: Staff, version: CampaignVersion
) -> None:
    client.as_staff(manager)
    usual = page(client, f"{STEP}?school=greenhill")
    other = page(client, f"{STEP}?school=greenhill&set=message.can_reply=no")
    bubbles = [re.search(r'class="bubble"[^>]*>(.*?)</p>', each, re.S) for each in (usual, other)]
    assert "STOP" in str(bubbles[0] and bubbles[0][1])
    assert "/u/" in str(bubbles[1] and bubbles[1][1])
    assert "message.can_reply=no" in other
    assert client.get(f"{STEP}?set=links.stop=x").status_code == 404


def test_a_test_goes_to_oneself_by_default_and_every_link_in_it_acts_on_nobody(
    client: AppClient, confirmed: Staff, version: CampaignVersion, address: Address
) -> None:
    client.as_staff(confirmed)
    form = page(client, f"{STEP}/en/email/test")
    assert f'<option value="{confirmed.uuid}">' in form
    given = {"to": f"{confirmed.uuid}", "school": "greenhill", "branch": ""}
    answer = client.post(f"{STEP}/en/email/test", given, follow=True)
    assert "A test message is on its way to" in answer.content.decode()
    notice = Notice.objects.get()
    assert (notice.destination, notice.kind) == (confirmed.email, "test_send")
    assert notice.subject.startswith("[Test] ")
    links = re.findall(r"https?://[^/\s]+(/[uap]/[\w-]+)", notice.text)
    assert len(links) >= 2
    before = (Consent.objects.count(), Suppression.objects.count())
    for link in links:
        for send in (client.get, client.post):
            assert send(link).status_code == 404
    assert (Consent.objects.count(), Suppression.objects.count()) == before


def test_nobody_with_a_confirmed_address_is_said_with_the_way_out(
    client: AppClient, manager: Staff, version: CampaignVersion
) -> None:
    shown = page(client.as_staff(manager), f"{STEP}/en/sms/test")
    assert "Nobody can get a test yet" in shown
    assert "outreach staff verify EMAIL --phone" in shown


def test_nobody_but_staff_can_be_chosen(
    client: AppClient, confirmed: Staff, version: CampaignVersion, address: Address
) -> None:
    client.as_staff(confirmed)
    for to in (address.value, f"{Person.objects.get().uuid}"):
        given = {"to": to, "school": "greenhill", "branch": ""}
        assert client.post(f"{STEP}/en/email/test", given).status_code == 200
    assert not Notice.objects.exists()


def test_an_auditor_sends_no_test(
    client: AppClient, version: CampaignVersion, confirmed: Staff
) -> None:
    auditor = build.build_staff("Ada", Role.AUDITOR)
    client.as_staff(auditor)
    assert client.get(f"{STEP}/en/email/test").status_code == 403
    assert "Send a test" not in page(client, STEP)


def test_a_person_sees_their_own_language_and_the_look_is_in_the_audit_log(
    client: AppClient, manager: Staff, version: CampaignVersion, address: Address
) -> None:
    shown = client.as_staff(manager).post("/people/preview", person_form())
    assert shown.status_code == 200
    words = shown.content.decode()
    assert "German" in words
    assert "Greenhill" in words
    entry = AuditEntry.objects.get(action="person.previewed")
    assert entry.subject == f"person:{Person.objects.get().uuid}"
    assert entry.details == {"campaign": "safer-internet-day", "step": "thank-you"}
    mail = client.post("/people/preview/email", person_form(place="0"))
    assert 'lang="de"' in mail.content.decode()
    assert client.post("/people/preview/email", person_form(place="5")).status_code == 404


def test_a_step_for_staff_is_not_for_a_parent(
    client: AppClient, manager: Staff, version: CampaignVersion, address: Address
) -> None:
    shown = client.as_staff(manager).post("/people/preview", person_form("staff-note"))
    assert "This step is not for this person" in shown.content.decode()


def test_school_staff_may_not_preview_for_a_person(
    client: AppClient, version: CampaignVersion, address: Address, school: School
) -> None:
    helper = build.build_staff("Hal", Role.SCHOOL_STAFF, school=school)
    client.as_staff(helper)
    assert client.post("/people/preview", person_form()).status_code == 403
    assert not AuditEntry.objects.filter(action="person.previewed").exists()


def test_the_story_of_a_person_offers_each_step(
    client: AppClient, manager: Staff, version: CampaignVersion, address: Address
) -> None:
    uuid = f"{Person.objects.get().uuid}"
    shown = client.as_staff(manager).post("/people/story", {"person": uuid}).content.decode()
    assert 'value="safer-internet-day@1/on-the-day"' in shown
