"""Processes with other keys for addresses beside each other: nothing is lost, nothing is double."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from django.db import connection

from outreach.audience.models import Address
from outreach.consent.models import SignUp
from outreach.consent.provider_lists import to_tell
from outreach.consent.queries import is_suppressed
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock
from outreach.core.errors import BadInput, NotNow
from outreach.delivery.actions import send_batch
from outreach.delivery.models import Batch, Delivery
from outreach.delivery.reconcile import reconcile_unknown
from outreach.operations.address_encryption import encrypt_addresses
from outreach.organisation.address_key_register import recorded_keys
from outreach.organisation.audit import RECIPIENT
from outreach.replies.actions import read_waiting_replies
from outreach.replies.models import Reply
from outreach.sandbox.control import SandboxControl
from outreach.sandbox.faults import FaultKind
from outreach.subscriptions.newcomers import store_address
from outreach.subscriptions.opt_out import opt_out
from outreach.subscriptions.roster.writing import store_addresses
from tests.delivery import delivery_builders as build
from tests.operations.encryption_house import (
    FIRST,
    MAIL,
    NUMBER,
    SECOND,
    AsOwner,
    Begin,
    build_life,
    plan_first_step,
    send_first_step,
    take_in,
)
from tests.subscriptions.roster_school import Upload, read

NEWEST = f"{FIRST},{SECOND}"
OLDER_KEYS = pytest.mark.parametrize("older", ["", FIRST], ids=["no key", "older key"])


def damage(address: Address, change: str = "overlay(value PLACING 'AAAA' FROM 20)") -> None:
    """As a hand in the database does. `change`: SQL of what becomes of the value."""
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE audience_address SET value = {change} WHERE id = {address.pk}")  # noqa: S608  # of this test


@OLDER_KEYS
def test_a_stop_waits_for_a_worker_that_has_the_newest_key(
    begin: Begin, began_before: Begin, older: str
) -> None:
    begin(NEWEST)
    build_life()
    take_in("STOP", sender=NUMBER.format(0))
    began_before(older)
    read_waiting_replies()
    assert not Reply.objects.exists()
    begin(NEWEST)
    read_waiting_replies()
    assert is_suppressed("sms", NUMBER.format(0))


@OLDER_KEYS
def test_messages_wait_for_a_worker_that_has_the_newest_key(
    begin: Begin,
    began_before: Begin,
    installation: FrozenClock,
    providers: SandboxControl,
    older: str,
) -> None:
    begin(NEWEST)
    build_life()
    plan_first_step(installation)
    began_before(older)
    for batch in Batch.objects.all():
        with pytest.raises(BadInput, match="which is not set"):
            send_batch(batch.pk)
    assert set(Delivery.objects.values_list("state", "attempt")) == {("pending", 0)}
    begin(NEWEST)
    installation.tick(timedelta(minutes=5))
    for batch in Batch.objects.all():
        send_batch(batch.pk)
    assert set(Delivery.objects.values_list("state", "attempt")) == {("accepted", 1)}


@OLDER_KEYS
def test_no_address_is_written_a_second_time_by_who_lacks_the_newest_key(
    begin: Begin, began_before: Begin, older: str
) -> None:
    begin(NEWEST)
    school = build.build_school()
    build.build_parent(school, email=MAIL.format(1))
    list_of_school = read(Upload(school), f"Anna,{MAIL.format(1)},,,yes\n")
    sign_up = SignUp(channel="email", match_key=MAIL.format(1), value=MAIL.format(1))
    began_before(older)
    with pytest.raises(BadInput, match="which is not set"):
        store_addresses(list_of_school.rows)
    with pytest.raises(BadInput, match="which is not set"):
        store_address(sign_up)
    assert Address.objects.count() == 1


def test_the_first_key_is_not_used_while_an_older_release_runs(begin: Begin) -> None:
    """It would ask for no key before it writes an address."""
    host = connection.get_connection_params()
    beside = {
        key: host[key] for key in ("host", "port", "user", "password", "dbname") if key in host
    }
    with psycopg.connect(**beside, application_name="outreach 0.0.9"):
        with pytest.raises(NotNow, match="another release"):
            begin(FIRST)
        assert recorded_keys() == {}
    begin(FIRST)
    assert recorded_keys().keys() == {1}
    with psycopg.connect(**beside, application_name="outreach 0.0.9"):
        begin(NEWEST)
    assert recorded_keys().keys() == {1, 2}


def test_one_address_that_does_not_open_holds_up_nobody_else(
    begin: Begin, installation: FrozenClock, providers: SandboxControl
) -> None:
    begin(FIRST)
    build_life()
    plan_first_step(installation)
    first, last = Address.objects.order_by("id")[0], Address.objects.order_by("id")[7]
    damage(first, "replace(value, 'e1:1:', 'e1:9:')")
    damage(last)
    for batch in Batch.objects.all():
        send_batch(batch.pk)
    waiting = Delivery.objects.filter(state="pending").values_list("address_id", flat=True)
    assert set(waiting) == {first.pk, last.pk}
    assert Delivery.objects.filter(state="accepted").count() == 6


def test_one_unknown_outcome_whose_address_does_not_open_holds_up_no_other(
    begin: Begin, installation: FrozenClock, providers: SandboxControl
) -> None:
    begin(FIRST)
    build_life()
    providers.fail(Channel.SMS, FaultKind.RESET_AFTER)
    send_first_step(installation)
    providers.clear_faults()
    damaged = Address.objects.get(match_key=NUMBER.format(1))
    damage(damaged)
    installation.tick(timedelta(minutes=2))
    assert reconcile_unknown() == 3
    assert Delivery.objects.get(state="unknown").address_id == damaged.pk


def test_one_suppression_whose_address_does_not_open_holds_up_no_other(
    begin: Begin, began_before: Begin
) -> None:
    begin(FIRST)
    build_life()
    for number in range(3):
        opt_out("email", MAIL.format(number), evidence="x", actor=RECIPIENT)
    damage(Address.objects.get(match_key=MAIL.format(1)))
    told = [each.address for each in to_tell("sendgrid", 10)]
    assert told == [MAIL.format(0), MAIL.format(2)]
    began_before("")
    with pytest.raises(BadInput, match="which is not set"):
        to_tell("sendgrid", 10)


def test_a_key_that_others_began_to_use_meanwhile_is_not_given_up(
    begin: Begin, as_owner: AsOwner
) -> None:
    begin(FIRST)
    build_life()
    begin(NEWEST)

    def somebody_begins(done: int, total: int) -> None:
        begin(f"{NEWEST},3:{'c3' * 32}")

    with as_owner():
        done = encrypt_addresses(somebody_begins)
    assert list(done.given_up) == [1]
    assert recorded_keys().keys() == {2, 3}
