"""Schools, staff, senders, prices and the organisation, entered at the terminal."""

from __future__ import annotations

import pytest
from cli_terminal import colleague, outreach, school

from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import (
    AuditEntry,
    Organisation,
    Role,
    School,
    Sender,
    SmsPrice,
    Staff,
)

pytestmark = pytest.mark.django_db

NORTH = ("north", "--name", "North", "--country", "gb", "--language", "en")
FORM = ("--wording", "Yes, write to me.", "--dated-on", "2025-09-01")


def test_a_school_is_added_with_its_country_in_capitals() -> None:
    assert outreach("school", "add", *NORTH, "--zone", "Europe/London").code == 0
    assert School.objects.get().country == "GB"
    assert AuditEntry.objects.get().action == "school.added"
    assert outreach("school", "list", "--json").json[0]["zone"] == "Europe/London"


@pytest.mark.parametrize(
    ("zone", "sentence"),
    [
        ("Europe/Lundon", "'Europe/Lundon' is not a time zone. Did you mean 'Europe/London'?\n"),
        ("GMT+1", "An offset knows no summer time; name a place instead"),
    ],
)
def test_a_time_zone_that_does_not_exist_is_refused(zone: str, sentence: str) -> None:
    answer = outreach("school", "add", *NORTH, "--zone", zone)
    assert answer.code == 2
    assert sentence in answer.err
    assert not School.objects.exists()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("--country", "XX"), "'XX' is not a country."),
        (("--language", "English!"), "'English!' is not a language."),
        (("--name", " "), "The school's name is missing or too long."),
    ],
)
def test_a_school_that_cannot_be_is_refused(change: tuple[str, str], sentence: str) -> None:
    answer = outreach("school", "add", *NORTH, "--zone", "Europe/London", *change)
    assert answer.code == 2
    assert sentence in answer.err
    assert not School.objects.exists()


def test_a_second_school_of_one_short_name_is_refused() -> None:
    school("north")
    assert outreach("school", "add", *NORTH, "--zone", "Europe/London").code == 4


def test_a_signed_form_needs_its_wording_and_its_date() -> None:
    school("north")
    words = ("school", "basis", "north", "signed_form")
    assert "The wording is missing." in outreach(*words).err
    assert "The date of the form is missing." in outreach(*words, *FORM[:2]).err
    future = (*FORM[:2], "--dated-on", "2999-01-01")
    assert "01 January 2999 is in the future." in outreach(*words, *future).err
    assert outreach(*words, *FORM).out == "The basis of North is: signed form.\n"


def test_a_basis_changes_with_a_reason_only() -> None:
    school("north")
    outreach("school", "basis", "north", "signed_form", *FORM)
    change = ("school", "basis", "north", "invitation")
    assert outreach(*change).code == 4
    assert School.objects.get().consent_basis == "signed_form"
    assert outreach(*change, "--why", "no forms this year").code == 0
    assert AuditEntry.objects.latest("pk").why == "no forms this year"


def test_staff_are_added_with_a_role_and_a_password_shown_once() -> None:
    words = ("--name", "Maya", "--role", "manager", "--generate-password")
    answer = outreach("staff", "add", "Maya@Demo.example", *words)
    password = answer.out.split("Password: ")[1].split("\n")[0]
    staff = Staff.objects.get()
    assert staff.email == "maya@demo.example"
    assert staff.check_password(password)
    assert "Maya is now: campaign manager." in answer.out
    assert password not in str(list(AuditEntry.objects.values()))


def test_roles_are_given_and_taken() -> None:
    colleague("maya@demo.example", Role.MANAGER)
    words = ("staff", "role", "maya@demo.example", "approver")
    assert outreach(*words).out == "maya is now: approver.\n"
    assert outreach(*words).out == "maya was already: approver.\n"
    assert outreach(*words, "--take").out == "maya is no longer: approver.\n"
    assert "needs a school." in outreach(*words[:3], "school_staff").err


def test_only_who_may_manage_staff_gives_roles() -> None:
    colleague("maya@demo.example", Role.MANAGER)
    words = ("staff", "role", "maya@demo.example", "approver", "--as", "maya@demo.example")
    assert outreach(*words).code == 3
    assert outreach("staff", "list", "--json").json[0]["roles"] == ["manager"]


def test_an_address_is_confirmed() -> None:
    colleague("maya@demo.example", Role.MANAGER)
    assert outreach("staff", "verify", "maya@demo.example").out == (
        "maya@demo.example is confirmed.\n"
    )
    assert "has no phone number" in outreach("staff", "verify", "maya@demo.example", "--phone").err


SMS = ("--channel", "sms", "--provider", "twilio")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("07700900999", *SMS), "'07700900999' is not a number, a messaging service or a name."),
        (("SafeOnline", *SMS), "Nobody can answer to 'SafeOnline'"),
        (("+447700900999", "--channel", "sms", "--provider", "smtp"), "Known: twilio, vonage."),
        (("+447700900999", *SMS, "--rate", "0"), "0 messages a second is no rate."),
        (("+447700900999", *SMS, "--country", "UK"), "'UK' is not a country."),
        (("not a mail", "--channel", "email", "--provider", "smtp"), "is not an email address"),
    ],
)
def test_a_sender_that_cannot_be_is_refused(words: tuple[str, ...], sentence: str) -> None:
    answer = outreach("sender", "add", *words)
    assert answer.code == 2
    assert sentence in answer.err
    assert not Sender.objects.exists()


def test_a_sender_is_added_and_taken_out_of_use() -> None:
    outreach(
        "sender", "add", "+44 7700 900999", *SMS, "--country", "GB", "--stop-answered-by", "us"
    )
    outreach("sender", "add", "SafeOnline", *SMS, "--cannot-receive")
    found = {each["identity"]: each for each in outreach("sender", "list", "--json").json}
    assert found["+447700900999"]["opt_out_handled_by"] == "us"
    assert found["SafeOnline"]["can_receive"] is False
    outreach("sender", "add", "a@b.example", "--channel", "email", "--provider", "smtp")
    said = {line.split()[0]: line for line in outreach("sender", "list").out.splitlines() if line}
    assert "The provider" not in said["a@b.example"]
    assert "We" in said["a@b.example"].split()
    assert "link" in said["SafeOnline"].split()
    assert outreach("sender", "deactivate", "safeonline", "--why", "blocked").code == 0
    assert not Sender.objects.get(identity="SafeOnline").is_active
    assert outreach("sender", "activate", "SafeOnline").out == "SafeOnline is in use.\n"


def test_prices_are_set_in_parts_of_a_cent() -> None:
    assert outreach("price", "set", "gb", "0.0463").code == 0
    assert SmsPrice.objects.get().micros == 46_300
    assert outreach("price", "list", "--json").json == [{"country": "GB", "price": "0.0463"}]
    for amount in ("free", "0", "nan", "4000"):
        assert outreach("price", "set", "DE", amount).code == 2
    assert SmsPrice.objects.count() == 1


def test_the_organisation_is_set_and_its_caps_confirmed() -> None:
    assert outreach("organisation", "show").code == 4
    assert "The name is missing." in outreach("organisation", "set", "--currency", "EUR").err
    outreach("organisation", "set", "--name", "Safe Online", "--launch-cap", "12.50")
    assert outreach("organisation", "confirm-caps").code == 0
    row = Organisation.objects.get()
    assert (row.launch_cap_micros, row.caps_confirmed_at is not None) == (12_500_000, True)
    outreach("organisation", "set", "--day-cap", "30", "--duty-phone", "+44 7700 900123")
    row.refresh_from_db()
    assert (row.caps_confirmed_at, row.duty_phone) == (None, "+447700900123")
    assert {entry.actor for entry in AuditEntry.objects.all()} == {OPERATOR.name}
