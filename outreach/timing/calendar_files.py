"""Terms and holidays out of an iCalendar file, as schools and ministries publish them.

Owns which events are one: whole days, told apart by the words of their summary or by what the
person who brings the file says they are. Refuses the network and anything about who attends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import icalendar

from outreach.core.errors import BadFile, Problem
from outreach.timing.calendars import Period

LARGEST_FILE_BYTES = 2_000_000
_LONGEST_DAYS = 200
_LONGEST_NAME = 60
# A term is a word of its own, so that "winter" is none.
_TERM = re.compile(r"\b(term|trimester|semester|trimestre|quadrimestre)\b", re.IGNORECASE)
_NOT_TERM = re.compile(
    r"half[ -]?term|holiday|vacation|break|ferien|vacances|vacaciones|vacanze|f[ée]rias|vakantie",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Event:
    """`is_term`: whether its name says that school is held, and not that it is not."""

    name: str
    period: Period
    is_term: bool


def read_calendar(raw: bytes, *, filename: str) -> list[Event]:
    """Every event of whole days in an iCalendar file, in order.

    Events with an hour are appointments and are left out, and so are cancelled ones. Raises
    BadFile for what is no iCalendar file, or holds no whole day.
    """
    if len(raw) > LARGEST_FILE_BYTES:
        raise _bad("too-large", "The file is too large to be a school's calendar.", filename)
    try:
        calendar = icalendar.Calendar.from_ical(raw)
    except (ValueError, IndexError, KeyError) as error:
        raise _bad("bad-calendar", "This is not an iCalendar file.", filename) from error
    found = [event for part in calendar.walk("VEVENT") if (event := _event(part)) is not None]
    if not found:
        raise _bad("bad-calendar", "No event of this file lasts a whole day.", filename)
    return sorted(found, key=lambda event: (event.period.first, event.name))


def _event(part: icalendar.Component) -> Event | None:
    first = _day(part, "DTSTART")
    if first is None or str(part.get("STATUS", "")).upper() == "CANCELLED":
        return None
    last = _last_day(part, first)
    if not first <= last <= first + timedelta(days=_LONGEST_DAYS):
        return None
    name = " ".join(str(part.get("SUMMARY", "")).split())[:_LONGEST_NAME]
    is_term = bool(_TERM.search(name)) and not _NOT_TERM.search(name)
    return Event(name, Period(first, last), is_term)


def _last_day(part: icalendar.Component, first: date) -> date:
    """DTEND is the day after the last (RFC 5545, 3.6.1); without one it is a single day."""
    end = _day(part, "DTEND")
    if end is None:
        span = part.get("DURATION")
        end = first + span.dt if span is not None else first + timedelta(days=1)
    return max(first, end - timedelta(days=1))


def _day(part: icalendar.Component, name: str) -> date | None:
    """None for what has an hour: `datetime` is a kind of `date`."""
    found = getattr(part.get(name), "dt", None)
    return found if isinstance(found, date) and not isinstance(found, datetime) else None


def _bad(code: str, message: str, filename: str) -> BadFile:
    remedy = "Export the term dates as .ics, or enter them with `outreach calendar add`."
    return BadFile(message, [Problem(code, message, filename, remedy)], where=filename)
