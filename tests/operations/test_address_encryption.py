"""Addresses encrypted in the database: nothing is left readable, and keys change."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from psycopg import sql
from psycopg.sql import Identifier

from outreach.audience.models import Address, AddressHash, PersonAddress
from outreach.config.environment import environment
from outreach.consent.actions import hold, withdraw
from outreach.consent.models import ConsentState, Topic
from outreach.consent.queries import is_held, is_suppressed
from outreach.core.clock import FrozenClock, now
from outreach.core.errors import BadInput, NotFound, NotNow
from outreach.operations import address_encryption
from outreach.operations.address_encryption import encrypt_addresses, rows_to_encrypt
from outreach.operations.address_merging import merge_addresses
from outreach.operations.backup import Note
from outreach.operations.doctor.addresses import encrypted_addresses
from outreach.operations.doctor.examine import examine
from outreach.operations.doctor.finding import Verdict
from outreach.operations.restore import check_keys
from outreach.organisation.address_key_register import forget_what_was_found
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Staff
from outreach.organisation.staff import staff_by_email
from outreach.replies.models import Reply
from outreach.subscriptions.school_parents import find_parents
from tests.delivery import delivery_builders as build
from tests.operations.encryption_house import (
    FIRST,
    MAIL,
    NUMBER,
    SECOND,
    AsOwner,
    Begin,
    build_life,
    dump,
    encrypt,
    live,
    readable,
    visit,
)

GUIDE = Path(__file__).parents[2] / "docs" / "encrypted-addresses.md"


def test_no_table_of_an_encrypted_installation_has_an_address_or_a_number(
    begin: Begin, installation: FrozenClock, as_owner: AsOwner
) -> None:
    begin(FIRST)
    school = build_life()
    live(installation, school)
    visit(school)
    dumped = dump(as_owner)
    assert readable(dumped) == []
    full = {name for name, rows in dumped.items() if any("e1:1:" in row for row in rows)}
    assert full >= {
        "audience_address",
        "audience_rostercolumns",
        "campaigns_launchevent",
        "consent_signup",
        "inbox_inboundmessage",
        "notices_notice",
        "organisation_alerttest",
        "organisation_auditentry",
        "organisation_organisation",
        "organisation_staff",
    }
    assert Reply.objects.count() == 3
    assert is_suppressed("sms", NUMBER.format(0))


def test_a_plain_installation_is_encrypted_and_comes_back_to_the_letter(
    begin: Begin, installation: FrozenClock, as_owner: AsOwner
) -> None:
    school = build_life()
    live(installation, school)
    visit(school)
    before = dump(as_owner)
    begin(FIRST)
    assert encrypt(as_owner) > 20
    assert readable(dump(as_owner)) == []
    begin(f"{FIRST},2:off")
    encrypt(as_owner)
    begin("")
    assert dump(as_owner) == before


def test_keys_are_changed_and_the_old_one_is_needed_no_more(
    begin: Begin, installation: FrozenClock, as_owner: AsOwner
) -> None:
    begin(FIRST)
    school = build_life()
    live(installation, school)
    begin(f"{FIRST},{SECOND}")
    with as_owner():
        done = encrypt_addresses(lambda done, total: None)
    assert list(done.given_up) == [1]
    assert encrypt(as_owner) == 0, "repeated, it changes nothing"
    begin(SECOND)
    assert not any("e1:1:" in row for rows in dump(as_owner).values() for row in rows)
    assert Address.objects.get(match_key=MAIL.format(2)).value == MAIL.format(2)
    assert staff_by_email("mara@secret.example").phone == NUMBER.format(90)


def test_an_interrupted_run_goes_on_and_both_forms_are_found_meanwhile(
    begin: Begin, as_owner: AsOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    school = build_life()
    begin(FIRST)
    monkeypatch.setattr(address_encryption, "ROWS_AT_ONCE", 3)

    def stop_soon(done: int, total: int) -> None:
        if done >= 5:
            raise KeyboardInterrupt

    with as_owner(), pytest.raises(KeyboardInterrupt):
        encrypt_addresses(stop_soon)
    halves = {row[:3] == "e1:" for row in _stored("audience_address", "value", as_owner)}
    assert halves == {True, False}
    for n in range(4):
        for key in (NUMBER.format(n), MAIL.format(n)):
            address = Address.objects.get(match_key=key)
            assert address.value == key
            again, is_new = Address.objects.get_or_create(
                channel=address.channel, match_key=key, defaults={"created_at": now()}
            )
            assert (again.pk, is_new) == (address.pk, False)
            assert find_parents(school, text=key)[1] == 1
    assert encrypt(as_owner) > 0
    assert readable(dump(as_owner)) == []


def _stored(table: str, column: str, as_owner: AsOwner) -> list[str]:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT {} FROM {}").format(Identifier(column), Identifier(table)))
        return [row[0] for row in cursor.fetchall()]


def test_an_address_that_was_written_twice_is_told_with_its_rows_instead_of_merged(
    begin: Begin, as_owner: AsOwner
) -> None:
    begin(FIRST)
    first = build.build_address("email", MAIL.format(1)).pk
    second = write_again(MAIL.format(1))
    with as_owner(), pytest.raises(NotNow, match="have the same address") as refused:
        encrypt_addresses(lambda done, total: None)
    assert refused.value.where == "audience_address"
    assert f"Rows {first} and {second} " in refused.value.message
    assert f"outreach addresses merge {first} {second};" in refused.value.remedy


def test_a_member_of_staff_that_was_written_twice_is_told_with_both_rows(
    begin: Begin, as_owner: AsOwner
) -> None:
    begin(FIRST)
    build.build_staff("mara")
    first = Staff.objects.get(email="mara@example.org").pk
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO organisation_staff"
            " (password, uuid, email, name, phone, is_active, created_at)"
            " VALUES ('', gen_random_uuid(), 'mara@example.org', 'Mara', '', true, now())"
            " RETURNING id"
        )
        (second,) = cursor.fetchone()
    with as_owner(), pytest.raises(NotNow, match="have the same address") as refused:
        encrypt_addresses(lambda done, total: None)
    assert refused.value.where == "organisation_staff"
    assert f"Rows {first} and {second} " in refused.value.message
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(_remedy_for_staff().replace("id = 9", f"id = {second}"))
    encrypt(as_owner)
    assert not Staff.objects.get(pk=second).is_active
    assert staff_by_email("mara@example.org").pk == first


def _remedy_for_staff() -> str:
    """What the guide tells an operator to run."""
    found = re.search(r"`(UPDATE organisation_staff [^`]+)`", GUIDE.read_text("utf-8"))
    assert found is not None
    return found[1]


def test_two_rows_of_an_address_become_one_and_no_withdrawal_is_lost(
    begin: Begin, as_owner: AsOwner
) -> None:
    begin(FIRST)
    both, only_second = build.build_school(), build.build_school("oakfield")
    parent = build.build_parent(both, email=MAIL.format(1))
    stays, goes = parent.addresses["email"], Address.objects.get(pk=write_again(MAIL.format(1)))
    build.give_address(parent.person, both, "email", goes)
    build.give_address(parent.person, only_second, "email", goes)
    topic = Topic.objects.get(slug="online-safety")
    withdraw(goes.pk, topic.pk, both.pk, source="page", wording="", actor=OPERATOR)
    hold(goes.pk, reason="unclear", actor=OPERATOR)
    AddressHash.objects.filter(address=goes).delete()
    of_older_key = AddressHash.objects.create(address=goes, key_version=77, digest=b"7" * 32)
    with as_owner():
        merge_addresses(stays.pk, goes.pk, actor=OPERATOR)
    states = ConsentState.objects.filter(address=stays).values_list("school_id", "granted")
    assert dict(states) == {both.pk: False, only_second.pk: True}
    assert is_held(stays.pk)
    of_older_key.refresh_from_db()
    assert of_older_key.address_id == stays.pk, "a stop under this key is still met"
    schools = PersonAddress.objects.filter(address=stays).values_list("school_id", flat=True)
    assert set(schools) == {both.pk, only_second.pk}
    goes.refresh_from_db()
    assert (goes.value, goes.match_key) == ("", f"erased:{goes.pk}")
    assert encrypt(as_owner) == 0, "nothing stands twice any more"


def test_rows_of_two_addresses_are_not_merged(begin: Begin, as_owner: AsOwner) -> None:
    begin(FIRST)
    one, other = (build.build_address("email", MAIL.format(n)).pk for n in (1, 2))
    with as_owner():
        for goes in (one, other):
            with pytest.raises(BadInput, match="not one address"):
                merge_addresses(one, goes, actor=OPERATOR)
        with pytest.raises(NotFound):
            merge_addresses(one, other + 1, actor=OPERATOR)


def write_again(mail: str) -> int:
    """As a process without the key would; the row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audience_address"
            " (channel, value, match_key, country, textable, created_at)"
            " VALUES ('email', %s, %s, '', true, now()) RETURNING id",
            [mail, mail],
        )
        (row,) = cursor.fetchone()
    return int(row)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("", "version 1 of the address keys, which is not set"),
        (SECOND, "version 1 of the address keys, which is not set"),
        ("1:" + "cd" * 32, "another key"),
    ],
    ids=["missing", "other version", "changed"],
)
def test_nobody_begins_without_the_key_that_addresses_stand_under(
    begin: Begin, setting: str, words: str
) -> None:
    begin(FIRST)
    build.build_address("email", MAIL.format(1))
    with pytest.raises(BadInput, match=words):
        begin(setting)


def test_a_backup_is_not_brought_back_without_the_key_of_its_addresses(begin: Begin) -> None:
    begin(FIRST)
    note = Note(
        made_at=datetime(2026, 11, 2, tzinfo=UTC),
        outreach="1",
        postgresql=18,
        mode="demo",
        sha256="",
        size_bytes=0,
        suppression_keys={},
        secret_key="",
        address_keys={"7": "0123456789abcdef"},
    )
    with pytest.raises(BadInput, match="version 7"):
        check_keys(note, environment())


def test_the_doctor_counts_what_is_not_encrypted_yet(begin: Begin, as_owner: AsOwner) -> None:
    assert list(encrypted_addresses()) == []
    build_life()
    begin(FIRST)
    (found,) = encrypted_addresses()
    assert found.verdict is Verdict.LOOK
    assert "audience_address 8" in found.words
    encrypt(as_owner)
    (found,) = encrypted_addresses()
    assert found.verdict is Verdict.GOOD
    assert rows_to_encrypt() == {}


def test_the_doctor_sends_on_to_off_until_no_key_is_asked_for_any_more(
    begin: Begin, as_owner: AsOwner
) -> None:
    begin(FIRST)
    begin(f"{FIRST},2:off")
    (found,) = encrypted_addresses()
    assert found.verdict is Verdict.LOOK
    assert found.remedy == "Run: outreach addresses encrypt --off"
    encrypt(as_owner)
    (found,) = encrypted_addresses()
    assert found.verdict is Verdict.GOOD
    begin("")
    assert list(encrypted_addresses()) == []


def test_the_doctor_names_the_setting_of_a_key_that_is_missing(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(FIRST)
    monkeypatch.setenv("OUTREACH_ADDRESS_KEYS", "")
    environment.cache_clear()
    forget_what_was_found()
    found = [each for each in examine() if each.what == "addresses"]
    assert [each.words.split(":")[0] for each in found] == ["OUTREACH_ADDRESS_KEYS"]
