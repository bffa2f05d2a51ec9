"""A school sees what will be sent to its parents, holds, moves or leaves out, and only its own."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
import web_builders as build
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from web_client import AppClient

from outreach.campaigns.actions import approve_move, ask_move, set_bounds
from outreach.campaigns.models import (
    CampaignVersion,
    Launch,
    SchoolChange,
    StepRun,
    StepRunState,
)
from outreach.delivery.models import SchoolStop
from outreach.organisation.accounts import invite_again, withdraw_invitation
from outreach.organisation.audit import OPERATOR
from outreach.organisation.calendars import NewEntry, Place, enter_days
from outreach.organisation.models import CalendarEntry, CalendarKind, Role, School, Staff
from outreach.organisation.sign_in_models import StaffLink
from outreach.organisation.staff import actor_of
from outreach.timing import Period

MOST_STATEMENTS = 30
REPORT_DAY = "2026-11-05"
CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//school//EN
BEGIN:VEVENT
UID:1
DTSTAMP:20260901T000000Z
SUMMARY:Autumn break
DTSTART;VALUE=DATE:20261105
DTEND;VALUE=DATE:20261107
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTAMP:20260901T000000Z
SUMMARY:Christmas holidays
DTSTART;VALUE=DATE:20261221
DTEND;VALUE=DATE:20270102
END:VEVENT
END:VCALENDAR
"""


def holiday(first: str, last: str) -> NewEntry:
    period = Period(date.fromisoformat(first), date.fromisoformat(last))
    return NewEntry(CalendarKind.HOLIDAY, "", period)


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.fixture
def launch(school: School, manager: Staff, approver: Staff) -> Launch:
    """Two steps, on 2 and 5 November, with texts that can be shown."""
    build.build_version()
    head = "---\nsubject: A word from {{ school.name }}\npreheader: B\nreviewed_by: null\n---\n"
    files = {}
    for step in ("launch", "where-to-report"):
        files[f"en/{step}.email.md"] = f"{head}Hello.\n"
        files[f"en/{step}.sms.txt"] = "{{ school.name }}: hello. {{ sms.stop_line }}\n"
    CampaignVersion.objects.update(files=files)
    build.build_sender()
    return build.build_running(manager, approver)


@pytest.fixture
def clerk(client: AppClient, school: School, launch: Launch) -> AppClient:
    return client.as_staff(build.build_staff("Clerk", Role.SCHOOL_STAFF, school=school))


@pytest.fixture
def home(school: School) -> str:
    return f"/school/{school.uuid}/home"


@pytest.fixture
def step(school: School, launch: Launch) -> str:
    return f"/school/{school.uuid}/sends/{launch.uuid}/where-to-report/{REPORT_DAY}"


def test_clerk_begins_with_what_will_be_sent_and_what_is_still_to_do(
    clerk: AppClient, home: str
) -> None:
    assert clerk.get("/")["Location"] == home
    with CaptureQueriesContext(
        connection,
    ) as asked:
        shown = text_of(clerk.get(home))
    assert len(asked) <= MOST_STATEMENTS
    assert "Where to report it, and who helps" in shown
    assert "Thu 5 Nov 2026" in shown
    assert "Upload your first list" in shown
    assert "Enter your term dates" in shown


def test_school_without_a_send_reads_what_to_do(
    client: AppClient, school: School, manager: Staff, home: str
) -> None:
    assert "Nothing is planned for your school" in text_of(client.as_staff(manager).get(home))


def test_counting_says_how_many_would_get_each_and_keeps_nothing(
    clerk: AppClient, school: School, home: str
) -> None:
    build.build_address(school)
    shown = text_of(clerk.post(home))
    assert "0 people" in shown  # on record, but has not agreed
    assert Launch.objects.count() == 1


def test_message_is_shown_as_email_and_text(clerk: AppClient, step: str) -> None:
    shown = text_of(clerk.get(step))
    assert "A word from Greenhill" in shown
    assert "Greenhill: hello." in shown
    mail = clerk.get(f"{step}/en.html")
    assert mail.status_code == 200
    assert "sandbox" in mail["Content-Security-Policy"]


def test_holding_everything_takes_one_reason_and_is_lifted_again(
    clerk: AppClient, school: School, home: str
) -> None:
    hold = f"/school/{school.uuid}/hold"
    assert "Please mend" in text_of(clerk.post(hold, {"why": ""}))
    assert not SchoolStop.objects.exists()
    assert clerk.post(hold, {"why": "an accident"})["Location"] == home
    stop = SchoolStop.objects.get(lifted_at=None)
    assert (stop.school, stop.launch, stop.why, stop.actor) == (
        school,
        None,
        "an accident",
        "clerk@outreach.test",
    )
    assert "Everything is held" in text_of(clerk.get(home))
    clerk.post(f"/school/{school.uuid}/go-on")
    assert not SchoolStop.objects.filter(lifted_at=None).exists()


def test_school_moves_within_the_bounds_that_the_manager_set_on_a_page(
    clerk: AppClient, manager: Staff, launch: Launch, step: str, home: str
) -> None:
    assert "cannot be changed" in text_of(clerk.get(f"{step}/change"))
    client = clerk.as_staff(manager)
    client.post(f"/launches/{launch.uuid}/bounds", {"move_days": "2", "may_skip": "on"})
    client.as_staff(Staff.objects.get(name="Clerk"))
    moved = {"what": "move", "day": "2026-11-06", "why": "sports day"}
    too_far = client.post(f"{step}/change", {**moved, "day": "2026-11-09"})
    assert "too far away" in text_of(too_far)
    assert client.post(f"{step}/change", moved)["Location"] == home
    change = SchoolChange.objects.get()
    assert (change.day, change.why, change.actor) == (
        date(2026, 11, 6),
        "sports day",
        "clerk@outreach.test",
    )
    assert "Moved by your school" in text_of(client.get(home))
    client.as_staff(manager)
    told = text_of(client.get(f"/launches/{launch.uuid}/bounds"))
    assert "Greenhill: Where to report it, and who helps, Thu 5 Nov 2026 → Fri 6 Nov 2026" in told
    client.as_staff(Staff.objects.get(name="Clerk"))
    back = {"what": "undo", "why": "it rains"}
    assert client.post(f"{step}/change", back)["Location"] == home
    assert not SchoolChange.objects.filter(undone_at=None).exists()


def test_a_change_of_a_step_that_a_move_gave_up_keeps_the_title_of_the_step(
    clerk: AppClient, manager: Staff, approver: Staff, launch: Launch, step: str
) -> None:
    set_bounds(launch, move_days=2, may_skip=True, actor=OPERATOR)
    clerk.post(f"{step}/change", {"what": "skip", "why": "our own evening"})
    other = build.DEFINITION.replace("where-to-report", "who-helps").replace("Where to", "How to")
    version = build.build_version(other)
    version.files = {
        name.replace("where-to-report", "who-helps"): text
        for name, text in launch.version.files.items()
    }
    version.save()
    ask_move(launch, version, actor=actor_of(manager), why="New words.", accepts_unreviewed=True)
    approve_move(launch, actor=actor_of(approver))
    assert not StepRun.objects.filter(step_key="where-to-report").exists()
    told = text_of(clerk.as_staff(manager).get(f"/launches/{launch.uuid}/bounds"))
    assert "Greenhill: Where to report it, and who helps, Thu 5 Nov 2026 → left out" in told


def test_no_school_sees_or_changes_what_another_does(
    clerk: AppClient, launch: Launch, step: str, home: str
) -> None:
    set_bounds(launch, move_days=2, may_skip=True, actor=OPERATOR)
    clerk.post(f"{step}/change", {"what": "skip", "why": "a death at our school"})
    other = build.build_school("elsewhere")
    clerk.as_staff(build.build_staff("Else", Role.SCHOOL_STAFF, school=other))
    shown = text_of(clerk.get(f"/school/{other.uuid}/home"))
    assert "Where to report it" in shown
    assert "a death at our school" not in shown
    assert clerk.get(home).status_code == 404
    assert clerk.post(f"{step}/change", {"what": "undo", "why": "x"}).status_code == 404


def test_message_of_today_says_that_it_goes_out_and_then_that_it_has(
    clerk: AppClient, launch: Launch, home: str
) -> None:
    run = launch.step_runs.order_by("day", "position").first()
    assert run is not None
    StepRun.objects.filter(pk=run.pk).update(
        day=date(2026, 11, 2), at=time(9), state=StepRunState.PLANNED
    )
    assert "Going out" in text_of(clerk.get(home))
    StepRun.objects.filter(pk=run.pk).update(state=StepRunState.FINISHED)
    assert "Gone out" in text_of(clerk.get(home))


def test_impossible_day_is_as_good_as_none(clerk: AppClient, step: str) -> None:
    assert clerk.get(step.replace(REPORT_DAY, "2026-02-31")).status_code == 404
    assert clerk.get(step.replace(REPORT_DAY, "2026-11-04")).status_code == 404


def test_last_day_before_the_first_is_said_at_its_field(clerk: AppClient, school: School) -> None:
    days = {"do": "add", "kind": "holiday", "first": "2026-12-21", "last": "2026-12-10"}
    shown = text_of(clerk.post(f"/school/{school.uuid}/term-dates", days))
    assert "The last day is before the first." in shown
    assert 'value="2026-12-10"' in shown


def test_term_dates_are_looked_at_before_they_are_saved(clerk: AppClient, school: School) -> None:
    address = f"/school/{school.uuid}/term-dates"
    enter_days(Place(country="GB"), [holiday("2026-12-21", "2027-01-02")], actor=OPERATOR)
    shown = text_of(clerk.get(address))
    assert "those of GB count" in shown
    given = {"kind": "holiday", "first": "2026-11-05", "last": "2026-11-06", "name": "Half-term"}
    looked = text_of(clerk.post(address, {"do": "add", **given}))
    assert "those of GB no more" in looked
    assert not CalendarEntry.objects.filter(school=school).exists()
    line = "holiday|2026-11-05|2026-11-06|Half-term"
    assert line in looked
    assert clerk.post(address, {"do": "save", "lines": line})["Location"] == address
    saved = CalendarEntry.objects.get(school=school)
    assert (saved.name, saved.entered_by) == ("Half-term", "clerk@outreach.test")
    taken = clerk.post(address, {"do": "save", "lines": line, "forgets": "on"})
    assert taken.status_code == 302
    assert not CalendarEntry.objects.filter(school=school).exists()


def test_the_effect_of_term_dates_on_what_comes_is_shown(
    clerk: AppClient, launch: Launch, school: School
) -> None:
    keeps = build.DEFINITION.replace(
        'at: "17:00", within: 3h}', 'at: "17:00", within: 3h}\n    not_on: [school-holidays]'
    )
    version = build.build_version(keeps)
    Launch.objects.update(version=version)
    file = SimpleUploadedFile("terms.ics", CALENDAR.encode())
    looked = text_of(clerk.post(f"/school/{school.uuid}/term-dates", {"do": "file", "file": file}))
    assert "Autumn break" in looked
    assert "Where to report it, and who helps" in looked
    assert "not planned" in looked  # before: nobody knew the holidays
    assert "Sat 7 Nov 2026" in looked
    assert not CalendarEntry.objects.exists()


def test_contacts_who_were_invited_are_shown_until_they_come_or_their_invitation_is_withdrawn(
    clerk: AppClient, school: School
) -> None:
    address = f"/school/{school.uuid}/contacts"
    clerk.post(f"{address}/new", {"name": "Nora", "email": "nora@school.example"})
    nora = Staff.objects.get(name="Nora")
    heading, hint = "Invited, not here yet", "An administrator can invite them again."
    shown = text_of(clerk.get(address))
    assert heading in shown
    assert hint not in shown
    StaffLink.objects.update(expires_at=timezone.now())
    shown = text_of(clerk.get(address))
    assert "Invitation too old" in shown
    assert hint in shown
    invite_again(nora, actor=OPERATOR)
    assert hint not in text_of(clerk.get(address))
    withdraw_invitation(nora, actor=OPERATOR)
    shown = text_of(clerk.get(address))
    assert heading not in shown
    assert "nora@school.example" not in shown


def test_school_invites_a_contact_and_tests_the_alert(clerk: AppClient, school: School) -> None:
    address = f"/school/{school.uuid}/contacts"
    lead = Staff.objects.get(roles__role=Role.SAFEGUARDING_LEAD)
    assert lead.name in text_of(clerk.get(address))
    assert clerk.post(f"{address}/{lead.uuid}/test").status_code == 302
    assert lead.alert_tests.filter(sent_by="clerk@outreach.test").exists()
    new = {"name": "Nora", "email": "nora@school.example"}
    assert clerk.post(f"{address}/new", new)["Location"] == address
    assert "Invited, not here yet" in text_of(clerk.get(address))
    role = Staff.objects.get(name="Nora").roles.get()
    assert (role.role, role.school) == (Role.SAFEGUARDING_LEAD, school)
    own = {"name": "Clerk", "email": "clerk@outreach.test"}
    assert "has an account already" in text_of(clerk.post(f"{address}/new", own))
    changed = clerk.post(f"{address}/{lead.uuid}/phone", {"phone": "07700 900555"})
    assert changed.status_code == 302
    lead.refresh_from_db()
    assert lead.phone == "+447700900555"
    Staff.objects.filter(pk=lead.pk).update(phone="")
    told = text_of(clerk.post(f"{address}/{lead.uuid}/test", follow=True))
    assert "Add it on the page Contacts of their school" in told
    Staff.objects.filter(pk=lead.pk).update(phone=lead.phone)
    assert "No test alert yet" in text_of(clerk.get(address))
