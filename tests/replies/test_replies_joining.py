"""Signing up by text, over the signed webhook: the word, the wording back, YES, STOP, START."""

from __future__ import annotations

import pytest
from replies_house import PARENT, House, cases, meanings

from outreach.consent.models import Consent
from outreach.consent.queries import is_suppressed
from outreach.subscriptions.wording import wording_for
from tests.delivery import delivery_builders as build


@pytest.mark.parametrize(
    ("word", "yes", "language"),
    [
        ("JOIN GREENHILL", "YES", "en"),
        ("Anmelden Greenhill", "Ja", "de"),
        ("Alta greenhill", "Si", "es"),
    ],
)
def test_word_of_the_school_asks_back_and_yes_counts(
    house: House, word: str, yes: str, language: str
) -> None:
    school = build.build_school()
    house.text(word)
    (question,) = house.answers()
    assert not Consent.objects.exists()
    house.text(yes)
    consent = Consent.objects.get()
    wording = wording_for(language, school, [consent.topic], consent.address.channel)
    assert consent.wording == wording.text
    assert wording.text in question
    assert len(house.answers()) == 2
    assert all(wording.text in answer for answer in house.answers())
    assert meanings() == ["join", "start"]
    assert cases() == 0


def test_word_texted_again_while_it_waits_is_asked_again_and_counts_once(house: House) -> None:
    build.build_school()
    house.text("JOIN GREENHILL")
    house.text("Join greenhill")
    house.text("YES")
    assert Consent.objects.count() == 1


def test_number_that_stopped_gets_no_text_for_the_word_and_a_person_looks(house: House) -> None:
    build.build_school()
    house.text("STOP")
    house.text("JOIN GREENHILL")
    assert len(house.answers()) == 1
    assert cases() == 1


def test_joined_parent_stops_and_comes_back_by_start(house: House) -> None:
    build.build_school()
    for text in ("JOIN GREENHILL", "YES", "STOP"):
        house.text(text)
    assert is_suppressed("sms", PARENT)
    house.text("START")
    assert not is_suppressed("sms", PARENT)
    assert Consent.objects.count() == 1
    assert cases() == 0
