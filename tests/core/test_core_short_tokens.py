"""Short tokens of text messages: what the long ones promise, in 22 letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.core.errors import BadToken
from outreach.core.tokens import PREFERENCES, STOP_LINK, TokenSealer

OLD, NEW = TokenSealer([b"old"]), TokenSealer([b"new", b"old"])
_FIRST, _SECOND = st.integers(0, 2**32 - 1), st.integers(0, 2**48 - 1)
_BASE_58 = set("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")


@given(_FIRST, _SECOND)
def test_two_numbers_come_back_from_22_letters(first: int, second: int) -> None:
    token = OLD.seal_short(STOP_LINK, first, second)
    assert len(token) == 22
    assert set(token) <= _BASE_58
    assert OLD.open(STOP_LINK, token) == (first, second)


@given(_FIRST, _SECOND, st.data())
def test_changing_any_letter_breaks_it(first: int, second: int, data: st.DataObject) -> None:
    token = OLD.seal_short(STOP_LINK, first, second)
    at = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from(sorted(_BASE_58 - {token[at]})))
    with pytest.raises(BadToken):
        OLD.open(STOP_LINK, token[:at] + letter + token[at + 1 :])


def test_it_opens_for_its_purpose_and_its_keys_only() -> None:
    token = OLD.seal_short(STOP_LINK, 7, 1)
    assert NEW.open(STOP_LINK, token) == (7, 1)
    for sealer, purpose in ((OLD, PREFERENCES), (TokenSealer([b"new"]), STOP_LINK)):
        with pytest.raises(BadToken):
            sealer.open(purpose, token)


@pytest.mark.parametrize("token", ["z" * 22, "1" * 21, "0" * 22, "é" * 22])
def test_what_nobody_sealed_is_refused(token: str) -> None:
    with pytest.raises(BadToken):
        OLD.open(STOP_LINK, token)


def test_neighbours_look_nothing_alike() -> None:
    one, other = (OLD.seal_short(STOP_LINK, 7, number) for number in (1, 2))
    assert sum(a == b for a, b in zip(one, other, strict=True)) < 8


def test_no_other_door_takes_a_short_one() -> None:
    with pytest.raises(ValueError, match="long"):
        OLD.seal_short(PREFERENCES, 7, 1)
