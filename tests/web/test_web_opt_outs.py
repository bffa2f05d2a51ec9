"""A parent called: entered by the school's office, in force at once."""

from __future__ import annotations

import pytest
import web_builders as build
from web_client import AppClient

from outreach.consent.models import Suppression, SuppressionReason
from outreach.organisation.models import AuditEntry, Role, School, Staff

PAGE = "/opt-outs/new"
CALL = {"why": "asked", "evidence": "phone call on 3 November"}


@pytest.fixture
def office(client: AppClient, school: School) -> AppClient:
    return client.as_staff(build.build_staff("Office", Role.SCHOOL_STAFF, school=school))


def test_number_as_people_write_it_and_mail_address_are_blocked(office: AppClient) -> None:
    form = {**CALL, "phone": "07700 900123", "email": "Anna@Example.org"}
    answer = office.post(PAGE, form, follow=True)
    assert "Blocked. Nothing more goes there" in answer.content.decode()
    rows = Suppression.objects.order_by("channel")
    assert [(row.channel, row.topic_id, row.reason) for row in rows] == [
        ("email", None, SuppressionReason.ASKED),
        ("sms", None, SuppressionReason.ASKED),
    ]


def test_address_of_another_school_is_met_and_nothing_of_it_is_shown(office: AppClient) -> None:
    address = build.build_address(build.build_school("elsewhere"), "anna@mailbox.example")
    known = office.post(PAGE, {**CALL, "email": address.value}, follow=True)
    unknown = office.post(PAGE, {**CALL, "email": "nobody@mailbox.example"}, follow=True)
    told = [answer.content.decode().split("<main")[1] for answer in (known, unknown)]
    assert ["Elsewhere" in page for page in told] == [False, False]
    digests = {bytes(row.digest) for row in address.hashes.all()}
    assert digests & {bytes(row.digest) for row in Suppression.objects.all()}


def test_wrong_number_is_not_ended_by_start(office: AppClient) -> None:
    office.post(PAGE, {**CALL, "why": "not_theirs", "phone": "07700 900123"})
    assert Suppression.objects.get().reason == SuppressionReason.STAFF


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({}, "Enter a phone number or an email address."),
        ({"phone": "12"}, "is not"),
        ({"email": "anna"}, "This belongs in the other field."),
        ({"phone": "anna@example.org"}, "This belongs in the other field."),
        ({"phone": "07700 900123", "evidence": ""}, "This field is required."),
    ],
)
def test_what_cannot_be_used_is_said_and_blocks_nobody(
    office: AppClient, change: dict[str, str], sentence: str
) -> None:
    answer = office.post(PAGE, {**CALL, **change})
    assert sentence in answer.content.decode()
    assert not Suppression.objects.exists()


def test_looking_blocks_nobody(office: AppClient) -> None:
    assert office.get(f"{PAGE}?phone=07700900123").status_code == 200
    assert not Suppression.objects.exists()


def test_who_entered_it_and_how_it_is_known_is_on_record(office: AppClient) -> None:
    office.post(PAGE, {**CALL, "phone": "07700 900123"})
    entry = AuditEntry.objects.get(action="opt-out.entered")
    assert entry.actor == Staff.objects.get().email
    assert entry.why == "phone call on 3 November"
    assert "900123" not in str(list(AuditEntry.objects.values()))
