"""Terms, holidays and named days: entering them, and the calendar that each school then has.

Owns inheritance: a school has the terms and holidays of its region, else of its country, until
it entered its own. Refuses arithmetic with days, which is `timing`'s.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Q, QuerySet

from outreach.core.clock import now
from outreach.core.errors import BadInput, NotFound
from outreach.organisation.among import among
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import CalendarEntry, CalendarKind, School
from outreach.organisation.schools import check_country
from outreach.timing import Period, SchoolCalendar

_LONGEST_DAYS = 200
_LONGEST_NAME = 60
_LONGEST_REGION = 10
_YEAR = CalendarKind.TERM, CalendarKind.HOLIDAY


@dataclass(frozen=True)
class Place:
    """Whose days they are: a school's, a region's ("DE", "BY"), a country's, or (empty) all's."""

    school: School | None = None
    country: str = ""
    region: str = ""

    def __str__(self) -> str:
        if self.school is not None:
            return self.school.name
        return "-".join(part for part in (self.country, self.region) if part) or "all schools"

    @property
    def subject(self) -> str:
        """For the audit log."""
        if self.school is not None:
            return f"school:{self.school.slug}"
        return f"calendar:{'-'.join(part for part in (self.country, self.region) if part)}"

    def entries(self) -> QuerySet[CalendarEntry]:
        """What was entered for exactly this place."""
        return CalendarEntry.objects.filter(
            school=self.school, country=self.country, region=self.region
        ).order_by("first_day", "kind", "name")


@dataclass(frozen=True)
class NewEntry:
    """One line of a calendar. `name`: of a day, its short name as `day_named` has it."""

    kind: CalendarKind
    name: str
    period: Period


def region_place(text: str) -> Place:
    """The place that `DE-BY`, `DE` or nothing names. Raises BadInput."""
    country, _, region = text.strip().upper().partition("-")
    if len(region) > _LONGEST_REGION:
        raise BadInput(f"{text!r} is not a region.", remedy="Write it like DE-BY or GB-SCT.")
    return Place(country=check_country(country) if country else "", region=region)


def enter_days(
    place: Place,
    entries: Sequence[NewEntry],
    *,
    source: str = "",
    replaces_year: bool = False,
    actor: Actor,
) -> int:
    """Adds what is not there yet; returns how many. Launches follow within minutes.

    `replaces_year`: first takes away the place's terms and holidays from the first of the new ones
    on, so that a corrected file takes the place of the one before. Raises BadInput.
    """
    for entry in entries:
        _check(entry)
    with transaction.atomic():
        if replaces_year and entries:
            since = min(entry.period.first for entry in entries)
            place.entries().filter(kind__in=_YEAR, last_day__gte=since).delete()
        before = place.entries().count()
        CalendarEntry.objects.bulk_create(
            (_row(place, entry, source, actor) for entry in entries), ignore_conflicts=True
        )
        added = place.entries().count() - before
        record(actor, "calendar.entered", place.subject, details={"days": added, "source": source})
    return added


def forget_day(place: Place, kind: CalendarKind, first_day: date, *, actor: Actor) -> int:
    """Takes away what begins on `first_day`. Raises NotFound when nothing does."""
    with transaction.atomic():
        gone, _ = place.entries().filter(kind=kind, first_day=first_day).delete()
        if not gone:
            raise NotFound(
                f"No {kind.label.lower()} of {place} begins on {first_day}.",
                remedy="`outreach calendar show` shows what is entered.",
            )
        record(actor, "calendar.forgotten", place.subject, details={"first_day": str(first_day)})
    return gone


def calendars_of(schools: Iterable[School]) -> dict[int, SchoolCalendar]:
    """School id -> its calendar. Schools with the same days share one object."""
    schools = list(schools)
    of_them = Q(among("school", (school.pk for school in schools)))
    entries = _Entries(CalendarEntry.objects.filter(of_them | Q(school__isnull=True)))
    shared: dict[tuple[object, ...], SchoolCalendar] = {}
    found: dict[int, SchoolCalendar] = {}
    for school in schools:
        key = entries.key_of(school)
        if key not in shared:
            shared[key] = entries.calendar_of(school)
        found[school.pk] = shared[key]
    return found


class _Entries:
    """What was entered, by whose it is."""

    def __init__(self, rows: Iterable[CalendarEntry]) -> None:
        self._by_place: dict[object, list[CalendarEntry]] = defaultdict(list)
        for row in rows:
            self._by_place[row.school_id or (row.country, row.region)].append(row)

    def key_of(self, school: School) -> tuple[object, ...]:
        """The same for schools that have nothing of their own and are in one region."""
        own = school.pk if self._by_place.get(school.pk) else None
        return (own, school.country, _region(school))

    def calendar_of(self, school: School) -> SchoolCalendar:
        places = [(school.country, _region(school)), (school.country, ""), ("", "")]
        year = next(
            (rows for place in (school.pk, *places) if (rows := self._rows(place, _YEAR))), []
        )
        days = (CalendarKind.DAY,)
        return SchoolCalendar(
            terms=_periods(year, CalendarKind.TERM),
            holidays=_periods(year, CalendarKind.HOLIDAY),
            own_days=_named(self._rows(school.pk, days)),
            common_days=_named([row for place in places for row in self._rows(place, days)]),
            country=school.country,
            region=_region(school),
        )

    def _rows(self, place: object, kinds: Sequence[CalendarKind]) -> list[CalendarEntry]:
        return [row for row in self._by_place.get(place, ()) if row.kind in kinds]


def _region(school: School) -> str:
    """ "BY" of "BY" and of "DE-BY"."""
    return school.region.upper().removeprefix(f"{school.country}-")


def _periods(rows: Iterable[CalendarEntry], kind: CalendarKind) -> tuple[Period, ...]:
    return tuple(Period(row.first_day, row.last_day) for row in rows if row.kind == kind)


def _named(rows: Iterable[CalendarEntry]) -> dict[str, tuple[date, ...]]:
    found: dict[str, tuple[date, ...]] = {}
    for row in rows:
        found[row.name] = (*found.get(row.name, ()), row.first_day)
    return found


def _row(place: Place, entry: NewEntry, source: str, actor: Actor) -> CalendarEntry:
    return CalendarEntry(
        school=place.school,
        country=place.country,
        region=place.region,
        kind=entry.kind,
        name=entry.name,
        first_day=entry.period.first,
        last_day=entry.period.last,
        source=source[:200],
        entered_by=actor.name,
        entered_at=now(),
    )


def _check(entry: NewEntry) -> None:
    length = (entry.period.last - entry.period.first).days + 1
    if not 1 <= length <= _LONGEST_DAYS:
        raise BadInput(
            f"{entry.period.first} to {entry.period.last} is no {entry.kind.label.lower()}.",
            remedy=f"From the first day to the last, at most {_LONGEST_DAYS} days.",
        )
    if len(entry.name) > _LONGEST_NAME or (entry.kind is CalendarKind.DAY and not entry.name):
        raise BadInput(
            "A day needs a name." if not entry.name else "The name is too long.",
            remedy="Give it a short name, like sports-day.",
        )
