"""The end of a school year: consents that end, roll over and are renewed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from roster_school import OpenSchool, Upload, consenting

from outreach.audience.models import Address, Membership, MembershipState
from outreach.consent.actions import Grant, grant, withdraw
from outreach.consent.models import Consent, ConsentState, Topic
from outreach.core.clock import FrozenClock
from outreach.core.errors import BadInput
from outreach.organisation.audit import OPERATOR, RECIPIENT
from outreach.organisation.models import ConsentBasis
from outreach.subscriptions.lapse import close_year, lapse_due, let_parents_go
from outreach.subscriptions.rollover import roll_over, term_of

HEADING = "name,email,consent,consent date\n"
ANNA = "Anna,anna@example.org,yes,2026-09-01\n"
NEWER = ANNA.replace("2026-09-01", "2027-08-15")
LAST_DAY = date(2027, 7, 31)
AFTER = datetime(2027, 8, 20, 9, tzinfo=UTC)


@pytest.fixture
def clock(frozen_clock: FrozenClock) -> Iterator[FrozenClock]:
    """Monday, 2 November 2026."""
    return frozen_clock


def consented(upload: Upload, lines: str = ANNA) -> int:
    return upload(lines, heading=HEADING).consents_granted


def ended(upload: Upload, clock: FrozenClock) -> None:
    """The school year has gone by."""
    consented(upload)
    roll_over(upload.school, LAST_DAY, why="the form says so", actor=OPERATOR)
    clock.set(AFTER)
    assert lapse_due() == 1


def test_consent_ends_with_the_day_at_the_school(
    open_school: OpenSchool, clock: FrozenClock
) -> None:
    upload = open_school()
    consented(upload)
    assert roll_over(upload.school, LAST_DAY, why="form", actor=OPERATOR) == 1
    clock.set(datetime(2027, 7, 31, 22, 59, tzinfo=UTC))  # 23:59 in London
    assert lapse_due() == 0
    clock.tick(timedelta(minutes=1))
    assert (lapse_due(), lapse_due()) == (1, 0)
    assert consenting() == []
    history = Consent.objects.order_by("pk").values_list("act", "actor", "source")
    assert list(history)[-1] == ("lapsed", "system:clock", "its time is over")


def test_consent_that_comes_later_has_the_same_end(
    open_school: OpenSchool, clock: FrozenClock
) -> None:
    upload = open_school()
    roll_over(upload.school, LAST_DAY, why="form", actor=OPERATOR)
    consented(upload)
    assert ConsentState.objects.get().ends_at == datetime(2027, 7, 31, 23, tzinfo=UTC)


def test_rolling_over_once_more_moves_the_end(open_school: OpenSchool, clock: FrozenClock) -> None:
    upload = open_school()
    consented(upload)
    roll_over(upload.school, LAST_DAY, why="form", actor=OPERATOR)
    roll_over(upload.school, date(2028, 7, 31), why="valid for two years", actor=OPERATOR)
    clock.set(AFTER)
    assert lapse_due() == 0
    assert term_of(upload.school).ends_on == date(2028, 7, 31)


@pytest.mark.parametrize(
    ("until", "why"), [(date(2026, 11, 1), "x"), (date(2029, 1, 1), "x"), (LAST_DAY, " ")]
)
def test_past_or_far_days_and_no_reason_are_refused(
    open_school: OpenSchool, clock: FrozenClock, until: date, why: str
) -> None:
    with pytest.raises(BadInput):
        roll_over(open_school().school, until, why=why, actor=OPERATOR)


def test_the_old_form_uploaded_again_brings_nothing_back(
    open_school: OpenSchool, clock: FrozenClock
) -> None:
    upload = open_school()
    ended(upload, clock)
    roll_over(upload.school, date(2028, 7, 31), why="next year", actor=OPERATOR)
    result = upload(ANNA, heading=HEADING)
    assert (result.consents_granted, result.not_renewed) == (0, 1)
    assert consenting() == []


def test_a_form_signed_later_renews_it(open_school: OpenSchool, clock: FrozenClock) -> None:
    upload = open_school()
    ended(upload, clock)
    roll_over(upload.school, date(2028, 7, 31), why="next year", actor=OPERATOR)
    result = upload(NEWER, heading=HEADING)
    assert (result.consents_granted, result.not_renewed) == (1, 0)
    assert consenting() == ["anna@example.org"]
    assert lapse_due() == 0


def test_a_later_form_before_the_end_is_the_new_proof(
    open_school: OpenSchool, clock: FrozenClock
) -> None:
    upload = open_school()
    consented(upload)
    clock.set(AFTER)
    assert consented(upload, NEWER) == 1
    assert consented(upload, NEWER) == 0
    assert ConsentState.objects.get().signed_on == date(2027, 8, 15)


def test_who_withdrew_after_the_end_is_not_brought_back_by_a_form_signed_before(
    open_school: OpenSchool, clock: FrozenClock
) -> None:
    upload = open_school()
    ended(upload, clock)
    withdraw(Address.objects.get().pk, None, None, source="x", wording="no", actor=RECIPIENT)
    assert consented(upload, NEWER) == 0
    assert consenting() == []


def test_consent_of_the_persons_own_has_no_end(open_school: OpenSchool, clock: FrozenClock) -> None:
    upload = open_school(basis=ConsentBasis.INVITATION)
    upload("Anna,anna@example.org\n", heading="name,email\n")
    own = Grant(
        Address.objects.get().pk, Topic.objects.get().pk, upload.school.pk, "invitation", "", "x"
    )
    grant([own], actor=RECIPIENT)
    assert roll_over(upload.school, LAST_DAY, why="form", actor=OPERATOR) == 0
    assert close_year(upload.school, why="year", actor=OPERATOR) == 0
    assert let_parents_go() == 0
    assert consenting() == ["anna@example.org"]


def test_closing_the_year_ends_consents_and_memberships_of_that_school_alone(
    open_school: OpenSchool, clock: FrozenClock
) -> None:
    north, south = open_school("north"), open_school("south")
    consented(north)
    consented(south)
    assert close_year(north.school, why="end of the year", actor=OPERATOR) == 1
    assert (let_parents_go(), let_parents_go()) == (1, 0)
    left = Membership.objects.get(state=MembershipState.ENDED)
    assert left.school == north.school
    assert ConsentState.objects.get(granted=True).school == south.school


def test_parents_come_back_with_a_new_list_and_a_newer_form(
    open_school: OpenSchool, clock: FrozenClock
) -> None:
    upload = open_school()
    consented(upload)
    close_year(upload.school, why="end of the year", actor=OPERATOR)
    let_parents_go()
    clock.set(AFTER)
    assert consented(upload, NEWER) == 1
    assert Membership.objects.get().state == MembershipState.CURRENT
