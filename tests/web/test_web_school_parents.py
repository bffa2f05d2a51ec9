"""A school finds its parents, reads what happened with each, and prints counts; never another's."""

from __future__ import annotations

from typing import Any

import pytest
import web_builders as build
from web_client import AppClient

from outreach.audience.models import Address, Membership, PersonAddress
from outreach.config.environment import environment
from outreach.consent.actions import Grant, grant, withdraw
from outreach.consent.models import Topic
from outreach.core.clock import now
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Role, School, Staff
from outreach.reports.models import Dimension, RunFigure

PHONE = "+447700900001"


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.fixture
def clerk(client: AppClient, school: School) -> AppClient:
    return client.as_staff(build.build_staff("Clerk", Role.SCHOOL_STAFF, school=school))


@pytest.fixture
def anna(school: School) -> Membership:
    """On record at two schools: agreed by mail at this one, and by phone at the other alone."""
    address = build.build_address(school)
    person = address.persons.get().person
    other = build.build_school("elsewhere")
    Membership.objects.create(
        person=person, school=other, role="guardian", name="Anna Secret", started_at=now()
    )
    phone = Address.objects.create(channel="sms", value=PHONE, match_key=PHONE, created_at=now())
    PersonAddress.objects.create(person=person, address=phone, school=other, created_at=now())
    topic = Topic.objects.create(slug="online-safety", name="Online safety")
    agreed = [(address, school), (phone, other)]
    grant(
        [Grant(a.pk, topic.pk, s.pk, "signed_form", "form", "I agree") for a, s in agreed],
        actor=OPERATOR,
    )
    return Membership.objects.get(person=person, school=school)


def find(client: AppClient, school: School, text: str, standing: str = "") -> str:
    asked = {"text": text, "standing": standing}
    return text_of(client.post(f"/school/{school.uuid}/parents", asked))


def test_a_parent_is_found_by_the_beginning_of_a_name_or_an_address(
    clerk: AppClient, school: School, anna: Membership
) -> None:
    shown = f"/school/{school.uuid}/parents/{anna.uuid}"
    assert shown in text_of(clerk.get(f"/school/{school.uuid}/parents"))
    for text in ("ann", "Anna", "anna@mail"):
        assert shown in find(clerk, school, text)
    for text in ("nna", "%", "secret", "07700 900001"):  # of the other school, or no beginning
        assert "Nobody was found." in find(clerk, school, text)
    assert shown in find(clerk, school, "", "agreed")
    assert "Nobody was found." in find(clerk, school, "", "stopped")


def test_the_page_says_that_of_an_encrypted_address_all_is_needed(
    clerk: AppClient, school: School, anna: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "of an address or a number all of it is needed"
    assert said not in text_of(clerk.get(f"/school/{school.uuid}/parents"))
    monkeypatch.setenv("OUTREACH_ADDRESS_KEYS", "1:" + "ab" * 32 + ",2:off")
    environment.cache_clear()
    assert said in find(clerk, school, "anna@mailbox.example")
    monkeypatch.delenv("OUTREACH_ADDRESS_KEYS")
    environment.cache_clear()


def test_what_happened_with_a_parent_stands_in_plain_words_without_the_other_school(
    clerk: AppClient, school: School, anna: Membership
) -> None:
    address = f"/school/{school.uuid}/parents/{anna.uuid}"
    shown = text_of(clerk.get(address))
    assert "Agreed: online safety" in shown
    assert "Came on record at your school" in shown
    for secret in ("Anna Secret", "Elsewhere", PHONE):
        assert secret not in shown
    mail = Address.objects.get(channel="email")
    withdraw(mail.pk, None, school.pk, source="a call", wording="stop", actor=OPERATOR)
    shown = text_of(clerk.get(address))
    assert "Said stop: online safety" in shown
    assert "Stopped" in find(clerk, school, "anna", "stopped")


def test_a_parent_of_another_school_is_as_good_as_none(
    clerk: AppClient, school: School, anna: Membership
) -> None:
    other = Membership.objects.get(name="Anna Secret")
    assert clerk.get(f"/school/{school.uuid}/parents/{other.uuid}").status_code == 404
    assert clerk.get(f"/school/{other.school.uuid}/parents/{other.uuid}").status_code == 404


def test_school_without_parents_reads_what_to_do(clerk: AppClient, school: School) -> None:
    assert "No parent yet" in text_of(clerk.get(f"/school/{school.uuid}/parents"))
    assert "Nothing has gone out yet" in text_of(clerk.get(f"/school/{school.uuid}/report"))


def test_page_for_signing_up_gives_the_address_and_a_poster_in_each_language(
    clerk: AppClient, school: School
) -> None:
    shown = text_of(clerk.get(f"/school/{school.uuid}/signing-up"))
    assert "/join/greenhill" in shown
    assert f"/schools/{school.uuid}/poster/de.pdf" in shown


def test_report_shows_counts_and_hides_few_people(
    clerk: AppClient, school: School, manager: Staff, approver: Staff
) -> None:
    launch = build.build_running(manager, approver)
    big, small = launch.step_runs.order_by("day")
    for run, planned in ((big, 212), (small, 7)):  # 209 of 212 would say that it was 3
        RunFigure.objects.create(
            step_run=run,
            dimension=Dimension.SCHOOL,
            key=school.slug,
            school=school,
            planned=planned,
            left_out=3,
            reached=planned - 3,
            delivered=0,
            failed=0,
            unknown=0,
            opted_out=0,
            answered=0,
        )
    shown = text_of(clerk.get(f"/school/{school.uuid}/report"))
    assert "<span>212</span>" in shown
    for number in (209, 3, 7):
        assert f"<span>{number}</span>" not in shown
    assert "<span>&lt;10</span>" in shown
    assert shown.count("not shown</span>") == 1
    RunFigure.objects.filter(step_run=big).update(left_out=12, reached=200)
    shown = text_of(clerk.get(f"/school/{school.uuid}/report"))
    assert "<span>200</span>" in shown
    assert "<span>12</span>" in shown
