"""The normal form of a phone number: E.164, by libphonenumber's rules.

Refuses what the library would quietly repair into another person's number:
letters ("(Mama)" is no vanity number) and spreadsheet notation ("4,91E+12").
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberType

from outreach.core.errors import BadAddress

_LETTERS = re.compile(r"[^\W\d_]", re.UNICODE)
_SPREADSHEET = re.compile(r"\d[.,]?\d*\s*[eE]\s*\+?\d+")
# Numbers that regulators keep free for films and examples (Ofcom; ATIS 0300115): the
# library calls some of them invalid, but they reach nobody and the demo is made of them.
_FICTION = re.compile(r"\+447700900\d{3}|\+1\d{3}55501\d{2}")
_TEXTABLE = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


@dataclass(frozen=True)
class Phone:
    """`e164`: "+447700900123". `country`: ISO 3166 alpha-2. `textable`: False for a landline."""

    e164: str
    country: str
    textable: bool


def normalise_phone(text: str, country: str) -> Phone:
    """Reads a national or international number as written in `country` (ISO alpha-2).

    Raises BadAddress with a sentence for the person who typed it.
    """
    _refuse_unreadable(text)
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException as error:
        raise BadAddress(
            f"{text!r} is not a phone number.", remedy="Write it like +44 7700 900123."
        ) from error
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if _FICTION.fullmatch(e164):
        return Phone(e164, _country_of(number, country), textable=True)
    if not phonenumbers.is_valid_number(number):
        raise BadAddress(
            f"{text!r} is not a number that exists in {country}.",
            remedy="Check the digits, or write it with its country code, like +44 7700 900123.",
        )
    textable = phonenumbers.number_type(number) in _TEXTABLE
    return Phone(e164, _country_of(number, country), textable)


def country_of_number(number: str) -> str:
    """ISO alpha-2 of a number with its country code, also of one that is kept free for fiction;
    "" when it is none."""
    try:
        parsed = phonenumbers.parse(number.strip(), None)
    except phonenumbers.NumberParseException:
        return ""
    found = phonenumbers.region_code_for_number(parsed)
    return found or phonenumbers.region_code_for_country_code(parsed.country_code or 0)


def _country_of(number: phonenumbers.PhoneNumber, written_in: str) -> str:
    """The country of the number itself, also for the numbers of fiction that the library has none
    for: a British one in a German list is British (prices and senders go by it)."""
    found = phonenumbers.region_code_for_number(number)
    country_code = number.country_code or 0
    if found or country_code == phonenumbers.country_code_for_region(written_in):
        return found or written_in
    return phonenumbers.region_code_for_country_code(country_code)


def _refuse_unreadable(text: str) -> None:
    if _SPREADSHEET.search(text):
        raise BadAddress(
            f"{text!r} is a number that a spreadsheet has shortened; its last digits are lost.",
            remedy="Format the column as text in the spreadsheet and export it again.",
        )
    if _LETTERS.search(text):
        raise BadAddress(f"{text!r} has letters in it.", remedy="Put only the number in this cell.")
