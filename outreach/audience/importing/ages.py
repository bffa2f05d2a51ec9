"""From an age, a birth date or a school year to an age group.

Owns the four age groups. What it reads is forgotten when it returns; nothing but
the group leaves this module.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from outreach.audience.importing.dates import read_date
from outreach.audience.importing.headings import Field
from outreach.core.errors import BadInput

BANDS = {"5-7": (5, 7), "8-10": (8, 10), "11-13": (11, 13), "14-17": (14, 17)}
_SEPARATORS = re.compile(r"[;,/|+&\n]|\b(?:and|und|y|et|ed|en|oraz)\b")
_RANGE = re.compile(r"(\d{1,2})\s*(?:-|\u2013|\u2014|to|bis|a)\s*(\d{1,2})")
_NUMBER = re.compile(r"\d{1,2}(?!\d)")
_YOUNGEST, _OLDEST = 3, 19
# Age at the start of the school year, minus the year's number. England, Wales: year 1 begins at 5.
_FIRST_AGE_MINUS_ONE = {"GB": 4, "AU": 4, "NZ": 4, "IE": 4, "NL": 3, "PL": 6}
_SCHOOL_WORDS = (
    (re.compile(r"\beso\b"), 11),
    (re.compile(r"\bbach"), 15),
    (re.compile(r"\bce\b|\bce(?=\d)"), 6),
    (re.compile(r"\bcm\b|\bcm(?=\d)"), 8),
    (re.compile(r"\bprimaria\b|\belementar"), 5),
    (re.compile(r"\bmedia\b|\bsecondaria di (primo|i) grado\b"), 10),
    (re.compile(r"\bliceo\b|\bsuperior[ei]\b"), 13),
    (re.compile(r"\b(vmbo|mavo|havo|vwo)\b"), 11),
)
# Where the number of a year alone says nothing: Italy counts anew in each kind of school.
_COUNTS_ANEW = frozenset({"IT"})
_WITHOUT_NUMBER = (
    (re.compile(r"\breception\b|\binfantil\b|\bvorschule\b|\bkindergarten\b|\bmaternelle\b"), 5),
    (re.compile(r"\bcp\b"), 6),
    (re.compile(r"\bterminale\b"), 17),
)


def read_age_bands(text: str, field: Field, country: str, today: date) -> tuple[str, ...]:
    """The age groups of one cell, youngest first; empty for an empty cell and for adults of 18, 19.

    Raises BadInput, without the value, when nothing can be read from it.
    """
    if not text:
        return ()
    if field is Field.BIRTH_DATE and (born := read_date(text, country)):
        return _of_ages(
            [today.year - born.year - ((today.month, today.day) < (born.month, born.day))]
        )
    plain = _plain(text)
    if field is Field.SCHOOL_YEAR and country in _COUNTS_ANEW and not _names_its_school(plain):
        return ()
    ages = [
        age for piece in _SEPARATORS.split(plain) for age in _ages(piece.strip(), field, country)
    ]
    if not ages or (field is Field.BIRTH_DATE and not _RANGE.search(plain)):
        raise BadInput("The age of the child could not be read.")
    return _of_ages(ages)


def join_bands(*groups: tuple[str, ...]) -> tuple[str, ...]:
    """All bands of the groups once, youngest first."""
    found = {band for group in groups for band in group}
    return tuple(band for band in BANDS if band in found)


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _ages(piece: str, field: Field, country: str) -> list[int]:
    if found := _RANGE.search(piece):
        first, last = int(found.group(1)), int(found.group(2))
        return [age for age in range(first, last + 1) if _YOUNGEST <= age <= _OLDEST]
    age = _number(piece) if field is Field.AGE else _age_in_year(piece, country)
    return [age] if age is not None and _YOUNGEST <= age <= _OLDEST else []


def _names_its_school(text: str) -> bool:
    return any(pattern.search(text) for pattern, _ in (*_SCHOOL_WORDS, *_WITHOUT_NUMBER))


def _number(piece: str) -> int | None:
    found = _NUMBER.search(piece)
    return int(found.group()) if found else None


def _age_in_year(piece: str, country: str) -> int | None:
    for pattern, age in _WITHOUT_NUMBER:
        if pattern.search(piece):
            return age
    if piece in ("r", "k"):  # reception, kindergarten
        return 5
    number = _number(piece)
    if number is None:
        return None
    for pattern, offset in _SCHOOL_WORDS:
        if pattern.search(piece):
            return number + offset
    if country == "FR" and 2 <= number <= 6:  # noqa: PLR2004  sixieme (11) counts down to seconde (15)
        return 17 - number
    return number + _FIRST_AGE_MINUS_ONE.get(country, 5)


def _of_ages(ages: list[int]) -> tuple[str, ...]:
    """A child of 3 or 4 counts with the youngest group; from 18 on nobody is a child."""
    youngest = BANDS["5-7"][0]
    return tuple(
        band
        for band, (low, high) in BANDS.items()
        if any(low <= max(age, youngest) <= high for age in ages)
    )
