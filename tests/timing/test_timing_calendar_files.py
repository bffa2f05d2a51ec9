"""iCalendar files as ministries and schools publish them."""

from __future__ import annotations

from datetime import date

import pytest

from outreach.core.errors import BadFile
from outreach.timing import Period
from outreach.timing.calendar_files import read_calendar


def calendar(*events: str) -> bytes:
    body = "".join(
        f"BEGIN:VEVENT\r\nUID:{n}\r\n{event}END:VEVENT\r\n" for n, event in enumerate(events)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{body}END:VCALENDAR\r\n".encode()


def event(summary: str, first: str, end: str = "") -> str:
    ends = f"DTEND;VALUE=DATE:{end}\r\n" if end else ""
    return f"SUMMARY:{summary}\r\nDTSTART;VALUE=DATE:{first}\r\n{ends}"


def test_the_end_of_an_event_is_the_day_after_its_last() -> None:
    (found,) = read_calendar(
        calendar(event("Herbstferien Bayern 2026", "20261102", "20261107")), filename="by.ics"
    )
    assert found.period == Period(date(2026, 11, 2), date(2026, 11, 6))
    assert found.name == "Herbstferien Bayern 2026"
    assert not found.is_term


@pytest.mark.parametrize(
    ("summary", "is_term"),
    [
        ("Autumn term 1", True),
        ("Half-term", False),
        ("October half term holiday", False),
        ("Winterferien", False),
        ("Semester 2", True),
    ],
)
def test_a_term_is_told_from_a_holiday_by_its_name(summary: str, is_term: bool) -> None:
    (found,) = read_calendar(calendar(event(summary, "20261102", "20261107")), filename="x.ics")
    assert found.is_term is is_term


def test_appointments_and_what_is_cancelled_are_left_out() -> None:
    raw = calendar(
        "SUMMARY:Parents' evening\r\nDTSTART:20261103T180000Z\r\nDTEND:20261103T200000Z\r\n",
        event("Cancelled trip", "20261104", "20261105") + "STATUS:CANCELLED\r\n",
        event("INSET day", "20261105"),
    )
    (found,) = read_calendar(raw, filename="x.ics")
    assert found.period == Period(date(2026, 11, 5), date(2026, 11, 5))


@pytest.mark.parametrize("raw", [b"", b"term,from,to\n", b"\xff\xfe\x00", b"BEGIN:VCALENDAR\r\n"])
def test_what_is_no_calendar_is_refused_in_words(raw: bytes) -> None:
    with pytest.raises(BadFile) as refused:
        read_calendar(raw, filename="terms.ics")
    assert "`outreach calendar add`" in str(refused.value.problems[0])
