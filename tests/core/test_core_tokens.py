"""Public tokens: nobody reads, alters or invents one, and each opens for one purpose."""

from __future__ import annotations

import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.core.errors import BadToken
from outreach.core.tokens import DELIVERY_STATUS, REPLY_TO, STOP_LINK, TokenSealer

SEALER = TokenSealer([b"a secret of the tests"])
_NUMBERS = st.lists(st.integers(0, 2**70), min_size=1, max_size=4)
_ALPHABET = string.ascii_lowercase + "234567"


@given(_NUMBERS)
def test_sealed_numbers_come_back(numbers: list[int]) -> None:
    assert SEALER.open(STOP_LINK, SEALER.seal(STOP_LINK, *numbers)) == tuple(numbers)


@given(st.lists(_NUMBERS.map(tuple), max_size=130))
def test_tokens_sealed_together_are_those_sealed_one_by_one(rows: list[tuple[int, ...]]) -> None:
    assert SEALER.seal_all(STOP_LINK, rows) == [SEALER.seal(STOP_LINK, *row) for row in rows]


@st.composite
def _alike(draw: st.DrawFn) -> list[tuple[int, ...]]:
    """Rows of one shape, as those of a chunk are, of up to two blocks."""
    sizes = draw(st.lists(st.integers(1, 8), min_size=1, max_size=4))
    of_size = [st.integers(256 ** (size - 1) if size > 1 else 0, 256**size - 1) for size in sizes]
    return draw(st.lists(st.tuples(*of_size), min_size=1, max_size=40))


@given(_alike())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_tokens_of_many_rows_alike_are_those_sealed_one_by_one(rows: list[tuple[int, ...]]) -> None:
    assert SEALER.seal_all(STOP_LINK, rows) == [SEALER.seal(STOP_LINK, *row) for row in rows]


def test_tokens_sealed_together_open_one_by_one_across_a_longer_number() -> None:
    rows = [(7, number) for number in range(65_000, 66_000)]
    tokens = SEALER.seal_all(STOP_LINK, rows)
    assert [SEALER.open(STOP_LINK, token) for token in tokens] == rows
    assert tokens == [SEALER.seal(STOP_LINK, *row) for row in rows]


@pytest.mark.parametrize("sizes", [(1,), (8,), (8, 4), (8, 5), (8, 6), (8, 8), (1, 9), (8, 8, 8)])
def test_tokens_shorter_and_longer_than_a_block_are_those_sealed_one_by_one(
    sizes: tuple[int, ...],
) -> None:
    rows = [tuple(256**size - 1 - number for size in sizes) for number in range(20)]
    assert SEALER.seal_all(STOP_LINK, rows) == [SEALER.seal(STOP_LINK, *row) for row in rows]


def test_a_link_that_is_out_already_opens_and_is_what_would_be_made_again() -> None:
    """Letters that went out: no change of how they are made may change them."""
    stop, status = "icho6pxnjsj6d2e43vqt6tzcrxntunkaq2fa", "hq5e5cssnhwlkdwiq2hf6xtgdqgbelgcfz6t2gq"
    assert SEALER.open(STOP_LINK, stop) == (7, 70_000)
    assert SEALER.open(DELIVERY_STATUS, status) == (7, 70_000, 1)
    rows = [(7, number) for number in range(70_000, 70_020)]
    assert SEALER.seal_all(STOP_LINK, rows)[0] == SEALER.seal(STOP_LINK, 7, 70_000) == stop
    attempts = [(*row, 1) for row in rows]
    assert SEALER.seal_all(DELIVERY_STATUS, attempts)[0] == status


@given(_NUMBERS)
def test_token_is_safe_in_urls_and_mail_addresses(numbers: list[int]) -> None:
    assert set(SEALER.seal(REPLY_TO, *numbers)) <= set(_ALPHABET)


def test_token_survives_programs_that_write_addresses_in_capitals() -> None:
    assert SEALER.open(REPLY_TO, SEALER.seal(REPLY_TO, 7).upper()) == (7,)


def test_same_numbers_give_the_same_token_and_others_another() -> None:
    assert SEALER.seal(STOP_LINK, 7, 1) == SEALER.seal(STOP_LINK, 7, 1)
    assert SEALER.seal(STOP_LINK, 7, 1) != SEALER.seal(STOP_LINK, 7, 2)
    assert SEALER.seal(STOP_LINK, 7, 1) != SEALER.seal(STOP_LINK, 71)


def test_token_of_one_purpose_opens_for_no_other() -> None:
    token = SEALER.seal(DELIVERY_STATUS, 7, 1)
    for purpose in (STOP_LINK, REPLY_TO):
        with pytest.raises(BadToken):
            SEALER.open(purpose, token)


@given(_NUMBERS, st.data())
def test_changing_any_letter_breaks_the_token(numbers: list[int], data: st.DataObject) -> None:
    token = SEALER.seal(STOP_LINK, *numbers)
    at = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from([x for x in _ALPHABET if x != token[at]]))
    with pytest.raises(BadToken):
        SEALER.open(STOP_LINK, token[:at] + letter + token[at + 1 :])


@pytest.mark.parametrize("numbers", [(7,), (7, 1), (2**40, 3)])
def test_token_has_one_spelling(numbers: tuple[int, ...]) -> None:
    """The last letter of base32 has bits to spare; they must not make a second token."""
    token = SEALER.seal(STOP_LINK, *numbers)
    for letter in set(_ALPHABET) - {token[-1]}:
        with pytest.raises(BadToken):
            SEALER.open(STOP_LINK, token[:-1] + letter)
    with pytest.raises(BadToken):
        SEALER.open(STOP_LINK, token.replace("s", "\u017f") + "\u017f")


@given(st.text(max_size=60))
def test_invented_text_is_no_token(text: str) -> None:
    with pytest.raises(BadToken) as caught:
        SEALER.open(STOP_LINK, text)
    assert caught.value.remedy


def test_cut_token_is_refused() -> None:
    token = SEALER.seal(STOP_LINK, 7)
    for length in range(len(token)):
        with pytest.raises(BadToken):
            SEALER.open(STOP_LINK, token[:length])


def test_old_key_still_opens_after_rotation_and_the_new_one_seals() -> None:
    before = TokenSealer([b"old"])
    after = TokenSealer([b"new", b"old"])
    assert after.open(STOP_LINK, before.seal(STOP_LINK, 7)) == (7,)
    assert after.seal(STOP_LINK, 7) == TokenSealer([b"new"]).seal(STOP_LINK, 7)
    with pytest.raises(BadToken):
        before.open(STOP_LINK, after.seal(STOP_LINK, 7))


def test_sealer_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one key"):
        TokenSealer([])
