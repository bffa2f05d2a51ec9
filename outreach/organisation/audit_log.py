"""Reading the audit log: by who, what, when and school, the newest first.

Refuses to change anything: entries are only ever added, and no role of the database that pages
and workers have may alter or delete one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from csv import writer
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from io import StringIO
from uuid import UUID

from django.db.models import Q, QuerySet

from outreach.core.spreadsheets import harmless
from outreach.organisation.models import AuditEntry, Staff
from outreach.organisation.sealed_fields import partly

MOST_EXPORTED = 50_000
_COLUMNS = ("when", "who", "what", "about", "why", "details")
_STAFF = "staff:"


@dataclass(frozen=True)
class Wanted:
    """What to read; what is empty does not narrow it.

    `who`: part of an address (all of it where they are encrypted), or `system:` …
    `what`: the beginning of an action, like `launch.`
    or `staff.role-given`. `school`: its slug. `first_day`, `last_day`: in `zone`, both included.
    """

    zone: tzinfo
    who: str = ""
    what: str = ""
    school: str = ""
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True)
class Line:
    """An entry as people read it. `about`: a name where the subject is a member of staff."""

    number: int
    at: datetime
    who: str
    what: str
    about: str
    why: str
    details: tuple[tuple[str, str], ...]


def read_log(wanted: Wanted, *, before: int | None = None, most: int) -> list[Line]:
    """At most `most` entries older than the entry number `before`."""
    found = _matching(wanted)
    if before is not None:
        found = found.filter(pk__lt=before)
    entries = list(found.order_by("-pk")[:most])
    names = _names(entries)
    return [_line(entry, names) for entry in entries]


def export_log(wanted: Wanted) -> str:
    """The same as CSV for spreadsheets, at most the newest 50,000 entries.

    No cell begins a formula (OWASP, "CSV injection").
    """
    out = StringIO()
    rows = writer(out, lineterminator="\r\n")
    rows.writerow(_COLUMNS)
    for entry in _matching(wanted).order_by("-pk")[:MOST_EXPORTED].iterator():
        rows.writerow(harmless(cell) for cell in _cells(entry))
    return out.getvalue()


def _matching(wanted: Wanted) -> QuerySet[AuditEntry]:
    found = AuditEntry.objects.all()
    if wanted.who:
        found = found.filter(partly("actor", wanted.who))
    if wanted.what:
        found = found.filter(action__istartswith=wanted.what)
    if wanted.school:
        of_school = Q(subject=f"school:{wanted.school}") | Q(details__school=wanted.school)
        found = found.filter(of_school)
    if wanted.first_day:
        found = found.filter(at__gte=_midnight(wanted.first_day, wanted.zone))
    if wanted.last_day:
        found = found.filter(at__lt=_midnight(wanted.last_day + timedelta(days=1), wanted.zone))
    return found


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.min, zone)


def _names(entries: Iterable[AuditEntry]) -> dict[str, str]:
    """Subject → name, for the members of staff among the subjects."""
    subjects = {each.subject for each in entries if each.subject.startswith(_STAFF)}
    uuids = [UUID(subject.removeprefix(_STAFF)) for subject in subjects]
    if not uuids:
        return {}
    found = Staff.objects.filter(uuid__in=uuids).values_list("uuid", "name")
    return {f"{_STAFF}{uuid}": name for uuid, name in found}


def _line(entry: AuditEntry, names: dict[str, str]) -> Line:
    said = ((name, value) for name, value in entry.details.items() if value is not None)
    details = tuple((name, _text(value)) for name, value in said)
    return Line(
        entry.pk,
        entry.at,
        entry.actor,
        entry.action,
        names.get(entry.subject, entry.subject),
        entry.why,
        details,
    )


def _cells(entry: AuditEntry) -> Sequence[str]:
    details = json.dumps(entry.details, ensure_ascii=False) if entry.details else ""
    at = entry.at.isoformat(timespec="seconds")
    return (at, entry.actor, entry.action, entry.subject, entry.why, details)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
