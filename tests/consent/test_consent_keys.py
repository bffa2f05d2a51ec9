"""The keys of the never-send list: noted when first used, and nobody works without one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import ProgrammingError, connection, transaction

from outreach.audience.models import AddressHash
from outreach.config.environment import environment
from outreach.consent.hashing import hasher
from outreach.consent.key_register import key_problems
from outreach.consent.models import KeyRecord, Suppression
from outreach.consent.queries import is_suppressed
from outreach.core.errors import BadInput
from outreach.core.fingerprints import fingerprint
from outreach.organisation.audit import OPERATOR
from outreach.subscriptions.opt_out import opt_out
from tests.delivery import delivery_builders as build

PHONES = ("+447700900123", "+447700900124")
OTHER = "cd" * 32

Begin = Callable[[str], None]


@pytest.fixture
def begin(as_work: None, frozen_clock: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Begin]:
    """Begins as a process does, with the keys given; `{}` stands for those of before."""
    before = environment().suppression_keys

    def with_keys(keys: str) -> None:
        monkeypatch.setenv("OUTREACH_SUPPRESSION_KEYS", keys.format(before))
        environment.cache_clear()
        hasher.cache_clear()
        hasher()

    hasher.cache_clear()
    yield with_keys
    monkeypatch.setenv("OUTREACH_SUPPRESSION_KEYS", before)
    environment.cache_clear()
    hasher.cache_clear()


def stop(phone: str) -> None:
    opt_out("sms", phone, evidence="inbound:1", actor=OPERATOR)


def test_a_key_is_noted_by_its_fingerprint_when_it_is_first_used(begin: Begin) -> None:
    with transaction.atomic():
        begin("{}")
        transaction.set_rollback(True)  # of the caller: the note stays
    (noted,) = KeyRecord.objects.all()
    assert noted.version == 1
    assert noted.fingerprint == fingerprint(environment().suppression_key_map()[1])


@pytest.mark.parametrize(
    ("keys", "words", "remedy"),
    [
        ("2:" + OTHER, "Version 1 of the never-send keys is gone", "Put it back"),
        ("1:" + OTHER, "Version 1 of the never-send keys is another key", "under a new number"),
    ],
    ids=["gone", "changed"],
)
def test_nobody_begins_without_a_key_that_was_used(
    begin: Begin, keys: str, words: str, remedy: str
) -> None:
    begin("{}")
    with pytest.raises(BadInput, match=words) as refused:
        begin(keys)
    assert remedy in refused.value.remedy
    assert [words in each.message for each in key_problems({int(keys[0]): bytes.fromhex(OTHER)})]
    assert KeyRecord.objects.count() == 1, "a refused process notes nothing"


@pytest.mark.parametrize(
    ("keys", "words"),
    [("2:" + OTHER, "Version 1 .* gone"), ("1:" + OTHER, "another key")],
    ids=["gone", "changed"],
)
def test_hashes_from_before_there_were_notes_tell_the_same(
    begin: Begin, keys: str, words: str
) -> None:
    build.build_organisation()
    address = build.build_address("sms", PHONES[0])
    assert AddressHash.objects.filter(address=address, key_version=1).exists()
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE outreach_owner")
        cursor.execute("DELETE FROM consent_keyrecord")
        cursor.execute("SET ROLE outreach_work")
    with pytest.raises(BadInput, match=words):
        begin(keys)
    assert not KeyRecord.objects.exists()


def test_new_stops_are_made_under_the_new_key_and_old_ones_are_still_found(begin: Begin) -> None:
    build.build_organisation()
    begin("{}")
    stop(PHONES[0])
    begin("{},2:" + OTHER)
    stop(PHONES[1])
    assert list(KeyRecord.objects.order_by("version").values_list("version", flat=True)) == [1, 2]
    made = Suppression.objects.order_by("pk").values_list("key_version", flat=True)
    assert list(made) == [1, 2]
    assert [is_suppressed("sms", phone) for phone in PHONES] == [True, True]


def test_a_worker_may_not_change_what_was_noted(begin: Begin) -> None:
    begin("{}")
    for statement in ("UPDATE consent_keyrecord SET version = 3", "DELETE FROM consent_keyrecord"):
        with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="denied"):
            cursor.execute(statement)
