"""Phone numbers: E.164 or a sentence, never somebody else's number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.core.errors import BadAddress
from outreach.core.phones import normalise_phone


@pytest.mark.parametrize(
    ("text", "country", "e164", "of"),
    [
        ("07700 900123", "GB", "+447700900123", "GB"),
        ("+44 (0)7700 900123", "DE", "+447700900123", "GB"),
        ("0044 7700 900123", "GB", "+447700900123", "GB"),
        ("0171/3920000", "DE", "+491713920000", "DE"),
        ("600 000 012", "ES", "+34600000012", "ES"),
        ("(212) 555-0123", "US", "+12125550123", "US"),
    ],
)
def test_number_gets_its_international_form(text: str, country: str, e164: str, of: str) -> None:
    phone = normalise_phone(text, country)
    assert (phone.e164, phone.country, phone.textable) == (e164, of, True)


@pytest.mark.parametrize(
    ("text", "country"), [("020 7946 0018", "GB"), ("030 23125000", "DE"), ("928 000 001", "ES")]
)
def test_landline_is_a_number_that_cannot_be_texted(text: str, country: str) -> None:
    assert normalise_phone(text, country).textable is False


@pytest.mark.parametrize("text", ["07700 900123 (Mama)", "0800 FLOWERS", "o7700900123", "Ömer"])
def test_letters_are_refused_and_never_become_digits(text: str) -> None:
    with pytest.raises(BadAddress, match="letters"):
        normalise_phone(text, "GB")


@pytest.mark.parametrize("text", ["4,91E+12", "4.91E+12", "4.91e12", "4E+12"])
def test_number_shortened_by_a_spreadsheet_is_refused(text: str) -> None:
    with pytest.raises(BadAddress, match="a spreadsheet has shortened") as caught:
        normalise_phone(text, "DE")
    assert "Format the column as text" in caught.value.remedy


@pytest.mark.parametrize("text", ["", "   ", "999", "0123", "+1", "+999 123456789", "0" * 30])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(BadAddress):
        normalise_phone(text, "GB")


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        phone = normalise_phone(text, "DE")
    except BadAddress:
        return
    assert phone.e164.startswith("+")
    assert normalise_phone(phone.e164, "ES").e164 == phone.e164
