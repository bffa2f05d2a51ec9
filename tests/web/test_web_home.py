"""The first page says what goes out, what needs the viewer, and how the last sends did."""

from __future__ import annotations

from datetime import timedelta

import pytest
import web_builders as build
from django.db import connection
from django.test.utils import CaptureQueriesContext
from web_client import AppClient

from outreach.campaigns.actions import pause_launch, request_review
from outreach.core.clock import FrozenClock, now
from outreach.delivery.models import SchoolStop, SenderHealth
from outreach.organisation.models import Role, School, Staff
from outreach.organisation.staff import actor_of
from outreach.replies.models import CaseKind

MOST_STATEMENTS = 40


def home(client: AppClient, staff: Staff) -> str:
    answer = client.as_staff(staff).get("/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_empty_home_says_what_to_do_first(client: AppClient, manager: Staff) -> None:
    shown = home(client, manager)
    assert "No campaign here yet" in shown
    assert "Nobody of the organisation is alerted to calls for help" in shown
    assert "Nothing goes out today." in shown


def test_today_and_the_week_show_steps_with_their_hour_and_number(
    client: AppClient, manager: Staff, approver: Staff, school: School
) -> None:
    launch = build.build_running(manager, approver)
    build.count_up(launch, delivered=1200, pending=300)
    shown = home(client, approver)
    today, _, later = shown.partition("The next six days")
    assert "The film, and one rule" in today
    assert "16:30" in today
    assert "1\u202f200 of 1\u202f500" in today
    assert "Where to report it, and who helps" in later
    assert "Thu 5 Nov 2026" in later


def test_a_step_past_the_week_is_left_to_the_calendar(
    client: AppClient, manager: Staff, approver: Staff, school: School
) -> None:
    build.build_running(manager, approver, starts_on=now().date() + timedelta(days=5))
    shown = home(client, manager)
    assert "The film, and one rule" in shown
    assert "Where to report it, and who helps" not in shown


def test_a_call_for_help_stands_above_all_else_for_those_who_may_read_it(
    client: AppClient, organisation: FrozenClock, school: School, manager: Staff
) -> None:
    build.build_case(school, kind=CaseKind.QUESTION)
    build.build_case(school, kind=CaseKind.HOLD)
    build.build_case(school, kind=CaseKind.CRISIS)
    SenderHealth.objects.create(sender=build.build_sender(), state="tripped", since=now(), why="No")
    shown = home(client, build.build_staff("Ada", Role.ADMINISTRATOR))
    first = shown.index("1 person may be in distress")
    assert first < shown.index("does not work") < shown.index("1 reply of which we are not sure")
    assert "1 reply waits to be read" in shown
    assert "may be in distress" not in home(client, manager)


def test_an_approver_is_asked_and_the_maker_waits(
    client: AppClient, manager: Staff, approver: Staff, school: School
) -> None:
    launch = build.build_draft(manager)
    request_review(launch, actor=actor_of(manager), accepts_unreviewed=True)
    assert "Autumn waits for your approval" in home(client, approver)
    assert "Autumn waits for a second person" in home(client, manager)
    auditor = home(client, build.build_staff("Otto", Role.AUDITOR))
    assert "waits for" not in auditor


def test_what_is_paused_failing_stopped_or_unknown_waits_for_the_manager(
    client: AppClient, manager: Staff, approver: Staff, school: School
) -> None:
    launch = build.build_running(manager, approver)
    delivery = build.build_delivery(launch, build.build_address(school), school, "unknown")
    build.build_unknown(launch, delivery)
    SenderHealth.objects.create(
        sender=build.build_sender(), state="tripped", since=now(), why="Refused 20 of 20 calls."
    )
    pause_launch(launch, actor=actor_of(manager), why="A typo.")
    SchoolStop.objects.create(school=school, why="Exams.", actor="a@b.test", at=now())
    shown = home(client, manager)
    for words in (
        "1 message of Autumn with unknown outcome",
        "hello@outreach.test does not work",
        "Refused 20 of 20 calls.",
        "Autumn is paused",
        "A typo.",
        "Nothing goes out in the name of 1 school",
        "Say No!, version 1: 1 language that nobody reviewed",
    ):
        assert words in shown


def test_how_the_last_sends_did_stands_in_the_plot_and_in_the_table(
    client: AppClient, manager: Staff, approver: Staff, school: School
) -> None:
    launch = build.build_running(manager, approver)
    build.count_up(launch, delivered=900, accepted=60, bounced=40, failed=5, skipped=70)
    shown = home(client, manager)
    assert '<rect class="s-delivered" x=' in shown
    assert "<title>The film, and one rule, 02 Nov 2026: 900 Delivered</title>" in shown
    assert '<td data-label="Went out">1\u202f000</td>' in shown
    assert "900 (90 %)" in shown


def test_the_menu_folds_and_says_where_the_page_lies(
    client: AppClient, manager: Staff, school: School
) -> None:
    shown = client.as_staff(manager).get("/schools").content.decode()
    assert '<summary class="here">Schools</summary>' in shown
    assert shown.count('aria-current="page"') == 1
    assert "<summary>Sends</summary>" in shown


@pytest.mark.parametrize("launches", [1, 6])
def test_statements_do_not_grow_with_the_sends(
    client: AppClient, manager: Staff, approver: Staff, school: School, launches: int
) -> None:
    for number in range(launches):
        build.count_up(build.build_running(manager, approver, f"Send {number}"), delivered=3)
    home(client, manager)
    with CaptureQueriesContext(
        connection,
    ) as found:
        home(client, manager)
    assert len(found) <= MOST_STATEMENTS
