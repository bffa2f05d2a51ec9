"""What is told: every change once, in order, signed, and without personal data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from standardwebhooks import WebhookVerificationError

from outreach.api.launches import delivery_id
from outreach.campaigns.actions import cancel_launch
from outreach.campaigns.models import StepRun
from outreach.consent.actions import lift, suppress
from outreach.consent.models import SuppressionReason
from outreach.core.clock import FrozenClock
from outreach.core.locks import Lock
from outreach.delivery.actions import plan_step_run
from outreach.delivery.models import Delivery
from outreach.delivery.upkeep import close_batches
from outreach.organisation.audit import OPERATOR
from outreach.organisation.standstill import begin_standstill
from outreach.outbound.hooks import add_hook, renew_secret
from outreach.outbound.models import Happening, HookEvent, HookMessage
from outreach.outbound.sending import tell_changes
from tests.delivery import delivery_builders as build
from tests.outbound.receiver import Receiver
from tests.servers import Servers
from tests.web import web_builders

ANNA = "anna@example.org"
ALL = tuple(HookEvent)
Other = Callable[..., Any]
WRITE = """
INSERT INTO delivery_deliveryevent
  (step_run_id, delivery_id, at, attempt, event, from_state, to_state, actor)
SELECT step_run_id, id, now(), 1, 'test', state, %s, 'test' FROM delivery_delivery
ORDER BY id LIMIT 1
"""


@pytest.fixture
def other(ledger: FrozenClock, servers: Servers) -> Iterator[psycopg.Connection]:
    """A second worker's connection, in a transaction until it commits."""
    url = servers.database_url(str(connection.settings_dict["NAME"]))
    with psycopg.connect(url, options="-c role=outreach_work") as found:
        yield found


def planned_run(parents: int = 3) -> StepRun:
    build.build_parents(build.build_school(), parents)
    run = build.first_run(build.build_running_launch())
    plan_step_run(run.pk)
    return run


def cancel(run: StepRun) -> None:
    cancel_launch(run.launch, actor=OPERATOR, why="a test")
    close_batches()


def states(receiver: Receiver) -> list[str]:
    return [change["state"] for change in receiver.changes]


def test_deliveries_are_told_once_signed_and_by_the_name_that_the_api_uses(
    ledger: FrozenClock, receiver: Receiver
) -> None:
    run = planned_run()
    secret = add_hook(receiver.url, ALL, actor=OPERATOR).secret
    cancel(run)
    while not tell_changes().is_done:
        pass
    assert states(receiver) == ["cancelled"] * 3
    assert {change["delivery"] for change in receiver.changes} == {
        delivery_id(each.step_run_id, each.id) for each in Delivery.objects.all()
    }
    assert {change["launch"] for change in receiver.changes} == {str(run.launch.uuid)}
    (got,) = receiver.got
    assert got.verified(secret)["type"] == "delivery.changed"
    with pytest.raises(WebhookVerificationError):
        got.verified("whsec_" + "A" * 43 + "=")
    assert tell_changes().tried == 0
    assert not HookMessage.objects.exists()


def test_what_was_before_an_endpoint_is_not_told(ledger: FrozenClock, receiver: Receiver) -> None:
    cancel(planned_run())
    build.build_parent(build.build_school("other"), email=ANNA)
    add_hook(receiver.url, ALL, actor=OPERATOR)
    tell_changes()
    assert receiver.got == []


def test_a_change_that_is_committed_late_is_not_missed_and_not_overtaken(
    ledger: FrozenClock, receiver: Receiver, other: psycopg.Connection
) -> None:
    planned_run(1)
    add_hook(receiver.url, ALL, actor=OPERATOR)
    other.execute("SELECT pg_current_xact_id()")  # the older transaction, which writes last
    with connection.cursor() as cursor:
        cursor.execute(WRITE, ["accepted"])
    tell_changes()
    assert receiver.got == []  # it is not known yet what comes before it
    other.execute(WRITE, ["delivered"])
    other.commit()
    tell_changes()
    assert states(receiver) == ["accepted", "delivered"]


def test_being_handed_over_is_no_news(ledger: FrozenClock, receiver: Receiver) -> None:
    planned_run(1)
    add_hook(receiver.url, ALL, actor=OPERATOR)
    with connection.cursor() as cursor:
        cursor.execute(WRITE, ["sending"])
        cursor.execute(WRITE, ["failed"])
    tell_changes()
    assert states(receiver) == ["failed"]


def test_consent_and_stops_are_told_of_people_and_never_with_an_address(
    ledger: FrozenClock, receiver: Receiver
) -> None:
    school = build.build_school()
    add_hook(receiver.url, ALL, actor=OPERATOR)
    parent = build.build_parent(school, email=ANNA)
    suppress("email", ANNA, reason=SuppressionReason.ASKED, evidence="x", actor=OPERATOR)
    lift("email", ANNA, evidence="x", actor=OPERATOR)
    tell_changes()
    changes = receiver.changes
    assert {change["person"] for change in changes} == {str(parent.person.uuid)}
    assert states(receiver)[0] == "granted"
    assert states(receiver)[-2:] == ["stopped", "lifted"]
    assert changes[0]["school"] == str(school.uuid)
    assert all(b"example.org" not in got.body for got in receiver.got)
    assert not Happening.objects.exists()


def test_what_is_rolled_back_was_never_told(ledger: FrozenClock, receiver: Receiver) -> None:
    add_hook(receiver.url, ALL, actor=OPERATOR)
    with transaction.atomic():
        web_builders.build_case(build.build_school(), "words")
        assert Happening.objects.count() == 1
        transaction.set_rollback(True)
    assert not Happening.objects.exists()


def test_nothing_is_noted_for_nobody(ledger: FrozenClock, receiver: Receiver) -> None:
    add_hook(receiver.url, [HookEvent.CASE], actor=OPERATOR)
    build.build_parent(build.build_school(), email=ANNA)
    assert not Happening.objects.exists()


def test_a_case_is_told_by_its_kind_alone(ledger: FrozenClock, receiver: Receiver) -> None:
    add_hook(receiver.url, [HookEvent.CASE], actor=OPERATOR)
    case = web_builders.build_case(build.build_school(), "a very private line")
    tell_changes()
    (change,) = receiver.changes
    assert (change["case"], change["kind"]) == (str(case.uuid), case.kind)
    assert set(change) == {"case", "kind", "at"}


def test_for_a_day_after_a_new_secret_both_are_good(
    ledger: FrozenClock, receiver: Receiver
) -> None:
    old = add_hook(receiver.url, [HookEvent.CASE], actor=OPERATOR)
    new = renew_secret(old.hook, actor=OPERATOR)
    web_builders.build_case(build.build_school(), "x")
    tell_changes()
    assert receiver.got[0].verified(old.secret) == receiver.got[0].verified(new.secret)


def test_each_endpoint_is_told_what_it_asked_for(ledger: FrozenClock, receiver: Receiver) -> None:
    add_hook(receiver.url + "/cases", [HookEvent.CASE], actor=OPERATOR)
    add_hook(receiver.url + "/consent", [HookEvent.CONSENT], actor=OPERATOR)
    school = build.build_school()
    build.build_parent(school, email=ANNA)
    web_builders.build_case(school, "x")
    tell_changes()
    assert {got.path for got in receiver.got if "case" in got.changes[0]} == {"/in/cases"}
    assert {got.path for got in receiver.got if "person" in got.changes[0]} == {"/in/consent"}


def test_one_process_tells_at_a_time_and_none_in_a_standstill(
    ledger: FrozenClock, receiver: Receiver, other: psycopg.Connection
) -> None:
    add_hook(receiver.url, [HookEvent.CASE], actor=OPERATOR)
    web_builders.build_case(build.build_school(), "x")
    other.execute("SELECT pg_advisory_lock(%s)", [Lock.OUTBOUND])
    tell_changes()
    other.execute("SELECT pg_advisory_unlock(%s)", [Lock.OUTBOUND])
    other.commit()
    begin_standstill("a test", actor=OPERATOR)
    tell_changes()
    assert receiver.got == []
