"""A school's term dates: those of its region until it enters its own, and what its own change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from outreach.campaigns.calendar_effect import shifts_of
from outreach.core.errors import BadInput, OutreachError
from outreach.organisation.calendars import NewEntry, Place, enter_days, forget_day
from outreach.organisation.models import CalendarEntry, CalendarKind, School
from outreach.organisation.permissions import Right
from outreach.timing import Period
from outreach.timing.calendar_files import LARGEST_FILE_BYTES, Event, read_calendar
from outreach.web.access import StaffRequest, needs
from outreach.web.school.finding import school_of
from outreach.web.school.tabs import of_school

_BY_NAME = ""
_KINDS = (
    (CalendarKind.HOLIDAY, lazy("Holidays")),
    (CalendarKind.TERM, lazy("Term")),
    (CalendarKind.DAY, lazy("A day with a name, like a sports day")),
)
_LONGEST_NAME = 60


class DayForm(forms.Form):
    """One more line of the calendar."""

    kind = forms.ChoiceField(label=lazy("What"), choices=_KINDS)
    first = forms.DateField(
        label=lazy("First day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    last = forms.DateField(
        label=lazy("Last day"),
        required=False,
        help_text=lazy("Empty: one day only."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    name = forms.CharField(label=lazy("Name"), required=False, max_length=_LONGEST_NAME)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", gettext("The last day is before the first."))
        return cleaned


class FileForm(forms.Form):
    """A calendar file."""

    file = forms.FileField(
        label=lazy("Calendar file (.ics)"),
        help_text=lazy(
            "Your school's program or website exports it. Whole days count; it takes the place of "
            "your terms and holidays from its first day on."
        ),
        widget=forms.FileInput(attrs={"accept": ".ics,text/calendar"}),
    )
    all_are = forms.ChoiceField(
        label=lazy("Its days are"),
        required=False,
        choices=((_BY_NAME, lazy("Terms and holidays, told apart by their names")), *_KINDS[:2]),
    )


class LinesForm(forms.Form):
    """What was looked at, and is now saved: `holiday|2026-10-26|2026-10-30|Autumn` a line."""

    lines = forms.CharField(max_length=60_000, widget=forms.HiddenInput)
    replaces = forms.BooleanField(required=False, widget=forms.HiddenInput)
    forgets = forms.BooleanField(required=False, widget=forms.HiddenInput)


@dataclass(frozen=True)
class _Wish:
    """`replaces`: the years' days from the first of these on. `forgets`: takes them away."""

    entries: tuple[NewEntry, ...]
    replaces: bool = False
    forgets: bool = False

    @property
    def lines(self) -> str:
        return "\n".join(
            f"{each.kind}|{each.period.first}|{each.period.last}|{each.name}"
            for each in self.entries
        )


@needs(Right.MANAGE_AUDIENCE)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def days(request: StaffRequest, school: UUID) -> HttpResponse:
    """Looks first (`do=add`, `file`, `forget`): what it changes; then saves (`do=save`)."""
    found = school_of(request.viewer, school)
    page: dict[str, Any] = {"form": DayForm(), "file_form": FileForm()}
    if request.method == "POST":
        try:
            wish = _wish(request, page)
            if wish is not None and request.POST.get("do") == "save":
                _carry_out(request, found, wish)
                messages.success(request, gettext("Saved. Sends follow within minutes."))
                return redirect("school-days", school=found.uuid)
            if wish is not None:
                page |= _looked(request, found, wish)
        except OutreachError as error:
            page["problem"] = str(error)
    return render(request, "school/days.html", of_school(request, found) | _shown(found) | page)


def _wish(request: StaffRequest, page: dict[str, Any]) -> _Wish | None:
    """None where the form says what is wrong. Raises BadInput."""
    match request.POST.get("do"):
        case "file":
            form = page["file_form"] = FileForm(request.POST, request.FILES)
            return _of_file(form) if form.is_valid() else None
        case "add":
            day_form = page["form"] = DayForm(request.POST)
            return _of_day(day_form) if day_form.is_valid() else None
        case _:
            lines = LinesForm(request.POST)
            if not lines.is_valid():
                raise BadInput(
                    gettext("The page was not complete."), remedy=gettext("Enter the days again.")
                )
            given = lines.cleaned_data
            entries = tuple(_read(line) for line in given["lines"].splitlines())
            return _Wish(entries, given["replaces"], given["forgets"])


def _of_day(form: DayForm) -> _Wish:
    given = form.cleaned_data
    period = Period(given["first"], given["last"] or given["first"])
    return _Wish((NewEntry(CalendarKind(given["kind"]), given["name"].strip(), period),))


def _of_file(form: FileForm) -> _Wish:
    file = form.cleaned_data["file"]
    raw = file.read(LARGEST_FILE_BYTES + 1)
    events = read_calendar(raw, filename=file.name)
    kind = form.cleaned_data["all_are"]
    return _Wish(tuple(_entry(event, kind) for event in events), replaces=True)


def _entry(event: Event, kind: str) -> NewEntry:
    by_name = CalendarKind.TERM if event.is_term else CalendarKind.HOLIDAY
    return NewEntry(CalendarKind(kind) if kind else by_name, event.name, event.period)


def _read(line: str) -> NewEntry:
    parts = line.split("|", 3)
    try:
        kind, first, last, name = parts
        period = Period(date.fromisoformat(first), date.fromisoformat(last))
        return NewEntry(CalendarKind(kind), name, period)
    except ValueError as error:
        raise BadInput(
            gettext("The page was not complete."), remedy=gettext("Enter the days again.")
        ) from error


def _looked(request: StaffRequest, school: School, wish: _Wish) -> dict[str, Any]:
    shifts = shifts_of(school, lambda: _carry_out(request, school, wish))
    return {"wish": wish, "shifts": shifts}


def _carry_out(request: StaffRequest, school: School, wish: _Wish) -> None:
    actor, place = request.viewer.actor, Place(school=school)
    if wish.forgets:
        for entry in wish.entries:
            forget_day(place, entry.kind, entry.period.first, actor=actor)
        return
    enter_days(place, wish.entries, replaces_year=wish.replaces, actor=actor)


def _shown(school: School) -> dict[str, Any]:
    """Whose terms and holidays count, and the named days of all."""
    rows = list(
        CalendarEntry.objects.filter(Q(school=school) | Q(school=None)).order_by("first_day", "pk")
    )
    region = school.region.upper().removeprefix(f"{school.country}-")
    places = [(school.country, region), (school.country, ""), ("", "")]
    own = [row for row in rows if row.school_id == school.pk]
    inherited: Sequence[CalendarEntry] = ()
    if not any(row.kind != CalendarKind.DAY for row in own):
        inherited = next((found for at in places if (found := _year_of(rows, at))), ())
    whose = (
        str(Place(country=inherited[0].country, region=inherited[0].region)) if inherited else ""
    )
    return {"own": own, "inherited": inherited, "whose": whose}


def _year_of(rows: Sequence[CalendarEntry], at: tuple[str, str]) -> list[CalendarEntry]:
    return [
        row
        for row in rows
        if row.school_id is None
        and (row.country, row.region) == at
        and row.kind != CalendarKind.DAY
    ]
