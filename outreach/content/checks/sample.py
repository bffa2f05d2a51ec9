"""Readers on whom a check tries a template: as most are, and with as little as there may be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from babel.core import get_global
from babel.languages import get_official_languages

from outreach.content.help_directory import help_directory
from outreach.content.stop_line import stop_line
from outreach.content.values import (
    Links,
    MessageValues,
    OrganisationValues,
    Recipient,
    SchoolValues,
    SmsValues,
    StepValues,
    Values,
)

# Twenty-five plain letters: as long as most, and not what makes a text dear.
SCHOOL = "Northfield Primary School"
# As long as names are that a text has to hold without a part more: forty plain letters.
LONG_SCHOOL = "Saint Bartholomew's Primary School North"
_PUBLIC = "https://outreach.example.org"
# As long as real ones: a token of forty letters, and one of twenty-two in a text.
STOP_PAGE = f"{_PUBLIC}/u/{'k7q2' * 10}"
_STOP_PAGE_IN_A_TEXT = f"{_PUBLIC}/u/{'k7q' * 7}2"
_ANYWHERE = "GB"


def at_long_school(reader: Values) -> Values:
    """The same reader at the school with the longest name."""
    return replace(reader, school=replace(reader.school, name=LONG_SCHOOL))


def usual_reader(language: str, country: str) -> Values:
    """Somebody with a name, written to from a number that takes replies."""
    return _reader(language, country, Recipient("Ann"), stop_line(language, None), can_reply=True)


def bare_reader(language: str, country: str) -> Values:
    """Somebody without a name, written to from where nobody receives: stopping takes a link."""
    stop = stop_line(language, _STOP_PAGE_IN_A_TEXT)
    return _reader(language, country, Recipient(None), stop, can_reply=False)


def _reader(
    language: str, country: str, recipient: Recipient, stop: str, *, can_reply: bool
) -> Values:
    return Values(
        school=SchoolValues(SCHOOL, country),
        organisation=OrganisationValues("Safer Schools"),
        help=help_directory().for_country(country),
        recipient=recipient,
        links=Links(
            stop=STOP_PAGE,
            preferences=f"{_PUBLIC}/p/{'k7q2' * 10}",
            advice=f"{_PUBLIC}/advice/{country.lower()}/{language}",
            genuine=f"{_PUBLIC}/genuine/1F-3A-9K7Q",
            answer=f"{_PUBLIC}/a/{'k7q2' * 10}",
        ),
        step=StepValues(2, 5),
        sms=SmsValues(stop),
        message=MessageValues("1F-3A-9K7Q", can_reply),
    )


@cache
def home_of(language: str) -> str:
    """The country where most speak the language, one where it is official, or GB: the first with
    verified help lines."""
    plain = language.partition("-")[0]
    likely = str(get_global("likely_subtags").get(plain, "")).rpartition("_")[2]
    return next((each for each in (likely, *_official(plain)) if _has_help(each)), _ANYWHERE)


def _official(language: str) -> Iterator[str]:
    for country in help_directory().countries():
        if language in get_official_languages(country, de_facto=True):
            yield country


def _has_help(country: str) -> bool:
    directory = help_directory()
    return country in directory.countries() and not directory.for_country(country).missing()
