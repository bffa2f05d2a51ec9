"""The calendar of all sends, and moving one: first what it changes, then the change."""

from __future__ import annotations

import re
from datetime import date

import pytest
import web_builders as build
from django.db import connection
from django.test.utils import CaptureQueriesContext
from web_client import AppClient

from outreach.campaigns.models import CampaignVersion, Launch
from outreach.core.clock import now
from outreach.organisation.audit import OPERATOR
from outreach.organisation.calendars import NewEntry, Place, enter_days
from outreach.organisation.models import AuditEntry, CalendarKind, Role, School, Staff
from outreach.timing import Period
from tests.organisation.contact_builders import make_ready

MOST_STATEMENTS = 30
STEP_DAY = "2026-11-05"


def page(client: AppClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.fixture
def draft(school: School, manager: Staff) -> Launch:
    """A draft of two steps, on 2 and 5 November, that can be rehearsed."""
    build.build_version()
    head = "---\nsubject: A\npreheader: B\nreviewed_by: null\n---\n"
    stop = "{{ help.sms_line }}. {{ sms.stop_line }}\n"
    steps = ("launch", "where-to-report")
    files = {f"en/{step}.email.md": f"{head}Hello.\n" for step in steps}
    files |= {f"en/{step}.sms.txt": f"{{{{ school.name }}}}: hello. {stop}" for step in steps}
    CampaignVersion.objects.update(files=files)
    make_ready()
    return build.build_draft(manager)


def seen(shown: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', shown)
    return found[1] if found else ""


@pytest.mark.parametrize("view", ["month", "year", "list"])
def test_sends_stand_on_their_days_also_before_they_start(
    client: AppClient, manager: Staff, approver: Staff, draft: Launch, view: str
) -> None:
    shown = page(client.as_staff(manager), f"/calendar?view={view}&month=2026-11")
    assert "The film, and one rule" in shown
    assert "Where to report it, and who helps" in shown


def test_a_running_send_stands_once_on_each_of_its_days(
    client: AppClient, manager: Staff, approver: Staff, school: School
) -> None:
    build.build_running(manager, approver)
    shown = page(client.as_staff(approver), "/calendar?view=list&month=2026-11")
    assert shown.count("The film, and one rule") == 1
    assert "Move" not in shown


def test_more_sends_than_fit_are_said(
    client: AppClient, manager: Staff, draft: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    build.build_draft(manager, "Another")
    monkeypatch.setattr("outreach.web.manager.calendar.entries._MOST_PLANS", 1)
    assert "more sends than this page can show" in page(client.as_staff(manager), "/calendar")


def test_nothing_to_show_says_so(client: AppClient, manager: Staff) -> None:
    shown = page(client.as_staff(manager), "/calendar?view=list&month=2027-03")
    assert "Nothing goes out in this time." in shown


def test_terms_and_holidays_stand_behind_the_days_of_the_schools_looked_at(
    client: AppClient, manager: Staff, school: School
) -> None:
    build.build_school("other")
    enter_days(
        Place(school=school),
        [
            NewEntry(CalendarKind.TERM, "", Period(date(2026, 9, 1), date(2026, 11, 13))),
            NewEntry(CalendarKind.HOLIDAY, "", Period(date(2026, 11, 14), date(2026, 11, 29))),
        ],
        actor=OPERATOR,
    )
    both = page(client.as_staff(manager), "/calendar?month=2026-11")
    assert "School holidays at 1 of 2 schools" in both
    assert "Nobody entered term dates for 1 school." in both
    one = page(client, "/calendar?month=2026-11&school=greenhill")
    assert 'title="School holidays"' in one
    christmas = page(client, "/calendar?month=2026-12&country=GB")
    assert "Public holiday" in christmas


def test_a_school_or_country_sees_only_what_goes_out_there(
    client: AppClient, manager: Staff, draft: Launch, school: School
) -> None:
    other = build.build_school("elsewhere")
    School.objects.filter(pk=other.pk).update(country="DE")
    draft.schools.set([school])
    here = page(client.as_staff(manager), "/calendar?month=2026-11&school=greenhill")
    there = page(client, "/calendar?month=2026-11&country=DE")
    assert "The film, and one rule" in here
    assert "The film, and one rule" not in there
    assert client.get("/calendar?school=nowhere").status_code == 404


@pytest.mark.parametrize("month", ["", "soon", "2026-13", "99999-01", "2026-²", "-", "1800-01"])
def test_a_month_that_is_none_is_this_month(client: AppClient, manager: Staff, month: str) -> None:
    assert "November 2026" in page(client.as_staff(manager), f"/calendar?month={month}")


def test_a_step_is_moved_in_a_new_version_after_its_consequence_was_shown(
    client: AppClient, manager: Staff, draft: Launch
) -> None:
    address = f"/launches/{draft.uuid}/steps/where-to-report/{STEP_DAY}/move"
    assert "Move to another day" in page(client.as_staff(manager), address)
    given = {"what": "step", "day": "2026-11-09", "why": "A concert.", "do": "look"}
    shown = client.post(address, given).content.decode()

    assert "Thu 5 Nov 2026" in shown
    assert "Mon 9 Nov 2026" in shown
    assert draft.version.campaign.versions.count() == 1
    client.post(address, given | {"do": "save", "seen": seen(shown)})
    draft.refresh_from_db()
    assert draft.version.number == 2
    assert "{after: launch, days: 7," in draft.version.definition
    entry = AuditEntry.objects.get(action="launch.changed")
    assert (entry.why, entry.details["version"]) == ("A concert.", [1, 2])


def test_a_whole_send_is_moved_with_its_steps(
    client: AppClient, manager: Staff, draft: Launch
) -> None:
    address = f"/launches/{draft.uuid}/steps/where-to-report/{STEP_DAY}/move"
    given = {"what": "send", "day": "2026-11-12", "why": "", "do": "look"}
    shown = client.as_staff(manager).post(address, given).content.decode()
    client.post(address, given | {"do": "save", "seen": seen(shown)})
    draft.refresh_from_db()
    assert (draft.starts_on, draft.version.number) == (date(2026, 11, 9), 1)


def test_a_move_that_nobody_looked_at_is_shown_first(
    client: AppClient, manager: Staff, draft: Launch
) -> None:
    address = f"/launches/{draft.uuid}/steps/where-to-report/{STEP_DAY}/move"
    given = {"what": "send", "day": "2026-11-12", "why": "", "do": "save"}
    shown = client.as_staff(manager).post(address, given).content.decode()
    assert "What this changes" in shown
    draft.refresh_from_db()
    assert draft.starts_on == now().date()


def test_a_move_before_the_day_it_counts_from_is_refused(
    client: AppClient, manager: Staff, draft: Launch
) -> None:
    address = f"/launches/{draft.uuid}/steps/where-to-report/{STEP_DAY}/move"
    given = {"what": "step", "day": "2026-11-01", "why": "", "do": "look"}
    shown = client.as_staff(manager).post(address, given).content.decode()
    assert "before the day that it counts from" in shown


@pytest.mark.parametrize("part", ["no-step/2026-11-05", "launch/not-a-day"])
def test_a_step_or_day_that_is_none_is_not_found(
    client: AppClient, manager: Staff, draft: Launch, part: str
) -> None:
    address = f"/launches/{draft.uuid}/steps/{part}/move"
    assert client.as_staff(manager).get(address).status_code == 404


def test_school_staff_are_not_shown_the_calendar(client: AppClient, school: School) -> None:
    staff = build.build_staff("Sam", Role.SCHOOL_STAFF, school=school)
    assert client.as_staff(staff).get("/calendar").status_code == 403


@pytest.mark.parametrize("view", ["month", "year"])
def test_the_calendar_keeps_to_its_budget_of_statements(
    client: AppClient, manager: Staff, approver: Staff, school: School, view: str
) -> None:
    for number in range(4):
        build.build_running(manager, approver, f"Send {number}")
    client.as_staff(manager)
    page(client, f"/calendar?view={view}")
    with CaptureQueriesContext(connection) as found:
        page(client, f"/calendar?view={view}")
    assert len(found) <= MOST_STATEMENTS
