"""Term dates by the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_terminal import outreach, school

from outreach.organisation.calendars import calendars_of
from outreach.organisation.models import AuditEntry, CalendarEntry, School
from outreach.timing import Edge

ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:x
BEGIN:VEVENT
UID:1
SUMMARY:Herbstferien
DTSTART;VALUE=DATE:20261102
DTEND;VALUE=DATE:20261107
END:VEVENT
BEGIN:VEVENT
UID:2
SUMMARY:Weihnachtsferien
DTSTART;VALUE=DATE:20261224
DTEND;VALUE=DATE:20270109
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def ics(tmp_path: Path) -> Path:
    file = tmp_path / "ferien.ics"
    file.write_text(ICS.replace("\n", "\r\n"), encoding="utf-8")
    return file


def starts(slug: str) -> list[str]:
    found = calendars_of(School.objects.filter(slug=slug))
    (calendar,) = found.values()
    return [str(day) for day in calendar.edges(Edge.HOLIDAY_START)]


@pytest.mark.django_db
def test_a_school_has_its_regions_dates_until_it_entered_its_own(ics: Path) -> None:
    school("north")
    School.objects.filter(slug="north").update(country="DE", region="DE-BY")
    done = outreach("calendar", "import", ics, "--region", "DE-BY")
    assert done.out.splitlines()[-1] == "2 entered for DE-BY."
    assert starts("north") == ["2026-11-02", "2026-12-24"]
    outreach("calendar", "add", "holiday", "2026-10-05", "2026-10-10", "--school", "north")
    assert starts("north") == ["2026-10-05"]
    outreach("calendar", "forget", "holiday", "2026-10-05", "--school", "north")
    assert starts("north") == ["2026-11-02", "2026-12-24"]
    assert AuditEntry.objects.filter(subject="school:north", action__startswith="calendar").exists()


@pytest.mark.django_db
def test_the_same_file_again_changes_nothing_and_a_look_enters_nothing(ics: Path) -> None:
    looked = outreach("calendar", "import", ics, "--all-schools", "--look")
    assert "Herbstferien" in looked.out
    assert not CalendarEntry.objects.exists()
    for _ in range(2):
        assert outreach("calendar", "import", ics, "--all-schools").code == 0
    shown = outreach("calendar", "show", "--json").json
    assert [(each["for"], each["first_day"]) for each in shown] == [
        ("all schools", "2026-11-02"),
        ("all schools", "2026-12-24"),
    ]


@pytest.mark.django_db
def test_what_cannot_be_used_is_refused_in_words(ics: Path) -> None:
    assert "Say one of --school, --region" in outreach("calendar", "import", ics).err
    wrong = outreach("calendar", "add", "holiday", "2026-10-05", "2026-10-01", "--all-schools")
    assert "is no holiday" in wrong.err
    assert "needs a name" in outreach("calendar", "add", "day", "2026-10-05", "--all-schools").err
    assert outreach("calendar", "forget", "day", "2026-10-05", "--all-schools").code != 0
