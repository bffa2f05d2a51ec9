"""By which channel somebody would rather be written to, entered at the terminal."""

from __future__ import annotations

import pytest
from cli_terminal import outreach, school

from outreach.audience.models import Address, Person, PersonAddress
from outreach.core.clock import now
from outreach.organisation.models import AuditEntry

pytestmark = pytest.mark.django_db
PHONE = "+447700900001"


def test_a_person_is_found_by_an_address_and_the_reason_is_kept() -> None:
    person = Person.objects.create(created_at=now())
    address = Address.objects.create(
        channel="sms", value=PHONE, match_key=PHONE, country="GB", created_at=now()
    )
    PersonAddress.objects.create(person=person, address=address, school=school(), created_at=now())
    words = (
        "audience",
        "prefer",
        "07700 900001",
        "email",
        "--country",
        "GB",
        "--why",
        "phone call",
    )

    assert outreach(*words).out == "1 person changed.\n"
    assert outreach(*words).out == "0 people changed.\n"

    assert Person.objects.get().channel == "email"
    entry = AuditEntry.objects.get(action="person.prefers-channel")
    assert (entry.why, entry.subject) == ("phone call", f"person:{person.uuid}")


def test_an_address_that_nobody_has_is_not_found() -> None:
    answer = outreach("audience", "prefer", PHONE, "email", "--why", "x")

    assert answer.code != 0
    assert "Nobody here has this address." in answer.err
