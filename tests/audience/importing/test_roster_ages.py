"""Ages, birth dates and school years become an age group."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.audience.importing.ages import BANDS, read_age_bands
from outreach.audience.importing.headings import Field
from outreach.core.errors import BadInput

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "field", "country", "bands"),
    [
        ("9", Field.AGE, "GB", ("8-10",)),
        ("4", Field.AGE, "GB", ("5-7",)),
        ("8-10", Field.AGE, "GB", ("8-10",)),
        ("8\u201310", Field.AGE, "GB", ("8-10",)),
        ("5-7; 11-13", Field.AGE, "GB", ("5-7", "11-13")),
        ("6 and 15", Field.AGE, "GB", ("5-7", "14-17")),
        ("9 bis 12", Field.AGE, "DE", ("8-10", "11-13")),
        ("9 años", Field.AGE, "ES", ("8-10",)),
        ("18", Field.AGE, "GB", ()),
        ("", Field.AGE, "GB", ()),
        ("Year 7", Field.SCHOOL_YEAR, "GB", ("11-13",)),
        ("R", Field.SCHOOL_YEAR, "GB", ("5-7",)),
        ("5b", Field.SCHOOL_YEAR, "DE", ("8-10",)),
        ("10", Field.SCHOOL_YEAR, "DE", ("14-17",)),
        ("3º Primaria", Field.SCHOOL_YEAR, "ES", ("8-10",)),
        ("2º ESO", Field.SCHOOL_YEAR, "ES", ("11-13",)),
        ("groep 7", Field.SCHOOL_YEAR, "NL", ("8-10",)),
        ("3 havo", Field.SCHOOL_YEAR, "NL", ("14-17",)),
        ("4a", Field.SCHOOL_YEAR, "PL", ("8-10",)),
        ("5º ano", Field.SCHOOL_YEAR, "PT", ("8-10",)),
        ("2A scuola media", Field.SCHOOL_YEAR, "IT", ("11-13",)),
        ("3 primaria", Field.SCHOOL_YEAR, "IT", ("8-10",)),
        ("2A", Field.SCHOOL_YEAR, "IT", ()),
        ("1º Bachillerato", Field.SCHOOL_YEAR, "ES", ("14-17",)),
        ("6ème", Field.SCHOOL_YEAR, "FR", ("11-13",)),
        ("CM2", Field.SCHOOL_YEAR, "FR", ("8-10",)),
        ("Grade 5", Field.SCHOOL_YEAR, "US", ("8-10",)),
        ("22/11/2015", Field.BIRTH_DATE, "GB", ("8-10",)),
        ("21/11/2015", Field.BIRTH_DATE, "GB", ("11-13",)),
    ],
)
def test_group_of(text: str, field: Field, country: str, bands: tuple[str, ...]) -> None:
    assert read_age_bands(text, field, country, TODAY) == bands


@pytest.mark.parametrize(
    ("text", "field"),
    [("nine", Field.AGE), ("240", Field.AGE), ("Oak", Field.SCHOOL_YEAR), ("x", Field.BIRTH_DATE)],
)
def test_unreadable_age_is_refused_without_its_value(text: str, field: Field) -> None:
    with pytest.raises(BadInput) as caught:
        read_age_bands(text, field, "GB", TODAY)
    assert text not in str(caught.value).split()


@given(st.integers(5, 17))
def test_every_age_of_a_pupil_has_exactly_one_group(age: int) -> None:
    (band,) = read_age_bands(str(age), Field.AGE, "GB", TODAY)
    low, high = BANDS[band]
    assert low <= age <= high
