"""Planning: everyone gets one row, one message per person and per address (promises 1 and 5)."""

from __future__ import annotations

from datetime import timedelta

import delivery_builders as build
import pytest

from outreach.audience.models import Membership, Person
from outreach.consent.actions import hold, suppress
from outreach.consent.models import ConsentState
from outreach.core.clock import FrozenClock
from outreach.delivery import planning
from outreach.delivery.actions import plan_step_run
from outreach.delivery.models import Batch, Delivery, Tally
from outreach.delivery.queries import launch_progress
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Channel, Role, School, Staff, StaffRole

pytestmark = pytest.mark.usefixtures("ledger")


def reasons() -> dict[str, int]:
    found: dict[str, int] = {}
    for row in Delivery.objects.all():
        key = row.reason or row.state
        found[key] = found.get(key, 0) + 1
    return found


def test_a_guardian_at_two_schools_gets_one_delivery() -> None:
    greenhill, hillside = build.build_school(), build.build_school("hillside")
    parent = build.build_parent(greenhill, phone="+447700900001")
    build.enrol(parent.person, hillside)
    launch = build.build_running_launch()

    plan_step_run(build.first_run(launch).pk)

    assert Delivery.objects.count() == 1
    assert Delivery.objects.get().school_id == greenhill.pk


def test_two_guardians_on_one_phone_get_one_message_between_them() -> None:
    school = build.build_school()
    first = build.build_parent(school, phone="+447700900001", name="Anna")
    second = build.build_parent(school, phone=first.phone, name="Jörg")
    launch = build.build_running_launch()

    plan_step_run(build.first_run(launch).pk)

    by_person = {row.person_id: row for row in Delivery.objects.all()}
    assert by_person[first.person.pk].state == "pending"
    assert by_person[second.person.pk].reason == "shared_address"


def test_everyone_who_cannot_be_sent_to_gets_a_row_with_the_reason() -> None:
    school = build.build_school()
    build.build_parent(school)
    build.build_parent(school, phone=build.build_address("sms", "+442079460018", textable=False))
    build.build_parent(school, phone="+447700900002", consent=False)
    blocked = build.build_parent(school, phone="+447700900003")
    held = build.build_parent(school, phone="+447700900004")
    suppress("sms", blocked.phone.match_key, reason="asked", evidence="reply", actor=OPERATOR)
    hold(held.phone.pk, reason="unsure", actor=OPERATOR)
    launch = build.build_running_launch()

    plan_step_run(build.first_run(launch).pk)

    assert reasons() == {
        "no_address": 1,
        "not_textable": 1,
        "no_consent": 1,
        "suppressed": 1,
        "held": 1,
    }
    assert dict(launch_progress(launch).reasons) == reasons()


def test_a_consent_that_has_run_out_is_none() -> None:
    build.build_parent(build.build_school(), phone="+447700900001")
    ConsentState.objects.update(ends_at=build.MONDAY - timedelta(days=1))
    launch = build.build_running_launch()

    plan_step_run(build.first_run(launch).pk)

    assert reasons() == {"no_consent": 1}


def test_a_country_without_a_price_is_blocked() -> None:
    school = build.build_school()
    address = build.build_address("sms", "+491713920001")
    address.country = "DE"
    address.save()
    build.build_parent(school, phone=address)
    launch = build.build_running_launch()

    plan_step_run(build.first_run(launch).pk)

    assert reasons() == {"no_price": 1}


def test_the_first_channel_that_reaches_a_person_is_taken() -> None:
    school = build.build_school()
    build.build_parent(school, phone="+447700900001", email="anna@example.org")
    launch = build.build_running_launch()

    plan_step_run(build.first_run(launch).pk)

    assert Batch.objects.get().channel == "email"


def test_planning_again_adds_newcomers_only() -> None:
    school = build.build_school()
    build.build_parents(school, 3)
    launch = build.build_running_launch()
    run = build.first_run(launch)
    plan_step_run(run.pk)
    build.build_parent(school, phone="+447700900777", name="Late")

    again = plan_step_run(run.pk)

    assert (again.people, again.batches) == (1, 1)
    assert plan_step_run(run.pk).people == 0
    assert Delivery.objects.count() == 4


def test_someone_who_left_the_school_is_not_in_the_audience() -> None:
    school = build.build_school()
    build.build_parents(school, 2)
    Membership.objects.filter(name="Parent 0").update(state="ended")
    launch = build.build_running_launch()

    assert plan_step_run(build.first_run(launch).pk).people == 1


def test_batches_hold_so_many_alike_and_the_books_balance(
    ledger: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "LEAST_IN_BATCH", 5)
    monkeypatch.setattr(planning, "MOST_IN_BATCH", {Channel.SMS: 10, Channel.EMAIL: 100})
    school, abroad = build.build_school(), build.build_school("berlin", "Europe/Berlin")
    build.build_parents(school, 110)
    build.build_parents(abroad, 56, "email")
    launch = build.build_running_launch()
    run = build.first_run(launch)

    plan_step_run(run.pk)

    sizes = sorted(b.last_id - b.first_id + 1 for b in Batch.objects.all())
    assert sizes == [7] * 8 + [10] * 11
    assert sum(t.number for t in Tally.objects.filter(step_run=run)) == 166
    berlin = Batch.objects.filter(zone="Europe/Berlin").first()
    assert berlin is not None
    london = Batch.objects.filter(zone="Europe/London").first()
    assert london is not None
    assert (london.opens_at - berlin.opens_at).total_seconds() == 3600


def test_each_is_written_to_in_their_own_language_where_the_campaign_has_it() -> None:
    school = build.build_school()
    School.objects.filter(pk=school.pk).update(languages=["de"])
    wanted = {"": "de", "de-AT": "de", "EN": "en", "tr": "en"}
    for number, language in enumerate(wanted):
        parent = build.build_parent(school, phone=f"+44770090010{number}", name=language or "none")
        Person.objects.filter(pk=parent.person.pk).update(language=language)
    roster = build.build_parent(school, phone="+447700900109", name="roster")
    Membership.objects.filter(person=roster.person).update(language="en-GB")
    launch = build.build_running_launch()

    plan_step_run(build.first_run(launch).pk)

    rows = Delivery.objects.order_by("person_id").values_list("language", flat=True)
    assert list(rows) == [*wanted.values(), "en"]
    assert Batch.objects.count() == 1


@pytest.mark.parametrize("role", [Role.SAFEGUARDING_LEAD, Role.DUTY_CONTACT])
def test_nothing_goes_to_parents_while_nobody_is_alerted_to_their_calls_for_help(
    role: Role,
) -> None:
    for slug, number in (("greenhill", "+447700900101"), ("hillside", "+447700900102")):
        build.build_parent(build.build_school(slug), phone=number)
    launch = build.build_running_launch()
    gone = StaffRole.objects.filter(role=role).exclude(school__slug="hillside")
    Staff.objects.filter(roles__in=gone).update(phone="+447700900599")  # tested for another

    plan_step_run(build.first_run(launch).pk)

    left_out = 2 if role == Role.DUTY_CONTACT else 1
    assert reasons()["not_ready"] == left_out
    assert Delivery.objects.filter(state="pending").count() == 2 - left_out
    assert launch_progress(launch).reasons == [("not_ready", left_out)]
