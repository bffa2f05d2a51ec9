"""What is set at the terminal for signing up: the school's word, the countries allowed."""

from __future__ import annotations

import pytest
from cli_terminal import outreach, school

from outreach.consent.models import JoinWord
from outreach.organisation.models import Organisation, Sender

pytestmark = pytest.mark.django_db


def add_number() -> None:
    Sender.objects.create(
        channel="sms",
        provider="twilio",
        identity="+447700900999",
        can_receive=True,
        opt_out_handled_by="us",
        rate_per_second=1,
    )


def test_word_of_a_school_is_chosen_for_a_number() -> None:
    school("greenhill")
    add_number()
    answer = outreach("school", "word", "greenhill", "Green Hill", "--sender", "+447700900999")
    assert (answer.code, "JOIN GREENHILL to +447700900999" in answer.out) == (0, True)
    assert JoinWord.objects.get().word == "greenhill"
    answer = outreach("school", "word", "greenhill", "!", "--sender", "+447700900999")
    assert answer.code == 2


def test_countries_that_may_sign_up_are_named_and_taken_back() -> None:
    outreach("organisation", "set", "--name", "Safe Online Network")
    for given, kept in (
        (("gb", "IE"), ["GB", "IE"]),
        ((), ["GB", "IE"]),
        (("none",), []),
    ):
        options = [part for each in given for part in ("--sign-up-country", each)]
        assert outreach("organisation", "set", "--language", "en", *options).code == 0
        assert Organisation.objects.get().sign_up_countries == kept
    assert outreach("organisation", "set", "--sign-up-country", "XX").code == 2
