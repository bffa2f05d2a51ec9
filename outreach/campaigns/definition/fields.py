"""The small values of a definition: times, spans, keys, languages.

Each reads the author's text, refuses with a sentence and an example, and describes
itself for the JSON Schema.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, TypeVar

from babel.core import Locale, UnknownLocaleError
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    JsonValue,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from outreach.campaigns.definition.places import shown

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
SPAN = re.compile(r"(?=[0-9])(?:([0-9]{1,3})d)?(?:([0-9]{1,3})h)?(?:([0-9]{1,4})m)?")
_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")
AGE_GROUP = re.compile(r"[0-9]{1,2}(-[0-9]{1,2}|\+)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SCHOOL = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_COUNTRY = re.compile(r"[A-Z]{2}")
_SHARE = re.compile(r"0?\.[0-9]{1,4}|[0-9]{1,2}(\.[0-9]{1,2})?%")
_AT_MOST = re.compile(r"([1-9][0-9]?) per (day|week|month)")
_RATE = re.compile(r"([1-9][0-9]{0,5}) per (second|minute|hour)")
_LANE = re.compile(r"(email|sms)(-[A-Z]{2})?")
_MONEY = re.compile(r"([0-9]{1,7})(\.[0-9]{2})?")
_LAUNCH = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FIRST_YEAR, _LAST_YEAR = 2020, 2100
# `after:` one of these counts from the school's calendar, so no step is called so.
CALENDAR_WORDS = ("holiday", "term-start", "term-end")
_STEP = re.compile(rf"(?!(?:{'|'.join(CALENDAR_WORDS)})$){_SLUG.pattern}")
_SECONDS_PER = {"second": 1, "minute": 60, "hour": 3600}
_DAYS_PER = {"day": 1, "week": 7, "month": 30}
_MICROS = 1_000_000
_LONGEST_KEY = 40

LONGEST_WITHIN = timedelta(hours=24)
LONGEST_EXPIRY = timedelta(days=30)

Item = TypeVar("Item", bound=Hashable)


def refuse(message: str, remedy: str) -> PydanticCustomError:
    """A finding in our own words; `findings` takes both parts as they are."""
    return PydanticCustomError("refused", "{message}", {"message": message, "remedy": remedy})


def _clock_time(value: object) -> object:
    if isinstance(value, time):
        return value
    found = _TIME.fullmatch(str(value))
    if found is None:
        raise refuse(f"{shown(value)} is not a time of day.", 'Write it like "16:30", 24 hours.')
    return time(int(found[1]), int(found[2]))


def _span_up_to(longest: timedelta) -> BeforeValidator:
    def read(value: object) -> object:
        if isinstance(value, timedelta):
            return value
        span = _span(value)
        if not timedelta(0) < span <= longest:
            raise refuse(
                f"{shown(value)} is too long." if span else f"{shown(value)} is no time at all.",
                f"Write it like 90m or 3h; the longest is {span_text(longest)}.",
            )
        return span

    return BeforeValidator(read)


def _span(value: object) -> timedelta:
    found = SPAN.fullmatch(str(value))
    if found is None:
        raise refuse(
            f"{shown(value)} is not a span of time.", "Write it like 90m, 3h, 2d or 1d12h."
        )
    days, hours, minutes = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)


def span_text(span: timedelta) -> str:
    """A span as a definition writes it: 24h, 1d12h, 3h30m."""
    minutes = int(span.total_seconds()) // 60
    if span == timedelta(hours=24):
        return "24h"
    days, hours = divmod(minutes // 60, 24)
    parts = ((days, "d"), (hours, "h"), (minutes % 60, "m"))
    return "".join(f"{count}{unit}" for count, unit in parts if count)


def time_text(at: time) -> str:
    return f"{at:%H:%M}"


def _slug(text: str) -> str:
    if _SLUG.fullmatch(text) and len(text) <= _LONGEST_KEY:
        return text
    raise refuse(
        f"{shown(text)} cannot be a short name.",
        f"Use small letters, digits and hyphens, at most {_LONGEST_KEY}, like warning-signs.",
    )


def _language(text: str) -> str:
    written = text.partition("-")[0]
    known = _known_language(text) if _LANGUAGE.fullmatch(text) else None
    if known == written:
        return text
    raise refuse(
        f"{shown(text)} is not a language code.",
        f"Write it as {known}." if known else "Write it like en, de, pt-BR or zh-Hant.",
    )


@lru_cache(maxsize=256)
def _known_language(tag: str) -> str | None:
    """The language that CLDR knows by this tag; "de" also for the retired "ger"."""
    try:
        return Locale.parse(tag, sep="-").language
    except (UnknownLocaleError, ValueError):
        return None


def _age_group(text: str) -> str:
    if AGE_GROUP.fullmatch(text):
        return text
    raise refuse(f"{shown(text)} is not an age group.", 'Write it like "11-13" or "16+".')


def _calendar_date(value: object) -> object:
    if isinstance(value, date):
        return value
    text = str(value)
    try:
        day = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise refuse(
            f"{shown(value)} is not a date.",
            f"Write it as year-month-day like 2027-02-09, between {_FIRST_YEAR} and {_LAST_YEAR}.",
        )
    return day


@dataclass(frozen=True)
class Frequency:
    """At most `messages` to one person within any `days` days."""

    messages: int
    days: int
    text: str


def _at_most(value: object) -> object:
    if isinstance(value, Frequency):
        return value
    found = _AT_MOST.fullmatch(str(value))
    if found is None:
        raise refuse(
            f"{shown(value)} does not say how often.",
            "Write it like `2 per week`; day, week or month.",
        )
    return Frequency(int(found[1]), _DAYS_PER[found[2]], str(value))


@dataclass(frozen=True)
class Rate:
    """At most `per_second` messages a second, over all workers and senders."""

    per_second: float
    text: str


def _rate(value: object) -> object:
    if isinstance(value, Rate):
        return value
    found = _RATE.fullmatch(str(value))
    if found is None:
        raise refuse(
            f"{shown(value)} does not say how fast.",
            "Write it like `500 per minute`; second, minute or hour.",
        )
    return Rate(int(found[1]) / _SECONDS_PER[found[2]], str(value))


def _lane(text: str) -> str:
    if not _LANE.fullmatch(text):
        raise refuse(
            f"{shown(text)} is not a channel or a channel and a country.",
            "Write it like email, sms or sms-DE.",
        )
    _, _, country = text.partition("-")
    if country:
        _country(country)
    return text


def _share(value: object) -> object:
    text = str(value)
    if _SHARE.fullmatch(text) is None or not 0 < (share := _fraction(text)) < 1:
        raise refuse(f"{shown(value)} is not a share.", "Write it like 20% or 0.2.")
    return share


def _fraction(text: str) -> float:
    return float(Decimal(text.removesuffix("%")) / (100 if text.endswith("%") else 1))


def _money(value: object) -> object:
    if _MONEY.fullmatch(str(value)) is None:
        raise refuse(
            f"{shown(value)} is not an amount of money.",
            "Write it like 20 or 12.50, in the currency of the organisation.",
        )
    return int(Decimal(str(value)) * _MICROS)


def _money_text(micros: int) -> str:
    return f"{Decimal(micros) / _MICROS:.2f}"


def _school(text: str) -> str:
    if _SCHOOL.fullmatch(text):
        return text
    raise refuse(
        f"{shown(text)} is not a school's short name.", "`outreach school list` shows them."
    )


def _launch(text: str) -> str:
    if _LAUNCH.fullmatch(text):
        return text
    raise refuse(
        f"{shown(text)} is not the identifier of a launch.", "`outreach launch list` shows them."
    )


def _country(text: str) -> str:
    if _COUNTRY.fullmatch(text) and text in _territories():
        return text
    raise refuse(f"{shown(text)} is not a country.", "Write its two letters, like GB, DE or ES.")


@lru_cache(maxsize=1)
def _territories() -> frozenset[str]:
    return frozenset(Locale("en").territories)


def _no_repeats(items: Sequence[Item]) -> Sequence[Item]:
    twice = next((item for n, item in enumerate(items) if item in items[:n]), None)
    if twice is not None:
        raise refuse(f"{shown(twice)} stands in the list twice.", "Keep one of them.")
    return items


NoRepeats = AfterValidator(_no_repeats)


def _text_like(pattern: re.Pattern[str], **more: JsonValue) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern.pattern}$", **more})


ClockTime = Annotated[
    time,
    BeforeValidator(_clock_time),
    PlainSerializer(time_text, return_type=str),
    _text_like(_TIME),
]
Within = Annotated[
    timedelta,
    _span_up_to(LONGEST_WITHIN),
    PlainSerializer(span_text, return_type=str),
    _text_like(SPAN),
]
Expiry = Annotated[
    timedelta,
    _span_up_to(LONGEST_EXPIRY),
    PlainSerializer(span_text, return_type=str),
    _text_like(SPAN),
]
Slug = Annotated[str, AfterValidator(_slug), _text_like(_SLUG, maxLength=_LONGEST_KEY)]
StepKey = Annotated[str, AfterValidator(_slug), _text_like(_STEP, maxLength=_LONGEST_KEY)]
SchoolSlug = Annotated[str, AfterValidator(_school), _text_like(_SCHOOL)]
LaunchId = Annotated[str, AfterValidator(_launch), _text_like(_LAUNCH)]
Country = Annotated[str, AfterValidator(_country), _text_like(_COUNTRY)]
Share = Annotated[
    float,
    BeforeValidator(_share),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": f"^{_SHARE.pattern}$"},
                {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
            ]
        }
    ),
]
AtMost = Annotated[
    Frequency,
    BeforeValidator(_at_most),
    PlainSerializer(lambda frequency: frequency.text, return_type=str),
    _text_like(_AT_MOST),
]
PerTime = Annotated[
    Rate,
    BeforeValidator(_rate),
    PlainSerializer(lambda rate: rate.text, return_type=str),
    _text_like(_RATE),
]
LaneKey = Annotated[str, AfterValidator(_lane), _text_like(_LANE)]
Money = Annotated[
    int,
    BeforeValidator(_money),
    PlainSerializer(_money_text, return_type=str),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": f"^{_MONEY.pattern}$"},
                {"type": "number", "minimum": 0},
            ]
        }
    ),
]
Language = Annotated[str, AfterValidator(_language), _text_like(_LANGUAGE)]
AgeGroup = Annotated[str, AfterValidator(_age_group), _text_like(AGE_GROUP)]
CalendarDate = Annotated[
    date,
    BeforeValidator(_calendar_date),
    WithJsonSchema({"type": "string", "format": "date"}),
]
Title = Annotated[str, Field(min_length=1, max_length=120)]
