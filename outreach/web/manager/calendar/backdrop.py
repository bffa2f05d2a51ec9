"""What lies behind the sends: school holidays and public holidays of the schools looked at.

Owns the summing up over schools of different regions. Refuses to guess: days of which nobody
entered anything are left bare, and the page says at how many schools that is so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext

from outreach.organisation.calendars import calendars_of
from outreach.organisation.models import School
from outreach.timing import SchoolCalendar

# More different calendars than these are not summed up day by day; a country is then chosen.
_MOST_CALENDARS = 60


@dataclass(frozen=True)
class Backing:
    """What a day is to the schools looked at. `kind`: the class of its look, "" for nothing."""

    kind: str = ""
    words: str = ""


@dataclass(frozen=True)
class Backdrop:
    """`unknown`: schools without term dates. `is_too_much`: too many calendars to sum up."""

    days: dict[date, Backing]
    unknown: int = 0
    is_too_much: bool = False

    def of(self, day: date) -> Backing:
        return self.days.get(day, Backing())


def backdrop(first: date, last: date, schools: Sequence[School]) -> Backdrop:
    """Of these schools, from `first` to `last`."""
    found = calendars_of(schools)
    sizes = Counter(id(calendar) for calendar in found.values())
    calendars = {id(calendar): calendar for calendar in found.values()}
    unknown = sum(sizes[key] for key, each in calendars.items() if not each.terms + each.holidays)
    if len(calendars) > _MOST_CALENDARS:
        return Backdrop({}, unknown, is_too_much=True)
    weighed = [(calendar, sizes[key]) for key, calendar in calendars.items()]
    span = (first + timedelta(days=count) for count in range((last - first).days + 1))
    days = {day: _backing(day, weighed, len(schools)) for day in span}
    return Backdrop({day: each for day, each in days.items() if each.kind}, unknown)


def _backing(day: date, calendars: Sequence[tuple[SchoolCalendar, int]], schools: int) -> Backing:
    """Public holidays go before school holidays, and all schools before some."""
    public = sum(size for each, size in calendars if each.is_public_holiday(day) is True)
    holiday = sum(size for each, size in calendars if each.is_school_holiday(day) is True)
    if not schools or not (public or holiday):
        return Backing()
    said = [
        _words(gettext("Public holiday"), public, schools),
        _words(gettext("School holidays"), holiday, schools),
    ]
    kind = "public" if public else "holiday"
    part = "" if max(public, holiday) == schools else " some"
    return Backing(f"{kind}{part}", "; ".join(filter(None, said)))


def _words(what: str, number: int, schools: int) -> str:
    if not number:
        return ""
    if number == schools:
        return what
    return gettext("%(what)s at %(number)d of %(all)d schools") % {
        "what": what,
        "number": number,
        "all": schools,
    }
