"""Who is alerted to calls for help, what counts as ready, and when replies are read."""

from __future__ import annotations

import pytest

from outreach.core.clock import FrozenClock
from outreach.core.errors import BadInput, BadToken, NotNow
from outreach.organisation.alert_tests import begin_test, read_test_token
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Organisation, Role, School
from outreach.organisation.readiness import (
    ContactState,
    contacts,
    readiness_problems,
    require_ready,
    unready_schools,
)
from outreach.organisation.reading_hours import reads_now
from outreach.organisation.settings import Changes, set_organisation
from outreach.organisation.staff import close_account, set_phone
from tests.organisation import contact_builders as build


@pytest.fixture
def school(db: None, frozen_clock: FrozenClock) -> School:
    return School.objects.create(
        slug="greenhill",
        name="Greenhill",
        country="GB",
        zone="Europe/London",
        languages=["en"],
        created_at=frozen_clock.now(),
    )


def codes(school: School) -> list[str]:
    return [problem.code for problem in readiness_problems([school])]


def test_both_a_duty_contact_and_the_schools_own_contact_are_needed(school: School) -> None:
    assert codes(school) == ["no-duty-contact"]
    build.build_duty_contact()
    assert codes(school) == ["no-safeguarding-lead"]
    with pytest.raises(NotNow, match="Greenhill"):
        require_ready([school])
    build.build_lead(school)
    assert codes(school) == []
    assert unready_schools([school.pk]) == []


def test_contact_counts_only_after_the_test_alert_was_confirmed(school: School) -> None:
    build.build_duty_contact()
    lead = build.build_contact("Lea", Role.SAFEGUARDING_LEAD, school)
    assert contacts([school])[-1].state is ContactState.NOT_TESTED
    begin_test(lead, actor=OPERATOR)
    assert contacts([school])[-1].state is ContactState.WAITING
    assert unready_schools([school.pk]) == [school.pk]


def test_new_number_and_a_closed_account_have_to_be_tested_anew(school: School) -> None:
    build.build_duty_contact()
    lead = build.build_lead(school)
    set_phone(lead, "+447700900599", actor=OPERATOR)
    assert unready_schools([school.pk]) == [school.pk]
    set_phone(lead, "+447700900500", actor=OPERATOR)
    assert unready_schools([school.pk]) == []
    close_account(lead, actor=OPERATOR, why="left")
    assert unready_schools([school.pk]) == [school.pk]


def test_contact_without_a_phone_cannot_be_tested(school: School) -> None:
    lead = build.build_contact("Lea", Role.SAFEGUARDING_LEAD, school, phone="")
    assert contacts([school])[-1].state is ContactState.NO_PHONE
    with pytest.raises(NotNow):
        begin_test(lead, actor=OPERATOR)


def test_link_that_is_not_of_a_test_alert_confirms_nothing(school: School) -> None:
    with pytest.raises(BadToken):
        read_test_token("abcdefgh234567")


@pytest.mark.parametrize(
    ("hours", "zone", "is_read"),
    [
        ("Mon-Fri 9:00-16:00", "Europe/London", True),
        ("Mon-Fri 9:00-16:00", "America/New_York", False),
        ("Tue and Wed 9:00-16:00", "Europe/London", False),
        ("24/7", "UTC", True),
        ("", "UTC", False),
    ],
)
def test_reading_hours_hold_in_their_own_zone(
    school: School, hours: str, zone: str, is_read: bool
) -> None:
    changes = Changes(name="Safe Online", reading_hours=hours, reading_zone=zone)
    assert reads_now(set_organisation(changes, actor=OPERATOR)) is is_read


@pytest.mark.parametrize(
    "changes",
    [
        Changes(reading_hours="mornings"),
        Changes(reading_zone="Europe/Nowhere"),
        Changes(escalate_after_minutes=0),
        Changes(case_text_days=10_000),
    ],
)
def test_settings_about_replies_that_make_no_sense_are_refused(
    school: School, changes: Changes
) -> None:
    Organisation.objects.create(name="Safe Online")
    with pytest.raises(BadInput):
        set_organisation(changes, actor=OPERATOR)
