"""Which channel a person is written to on, before anything has failed."""

from __future__ import annotations

import delivery_builders as build

from outreach.core.clock import FrozenClock
from outreach.delivery.actions import plan_step_run
from outreach.delivery.models import Delivery, DeliveryState


def test_a_person_is_written_to_on_the_channel_that_they_prefer(ledger: FrozenClock) -> None:
    school = build.build_school()
    for n, channel in enumerate(["sms", "email", ""]):
        parent = build.build_parent(school, email=f"p{n}@example.org", phone=f"+44770090000{n}")
        parent.person.channel = channel
        parent.person.save()
    only_mail = build.build_parent(school, email="only@example.org").person
    only_mail.channel = "sms"
    only_mail.save()
    build_no_consent_by_text(school)

    plan_step_run(build.first_run(build.build_running_launch()).pk)

    rows = Delivery.objects.select_related("address").order_by("person_id")
    channels = [each.address.channel for each in rows if each.address]
    assert channels == ["sms", "email", "email", "email", "email"]
    assert {each.state for each in rows} == {DeliveryState.PENDING}


def build_no_consent_by_text(school: object) -> None:
    """Prefers texts, and agreed to mails only."""
    parent = build.build_parent(school, email="agreed@example.org")  # type: ignore[arg-type]
    parent.person.channel = "sms"
    parent.person.save()
    build.give_address(parent.person, school, "sms", "+447700900555", consent=False)  # type: ignore[arg-type]
