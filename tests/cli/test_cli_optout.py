"""Opt-outs and API keys at the terminal."""

from __future__ import annotations

import pytest
from cli_terminal import colleague, outreach, school

from outreach.consent.models import Suppression, SuppressionReason, Topic
from outreach.organisation.api_keys import key_of
from outreach.organisation.models import ApiKey, AuditEntry, Role

pytestmark = pytest.mark.django_db
PROOF = ("--evidence", "letter of 3 November")


def test_addresses_are_blocked_known_or_not() -> None:
    answer = outreach("optout", "add", "Anna@Example.org", "+44 7700 900123", *PROOF)
    assert answer.out == "anna@example.org is blocked.\n+447700900123 is blocked.\n"
    assert set(Suppression.objects.values_list("channel", "reason")) == {
        ("email", SuppressionReason.ASKED),
        ("sms", SuppressionReason.ASKED),
    }
    again = outreach("optout", "add", "anna@example.org", *PROOF)
    assert again.out == "anna@example.org is blocked already.\n"


def test_one_address_that_cannot_be_read_blocks_none() -> None:
    assert outreach("optout", "add", "anna@example.org", "07700 900123", *PROOF).code == 2
    assert not Suppression.objects.exists()
    words = ("optout", "add", "07700 900123", "--country", "GB", *PROOF)
    assert outreach(*words).out == "+447700900123 is blocked.\n"


def test_state_of_an_address_is_told() -> None:
    Topic.objects.create(slug="online-safety", name="Online safety")
    address = "anna@example.org"
    assert outreach("optout", "state", address).out == "No opt-out.\n"
    outreach("optout", "add", address, "--topic", "online-safety", *PROOF)
    assert outreach("optout", "state", address).out == "Stopped: online-safety.\n"
    outreach("optout", "add", address, *PROOF)
    assert outreach("optout", "state", address, "--json").json["everything"] is True


def test_what_staff_entered_can_be_lifted_and_what_the_person_said_cannot() -> None:
    outreach("optout", "add", "+447700900123", "--why", "not_theirs", *PROOF)
    lift = ("optout", "lift", "+447700900123", "--why", "it was theirs")
    assert outreach(*lift).out == "1 blocks of +447700900123 ended.\n"
    assert AuditEntry.objects.filter(action="opt-out.lifted").count() == 1
    outreach("optout", "add", "+447700900123", *PROOF)
    assert outreach(*lift).out == "There was none to end.\n"


def test_staff_enter_it_in_their_own_name() -> None:
    north = school()
    colleague("office@north.example", Role.MANAGER)
    colleague("auditor@demo.example", Role.AUDITOR)
    words = ("optout", "add", "anna@example.org", *PROOF)
    assert outreach(*words, "--as", "auditor@demo.example").code == 3
    assert outreach(*words, "--as", "office@north.example").code == 0
    assert AuditEntry.objects.get(action="opt-out.entered").actor == "office@north.example"
    assert north.slug == "north"


def test_key_is_shown_once_and_ends_when_revoked() -> None:
    school()
    words = ("api", "create", "Website", "--scope", "opt-outs:write", "--school", "north")
    secret = outreach(*words).out.split("Key: ")[1].split("\n")[0]
    key = ApiKey.objects.get()
    assert key_of(secret) == key
    (line,) = outreach("api", "list", "--json").json
    assert (line["key"], line["school"], line["state"]) == (key.prefix, "north", "in force")
    assert secret not in outreach("api", "list").out
    assert outreach("api", "revoke", key.prefix, "--why", "lost").code == 0
    assert key_of(secret) is None
    assert outreach("api", "revoke", "nonsense", "--why", "x").code == 2


@pytest.mark.parametrize("change", [("--rate", "0"), ("--scope", "everything")])
def test_key_that_makes_no_sense_is_refused(change: tuple[str, str]) -> None:
    words = ("api", "create", "Website", "--scope", "opt-outs:read", *change)
    assert outreach(*words).code == 2
    assert not ApiKey.objects.exists()
