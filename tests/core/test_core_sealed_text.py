"""Text as it stands encrypted in a column."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from outreach.core.errors import BadInput, CannotOpen
from outreach.core.sealed_text import MARK, AddressKeys
from outreach.core.versioned_keys import read_keys_or_off

ONE, TWO = bytes([1]) * 32, bytes([2]) * 32
PLACE = "audience_address.value"
KEYS = AddressKeys({1: ONE, 2: TWO})
TEXTS = some.text(min_size=1, max_size=400)


@given(TEXTS)
def test_whatever_is_sealed_opens_to_the_same_text(text: str) -> None:
    for sealed in (
        KEYS.seal(text, PLACE),
        KEYS.seal_alike(text, PLACE),
        KEYS.seal_named(text, PLACE),
    ):
        assert sealed.startswith(f"{MARK}2:")
        assert KEYS.open(sealed, PLACE) == text


@given(TEXTS, TEXTS)
def test_equal_texts_are_sealed_alike_and_others_are_not(one: str, other: str) -> None:
    assert (KEYS.seal_alike(one, PLACE) == KEYS.seal_alike(other, PLACE)) == (one == other)
    assert KEYS.seal_alike(one, PLACE) != KEYS.seal_alike(one, "consent_signup.value")


@given(TEXTS)
def test_a_name_is_found_without_regard_to_capitals_under_every_key(text: str) -> None:
    before = AddressKeys({1: ONE}).seal_named(text, PLACE)
    for stored in (before, KEYS.seal_named(text, PLACE)):
        found = KEYS.names(text.casefold(), PLACE)
        assert [stored.startswith(each) for each in found].count(True) == 1


def test_a_text_is_sealed_otherwise_every_time() -> None:
    assert KEYS.seal("anna@example.org", PLACE) != KEYS.seal("anna@example.org", PLACE)


def test_nothing_is_nothing_also_when_sealed() -> None:
    assert [KEYS.seal("", PLACE), KEYS.seal_alike("", PLACE), KEYS.seal_named("", PLACE)] == [
        ""
    ] * 3
    assert (KEYS.alike("", PLACE), KEYS.names("", PLACE)) == ([""], [])


def test_every_form_of_an_older_key_is_looked_for() -> None:
    before = AddressKeys({1: ONE}).seal_alike("anna@example.org", PLACE)
    forms = KEYS.alike("anna@example.org", PLACE)
    assert forms == [KEYS.seal_alike("anna@example.org", PLACE), before, "anna@example.org"]


def test_off_writes_plain_text_and_still_opens() -> None:
    off = AddressKeys({2: TWO}, is_off=True)
    assert off.seal("anna@example.org", PLACE) == "anna@example.org"
    assert off.writes == ""
    assert off.open(KEYS.seal("anna@example.org", PLACE), PLACE) == "anna@example.org"


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param(AddressKeys({3: ONE}).seal("a", PLACE), id="key that is not set"),
        pytest.param(AddressKeys({2: ONE}).seal("a", PLACE), id="other key of that version"),
        pytest.param(KEYS.seal("a", "organisation_staff.email"), id="other column"),
        pytest.param(KEYS.seal("a", PLACE)[:-4] + "AAAA", id="changed"),
        pytest.param("e1:2:not base64", id="no base64"),
        pytest.param("e1:", id="nothing"),
    ],
)
def test_what_does_not_belong_there_is_not_opened(stored: str) -> None:
    with pytest.raises(CannotOpen):
        KEYS.open(stored, PLACE)


@pytest.mark.parametrize(
    "setting",
    ["1:off", "1:" + "ab" * 32 + ",2:off,3:" + "cd" * 32, "1:abcd", "1=ab", "x:" + "ab" * 32],
)
def test_a_setting_that_cannot_be_meant_is_refused(setting: str) -> None:
    with pytest.raises(BadInput, match="OUTREACH_ADDRESS_KEYS"):
        read_keys_or_off(setting, "OUTREACH_ADDRESS_KEYS")
