"""The days of one school: terms, holidays, days of its own, public holidays.

Owns which days are school holidays, where terms and holidays begin and end, and what cannot be
said because nobody entered it. Pure: whoever reads the tables gives the periods.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from outreach.timing.named_days import named_day

_DAY = timedelta(days=1)
# A day off and a long weekend are no holiday that a message is timed by.
SHORTEST_HOLIDAY_DAYS = 5
_WEEKDAYS = 5


class Edge(StrEnum):
    """Where a term or a holiday begins or ends."""

    HOLIDAY_START = "holiday-start"
    HOLIDAY_END = "holiday-end"
    TERM_START = "term-start"
    TERM_END = "term-end"


@dataclass(frozen=True)
class Period:
    """From `first` to `last`, both of them included."""

    first: date
    last: date

    def covers(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True)
class Missing:
    """Why there is no day. `why`: the end of "This step is not planned there: …". `is_unknown`:
    because somebody has to enter it, and not because the campaign wants it so."""

    why: str
    is_unknown: bool = True


@dataclass(frozen=True)
class SchoolCalendar:
    """What is known of a school's year. Where only terms or only holidays are given, the one
    gives the other. `own_days`: name -> days, as the school says; `common_days`: as the
    organisation says. `country`, `region`: ISO 3166 ("DE", "BY"), for public holidays."""

    terms: tuple[Period, ...] = ()
    holidays: tuple[Period, ...] = ()
    own_days: Mapping[str, tuple[date, ...]] = field(default_factory=dict)
    common_days: Mapping[str, tuple[date, ...]] = field(default_factory=dict)
    country: str = ""
    region: str = ""

    def edges(self, edge: Edge) -> list[date]:
        """Each such day that is known, in order."""
        if edge in {Edge.HOLIDAY_START, Edge.HOLIDAY_END}:
            spans = self._long_holidays()
        else:
            spans = self._terms()
        at_start = edge in {Edge.HOLIDAY_START, Edge.TERM_START}
        return sorted({span.first if at_start else span.last for span in spans})

    def named(self, name: str, year: int, campaign: tuple[date, ...] = ()) -> list[date]:
        """The days of that name in `year`: as the school says, else the campaign, else the
        organisation, else the rule of that name."""
        for source in (self.own_days.get(name, ()), campaign, self.common_days.get(name, ())):
            found = sorted(day for day in source if day.year == year)
            if found:
                return found
        by_rule = named_day(name, year)
        return [by_rule] if by_rule else []

    def is_school_holiday(self, day: date) -> bool | Missing:
        """Whether no school is held for the holidays; Missing past what is known."""
        if not self.terms and not self.holidays:
            return Missing("its term dates are not entered")
        if not self._known().covers(day):
            return Missing(f"its term dates end on {self._known().last}")
        if any(span.covers(day) for span in self.holidays):
            return True
        return bool(self.terms) and not self._in_term(day)

    def is_public_holiday(self, day: date) -> bool | Missing:
        """Of its country and region; Missing where the library has no data of the country."""
        found = public_holidays(self.country, self.region, day.year)
        return found if isinstance(found, Missing) else day in found

    def _in_term(self, day: date) -> bool:
        """A weekend within a gap of one weekend only is no holiday."""
        return any(span.covers(day) for span in self.terms) or not any(
            gap.covers(day) for gap in _gaps(self.terms)
        )

    def _known(self) -> Period:
        """What lies between the first and the last day that anybody entered."""
        spans = (*self.terms, *self.holidays)
        return Period(min(span.first for span in spans), max(span.last for span in spans))

    def _long_holidays(self) -> list[Period]:
        spans = _joined(self.holidays) if self.holidays else _gaps(self.terms)
        return [span for span in spans if _length(span) >= SHORTEST_HOLIDAY_DAYS]

    def _terms(self) -> list[Period]:
        if self.terms:
            return sorted(self.terms, key=lambda span: span.first)
        return [
            Period(_next_weekday(before.last + _DAY), _weekday_before(after.first - _DAY))
            for before, after in pairwise(self._long_holidays())
        ]


def public_holidays(country: str, region: str, year: int) -> frozenset[date] | Missing:
    """From the library `holidays`; of the whole country where it does not know the region."""
    if not knows_public_holidays(country):
        return Missing(f"public holidays of {country or 'its country'} are not known")
    return _public_holidays(country, region if region in _supported()[country] else "", year)


def knows_public_holidays(country: str) -> bool:
    """Whether the library has data of that country."""
    return country in _supported()


def _gaps(spans: tuple[Period, ...]) -> list[Period]:
    """What lies between terms, weekdays only being counted: a weekend alone is none."""
    ordered = sorted(spans, key=lambda span: span.first)
    between = (
        Period(before.last + _DAY, after.first - _DAY) for before, after in pairwise(ordered)
    )
    return [gap for gap in between if any(day.weekday() < _WEEKDAYS for day in _days(gap))]


def _joined(spans: tuple[Period, ...]) -> list[Period]:
    """Periods that touch or overlap, weekends between them included, as one."""
    joined: list[Period] = []
    for span in sorted(spans, key=lambda one: one.first):
        if joined and span.first <= _next_weekday(joined[-1].last + _DAY):
            joined[-1] = Period(joined[-1].first, max(joined[-1].last, span.last))
        else:
            joined.append(span)
    return joined


def _days(span: Period) -> Iterator[date]:
    for count in range((span.last - span.first).days + 1):
        yield span.first + timedelta(days=count)


def _length(span: Period) -> int:
    return (span.last - span.first).days + 1


def _next_weekday(day: date) -> date:
    return day + timedelta(days=7 - day.weekday()) if day.weekday() >= _WEEKDAYS else day


def _weekday_before(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - _WEEKDAYS + 1))


@lru_cache(maxsize=1)
def _supported() -> dict[str, list[str]]:
    import holidays  # here, not above: it takes 0.2 s, and most commands need no holidays

    return holidays.list_supported_countries(include_aliases=False)


@lru_cache(maxsize=2048)
def _public_holidays(country: str, region: str, year: int) -> frozenset[date]:
    import holidays  # as above

    return frozenset(holidays.country_holidays(country, subdiv=region or None, years=year))
