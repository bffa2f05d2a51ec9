"""`outreach calendar …`: terms, holidays and named days of schools and regions."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from outreach.cli.access import acting, operator
from outreach.cli.pick import Day
from outreach.cli.screen import json_option, note, print_json, print_table, say
from outreach.core.errors import BadInput, NotFound
from outreach.organisation.audit import Actor
from outreach.organisation.calendars import (
    NewEntry,
    Place,
    enter_days,
    forget_day,
    region_place,
)
from outreach.organisation.models import CalendarEntry, CalendarKind
from outreach.organisation.schools import school_by_slug
from outreach.timing import Period
from outreach.timing.calendar_files import Event, read_calendar

_SCHOOL = click.option("--school", metavar="SCHOOL", help="The school's short name.")
_REGION = click.option(
    "--region", metavar="REGION", help="For all schools of a country or region: GB, DE-BY."
)
_EVERY = click.option("--all-schools", is_flag=True, help="For all schools.")
_KIND = click.argument("kind", type=click.Choice([kind.value for kind in CalendarKind]))


@click.group(short_help="Term dates, holidays and named days.")
def command() -> None:
    """Enter the term dates and holidays of schools, and days that have a name.

    A school has the dates of its region, else of its country, until it entered its own.
    Launches that run follow within ten minutes.
    """


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@_SCHOOL
@_REGION
@_EVERY
@click.option(
    "--as-kind",
    type=click.Choice(["term", "holiday"]),
    help="What all events are; without it their names tell terms from holidays.",
)
@click.option("--look", is_flag=True, help="Only show what would be entered.")
@acting("MANAGE_AUDIENCE", or_operator=True, school="school")
def import_(
    *,
    file: Path,
    school: str | None,
    region: str | None,
    all_schools: bool,
    as_kind: str | None,
    look: bool,
    actor: Actor,
) -> None:
    """Take over an iCalendar file (.ics), as a school or a ministry publishes it.

    Takes the place of the terms and holidays that are there from its first day on. Events with
    an hour are left out.
    """
    place = _place(school, region, all_schools)
    events = read_calendar(_read(file), filename=str(file))
    entries = [NewEntry(_kind(event, as_kind), event.name, event.period) for event in events]
    for entry in entries:
        days = f"{entry.period.first} to {entry.period.last}"
        say(f"{entry.kind.label:<8} {days}  {entry.name}")
    if look:
        note("Nothing was entered.")
        return
    number = enter_days(place, entries, source=file.name, replaces_year=True, actor=actor)
    say(f"{number} entered for {place}.")


@command.command()
@_KIND
@click.argument("first", type=Day())
@click.argument("last", type=Day(), required=False)
@click.option("--name", default="", help="Of a day: a short name, like sports-day.")
@_SCHOOL
@_REGION
@_EVERY
@acting("MANAGE_AUDIENCE", or_operator=True, school="school")
def add(
    *,
    kind: str,
    first: date,
    last: date | None,
    name: str,
    school: str | None,
    region: str | None,
    all_schools: bool,
    actor: Actor,
) -> None:
    """Enter a term, a holiday or a named day, from its FIRST day to its LAST."""
    place = _place(school, region, all_schools)
    entry = NewEntry(CalendarKind(kind), name.strip(), Period(first, last or first))
    if enter_days(place, [entry], actor=actor):
        say(f"{entry.kind.label} from {first} to {entry.period.last} entered for {place}.")
    else:
        say("It is there already; nothing changed.")


@command.command()
@_KIND
@click.argument("first", type=Day())
@_SCHOOL
@_REGION
@_EVERY
@acting("MANAGE_AUDIENCE", or_operator=True, school="school")
def forget(
    *,
    kind: str,
    first: date,
    school: str | None,
    region: str | None,
    all_schools: bool,
    actor: Actor,
) -> None:
    """Take away what begins on its FIRST day."""
    place = _place(school, region, all_schools)
    forget_day(place, CalendarKind(kind), first, actor=actor)
    say(f"Taken away from {place}.")


@command.command()
@_SCHOOL
@json_option
@operator
def show(*, school: str | None, as_json: bool) -> None:
    """Show what is entered: of one school with what it has from its region, or all."""
    rows = _rows(school)
    if as_json:
        print_json([_as_dict(row) for row in rows])
        return
    print_table(
        ["for", "what", "first day", "last day", "name", "from"],
        [
            [
                _whose(row),
                CalendarKind(row.kind).label,
                row.first_day,
                row.last_day,
                row.name,
                row.source or row.entered_by,
            ]
            for row in rows
        ],
        empty="No term dates yet. Enter them: outreach calendar import --help.",
    )


def _place(school: str | None, region: str | None, all_schools: bool) -> Place:
    given = [each for each in (school, region, all_schools) if each]
    if len(given) != 1:
        raise BadInput(
            "Whose days are these?", remedy="Say one of --school, --region and --all-schools."
        )
    return Place(school_by_slug(school)) if school else region_place(region or "")


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise NotFound(f"It cannot be read: {error.strerror}.", where=str(file)) from error


def _kind(event: Event, as_kind: str | None) -> CalendarKind:
    if as_kind:
        return CalendarKind(as_kind)
    return CalendarKind.TERM if event.is_term else CalendarKind.HOLIDAY


def _rows(slug: str | None) -> list[CalendarEntry]:
    found = CalendarEntry.objects.select_related("school").order_by("first_day", "kind", "pk")
    if slug is None:
        return list(found)
    school = school_by_slug(slug)
    return [row for row in found if row.school_id == school.pk or _reaches(row, school.country)]


def _reaches(row: CalendarEntry, country: str) -> bool:
    return row.school_id is None and row.country in ("", country)


def _whose(row: CalendarEntry) -> str:
    return str(Place(row.school, row.country, row.region))


def _as_dict(row: CalendarEntry) -> dict[str, object]:
    return {
        "for": _whose(row),
        "kind": row.kind,
        "first_day": row.first_day,
        "last_day": row.last_day,
        "name": row.name,
        "source": row.source,
        "entered_by": row.entered_by,
        "entered_at": row.entered_at,
    }
