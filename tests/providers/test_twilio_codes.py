"""The table of Twilio's codes says one thing of each, in our words."""

from __future__ import annotations

import pytest

from outreach.core.errors import Refusal
from outreach.providers.twilio.codes import BUSY, CODES, meaning_of, read_code

KINDS = {value for name, value in vars(Refusal).items() if name.isupper()}


@pytest.mark.parametrize("code", CODES)
def test_every_row_uses_the_closed_vocabulary_and_has_one_plain_sentence(code: int) -> None:
    row = CODES[code]
    assert row.kind in KINDS | {BUSY}
    assert row.meaning.endswith(".")
    assert "\n" not in row.meaning


def test_only_what_concerns_the_number_itself_is_permanent() -> None:
    about_the_number = {Refusal.OPTED_OUT, Refusal.BAD_ADDRESS, Refusal.CANNOT_RECEIVE}
    assert {row.kind for row in CODES.values() if row.permanent} == about_the_number
    assert all(row.permanent for row in CODES.values() if row.kind in about_the_number)


def test_phone_that_is_switched_off_may_be_tried_another_day() -> None:
    assert not meaning_of(30003).permanent
    assert meaning_of(30006).permanent


def test_unknown_code_is_other_and_not_permanent() -> None:
    assert (meaning_of(12345).kind, meaning_of(None).permanent) == (Refusal.OTHER, False)


@pytest.mark.parametrize(
    ("text", "code"),
    [("30003", 30003), (30003, 30003), ("", None), (None, None), ("0", None), ("x", None)],
)
def test_code_is_read_from_json_and_forms_alike(text: object, code: int | None) -> None:
    assert read_code(text) == code
