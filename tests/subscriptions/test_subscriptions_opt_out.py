"""Going out by link, and coming back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from outreach.consent.models import Suppression
from outreach.consent.queries import active_suppressions
from outreach.core.clock import FrozenClock
from outreach.core.errors import BadToken
from outreach.core.tokens import REPLY_TO, STOP_LINK
from outreach.delivery.actions import plan_step_run
from outreach.delivery.models import Delivery
from outreach.organisation.audit import RECIPIENT
from outreach.organisation.lanes import sealer
from outreach.subscriptions.opt_in import opt_in_again
from outreach.subscriptions.opt_out import (
    opt_out,
    opt_out_by_link,
    opt_out_of_mail_too,
    stop_link_language,
)
from tests.delivery import delivery_builders as build

ANNA = "anna@example.org"


@pytest.fixture
def delivery(as_work: None, frozen_clock: FrozenClock) -> Delivery:
    """A planned mail to Anna, who is in our books as `Anna@Example.org`."""
    build.build_organisation()
    build.build_parent(build.build_school(), email=ANNA)
    run = build.first_run(build.build_running_launch())
    plan_step_run(run.pk)
    frozen_clock.tick(timedelta(hours=2))
    return Delivery.objects.get(step_run=run)


def link(delivery: Delivery, purpose: str = STOP_LINK) -> str:
    return sealer().seal(purpose, delivery.step_run_id, delivery.id)


def test_link_stops_mails_about_its_topic(delivery: Delivery) -> None:
    stopped = opt_out_by_link(link(delivery))
    assert (stopped.topic, stopped.is_new) == ("Online safety", True)
    row = active_suppressions("email", ANNA).get()
    assert (row.topic_id, row.reason) == (delivery.batch.topic_id, "asked")  # type: ignore[union-attr]  # planned with one


def test_link_used_again_changes_nothing(delivery: Delivery) -> None:
    answers = [opt_out_by_link(link(delivery)).is_new for _ in range(3)]
    assert answers == [True, False, False]
    assert Suppression.objects.count() == 1


def test_link_works_with_the_rights_of_the_pages(delivery: Delivery) -> None:
    token = link(delivery)
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE outreach_app")
        with pytest.raises(BadToken):  # a page that was not let in sees no school's rows
            opt_out_by_link(token)
        cursor.execute("SELECT set_config('outreach.schools', '*', false)")
    assert opt_out_by_link(token).is_new
    assert Suppression.objects.get().reason == "asked"


def test_looking_at_a_link_changes_nothing(delivery: Delivery) -> None:
    assert stop_link_language(link(delivery)) == "en"
    assert not Suppression.objects.exists()


def test_link_made_for_something_else_stops_nothing(delivery: Delivery) -> None:
    good = link(delivery)
    strangers = [
        link(delivery, REPLY_TO),
        "",
        "abc",
        good[:-1],
        good + "a",
        sealer().seal(STOP_LINK, delivery.step_run_id, 10**12),
        sealer().seal(STOP_LINK, 1),
    ]
    for token in strangers:
        with pytest.raises(BadToken):
            opt_out_by_link(token)
    assert not Suppression.objects.exists()


def test_stop_for_one_persons_mails_reaches_every_address_of_hers(delivery: Delivery) -> None:
    build.give_address(delivery.person, delivery.school, "email", "second@example.org")
    topic_id = delivery.batch.topic_id  # type: ignore[union-attr]  # planned with one
    done = opt_out_of_mail_too(delivery.person_id, topic_id, evidence="x", actor=RECIPIENT)
    assert len(done) == 2
    assert active_suppressions("email", "second@example.org").exists()


def test_coming_back_lifts_ones_own_stop(as_work: None) -> None:
    first = opt_out("sms", "+447700900123", evidence="inbound:1", actor=RECIPIENT)
    again = opt_out("sms", "+447700900123", evidence="inbound:2", actor=RECIPIENT)
    assert (first.is_new, again.is_new) == (True, False)
    assert first.suppression_id == again.suppression_id
    assert opt_in_again("sms", "+447700900123", evidence="inbound:3", actor=RECIPIENT) == 1
    assert opt_in_again("sms", "+447700900123", evidence="inbound:4", actor=RECIPIENT) == 0


def test_stop_after_coming_back_is_a_stop_of_its_own(as_work: None) -> None:
    first = opt_out("sms", "+447700900123", evidence="inbound:1", actor=RECIPIENT)
    opt_in_again("sms", "+447700900123", evidence="inbound:2", actor=RECIPIENT)
    second = opt_out("sms", "+447700900123", evidence="inbound:3", actor=RECIPIENT)
    assert second.is_new
    assert second.suppression_id != first.suppression_id
