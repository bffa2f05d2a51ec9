"""Granting, withdrawing, suppressing, lifting, holding."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError, connection, transaction

from outreach.audience.models import AddressHash
from outreach.config.environment import environment
from outreach.consent import actions
from outreach.consent.actions import Grant, GrantCount
from outreach.consent.models import (
    Consent,
    ConsentState,
    Hold,
    Suppression,
    SuppressionReason,
    Topic,
)
from outreach.consent.queries import active_suppressions, has_consent, is_held, is_suppressed
from outreach.core.keyed_hash import AddressHasher
from outreach.organisation.audit import OPERATOR, RECIPIENT
from outreach.organisation.models import AuditEntry
from tests.delivery import delivery_builders as build

PHONE = "+447700900123"


@pytest.fixture
def one(as_work: None, frozen_clock: object) -> Grant:
    """A grant that could be made: address, topic, school."""
    build.build_organisation()
    school = build.build_school()
    address = build.build_address("sms", PHONE)
    topic = Topic.objects.get()
    return Grant(address.pk, topic.pk, school.pk, "signed_form", "roster.csv", "I agree")


def key(grant: Grant) -> tuple[int, int, int]:
    return grant.address_id, grant.topic_id, grant.school_id


def withdraw(grant: Grant, *, everywhere: bool = False) -> int:
    topic, school = (None, None) if everywhere else (grant.topic_id, grant.school_id)
    return actions.withdraw(
        grant.address_id, topic, school, source="form", wording="no", actor=RECIPIENT
    )


def suppress(reason: str = "asked", topic_id: int | None = None) -> bool:
    return actions.suppress(
        "sms",
        PHONE,
        topic_id=topic_id,
        reason=SuppressionReason(reason),
        evidence="inbound:1",
        actor=RECIPIENT,
    )


def lift() -> int:
    return actions.lift("sms", PHONE, evidence="inbound:2", actor=RECIPIENT)


def test_consent_holds_with_its_basis_and_wording(one: Grant) -> None:
    assert actions.grant([one], actor=OPERATOR) == GrantCount(1, 0)
    assert has_consent(*key(one))
    kept = Consent.objects.get()
    assert (kept.basis, kept.source, kept.wording, kept.actor) == (
        "signed_form",
        "roster.csv",
        "I agree",
        OPERATOR.name,
    )


def test_same_roster_again_writes_nothing(one: Grant) -> None:
    actions.grant([one, one], actor=OPERATOR)
    assert actions.grant([one], actor=OPERATOR) == GrantCount(0, 1)
    assert Consent.objects.count() == 1


def test_roster_does_not_undo_a_withdrawal(one: Grant) -> None:
    actions.grant([one], actor=OPERATOR)
    assert withdraw(one) == 1
    assert actions.grant([one], actor=OPERATOR) == GrantCount(0, 1)
    assert not has_consent(*key(one))


def test_person_may_consent_again_after_a_withdrawal(one: Grant) -> None:
    actions.grant([one], actor=OPERATOR)
    withdraw(one)
    assert actions.grant([one], actor=RECIPIENT, after_withdrawal=True) == GrantCount(1, 0)
    assert has_consent(*key(one))
    history = Consent.objects.order_by("id").values_list("act", flat=True)
    assert list(history) == ["granted", "withdrawn", "granted"]


def test_state_names_the_newest_act(one: Grant) -> None:
    actions.grant([one], actor=OPERATOR)
    withdraw(one)
    state = ConsentState.objects.select_related("consent").get()
    assert not state.granted
    assert state.consent.act == "withdrawn"


def test_withdrawal_before_any_consent_keeps_a_later_roster_out(one: Grant) -> None:
    assert withdraw(one) == 1
    actions.grant([one], actor=OPERATOR)
    assert not has_consent(*key(one))


def test_withdrawal_from_everything_reaches_every_school(one: Grant) -> None:
    other = Grant(one.address_id, one.topic_id, build.build_school("hilltop").pk, "x", "y", "z")
    actions.grant([one, other], actor=OPERATOR)
    assert withdraw(one, everywhere=True) == 2
    assert not has_consent(*key(one))
    assert not has_consent(*key(other))


def test_consent_does_not_lift_a_suppression(one: Grant) -> None:
    suppress()
    actions.grant([one], actor=OPERATOR, after_withdrawal=True)
    assert is_suppressed("sms", PHONE)


def test_suppression_keeps_no_address(one: Grant) -> None:
    suppress()
    assert PHONE not in str(Suppression.objects.values().get())


def test_second_suppression_changes_nothing(one: Grant) -> None:
    assert [suppress(), suppress()] == [True, False]
    assert Suppression.objects.count() == 1


def test_suppression_of_a_topic_leaves_the_others(one: Grant) -> None:
    suppress(topic_id=one.topic_id)
    assert is_suppressed("sms", PHONE, one.topic_id)
    assert not is_suppressed("sms", PHONE, one.topic_id + 1)
    assert not is_suppressed("sms", PHONE)


def test_suppression_of_everything_covers_each_topic(one: Grant) -> None:
    suppress()
    assert is_suppressed("sms", PHONE, one.topic_id)


def test_suppression_is_by_channel(one: Grant) -> None:
    suppress()
    assert not is_suppressed("email", PHONE)


def test_lifting_keeps_the_history(one: Grant) -> None:
    suppress()
    assert lift() == 1
    assert not is_suppressed("sms", PHONE)
    row = Suppression.objects.get()
    assert (row.lifted_by, row.lifted_evidence) == (RECIPIENT.name, "inbound:2")


@pytest.mark.parametrize("reason", ["bounce", "complaint", "staff"])
def test_persons_word_does_not_lift_what_rests_on_something_else(one: Grant, reason: str) -> None:
    suppress(reason)
    assert lift() == 0
    assert is_suppressed("sms", PHONE)


def test_stop_outlives_the_bounce_that_it_met(one: Grant) -> None:
    suppress("bounce")
    assert suppress("asked")
    assert active_suppressions("sms", PHONE).get().reason == "asked"


def test_stop_does_not_weaken_what_staff_entered(one: Grant) -> None:
    suppress("staff")
    assert not suppress("asked")
    assert lift() == 0


def test_suppression_under_an_old_key_is_still_found(
    one: Grant, monkeypatch: pytest.MonkeyPatch
) -> None:
    suppress()
    rotated = AddressHasher({1: _key_of_version_one(), 2: b"n" * 32})
    monkeypatch.setattr("outreach.consent.queries.hasher", lambda: rotated)
    assert is_suppressed("sms", PHONE)


def test_address_from_before_the_newest_key_meets_a_new_suppression(
    one: Grant, monkeypatch: pytest.MonkeyPatch
) -> None:
    rotated = AddressHasher({1: _key_of_version_one(), 2: b"n" * 32})
    monkeypatch.setattr("outreach.consent.actions.hasher", lambda: rotated)
    monkeypatch.setattr("outreach.consent.queries.hasher", lambda: rotated)
    suppress()
    row = Suppression.objects.get()
    assert row.key_version == 2
    stored = AddressHash.objects.get(address_id=one.address_id, key_version=2)
    assert bytes(stored.digest) == bytes(row.digest)


def _key_of_version_one() -> bytes:
    return environment().suppression_key_map()[1]


def test_hold_lasts_until_a_person_releases_it(one: Grant) -> None:
    assert actions.hold(one.address_id, reason="court order?", actor=OPERATOR)
    assert not actions.hold(one.address_id, reason="again", actor=OPERATOR)
    assert is_held(one.address_id)
    assert actions.release_hold(one.address_id, why="clarified", actor=OPERATOR)
    assert not actions.release_hold(one.address_id, why="clarified", actor=OPERATOR)
    assert not is_held(one.address_id)
    assert Hold.objects.get().released_by == OPERATOR.name
    assert AuditEntry.objects.get(action="hold released").why == "clarified"


@pytest.mark.parametrize("verb", ["suppress", "withdraw", "hold"])
def test_taking_a_right_away_refuses_to_wait_for_another_transaction(one: Grant, verb: str) -> None:
    verbs = {
        "suppress": suppress,
        "withdraw": lambda: withdraw(one),
        "hold": lambda: actions.hold(one.address_id, reason="x", actor=OPERATOR),
    }
    with transaction.atomic(), pytest.raises(RuntimeError):
        verbs[verb]()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consent_consent SET act = 'withdrawn'",
        "DELETE FROM consent_consent",
        "DELETE FROM consent_suppression",
    ],
)
def test_worker_may_not_rewrite_history(one: Grant, statement: str) -> None:
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute(statement)
