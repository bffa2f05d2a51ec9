"""The life of a send through its pages: who does what next, and what each press does."""

from __future__ import annotations

from datetime import timedelta

import pytest
import web_builders as build
from web_client import AppClient

from outreach.campaigns.models import Launch, LaunchEvent, LaunchState
from outreach.core.clock import FrozenClock, now
from outreach.delivery.models import SchoolStop
from outreach.organisation.models import AuditEntry, Role, School, Staff


def page(client: AppClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def form(**changed: object) -> dict[str, object]:
    version = build.build_version()
    given = {
        "version": version.pk,
        "name": "Autumn",
        "starts_on": now().date(),
        "audience": "every",
    }
    return given | changed


def test_empty_list_says_which_commands_to_type(client: AppClient, manager: Staff) -> None:
    shown = page(client.as_staff(manager), "/launches")
    assert "outreach campaign import" in shown
    assert "outreach roster import" in shown


def test_list_says_the_state_in_words_and_the_next_day(
    client: AppClient, manager: Staff, approver: Staff, school: School
) -> None:
    build.count_up(build.build_running(manager, approver), delivered=30, pending=10, skipped=5)
    shown = page(client.as_staff(manager), "/launches")
    for words in ("Running", "30 of 40 (75 %)", "Mon 2 Nov 2026"):
        assert words in shown


def test_new_send_is_a_draft_for_the_schools_chosen(
    client: AppClient, manager: Staff, school: School
) -> None:
    other = build.build_school("elsewhere")
    given = form(audience="chosen", schools=[other.pk])
    answer = client.as_staff(manager).post("/launches/new", given)
    launch = Launch.objects.get()
    assert answer["Location"] == f"/launches/{launch.uuid}"
    assert (launch.state, launch.created_by) == (LaunchState.DRAFT, manager)
    assert list(launch.schools.all()) == [other]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": ""}, "This field is required"),
        ({"starts_on": "2026-10-31"}, "has passed"),
        ({"starts_on": "soon"}, "Enter a valid date"),
        ({"audience": "chosen"}, "Tick at least one school"),
        ({"version": "999"}, "not one of the available choices"),
    ],
)
def test_form_says_what_is_wrong_and_makes_nothing(
    client: AppClient, manager: Staff, school: School, changed: dict[str, object], said: str
) -> None:
    answer = client.as_staff(manager).post("/launches/new", form(**changed))
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not Launch.objects.exists()


def test_draft_goes_by_review_and_a_second_person_to_its_start(
    client: AppClient, manager: Staff, approver: Staff, school: School
) -> None:
    launch = build.build_draft(manager)
    address = f"/launches/{launch.uuid}"
    assert "send it for review" in page(client.as_staff(manager), address)
    client.post(f"{address}/review", {"says_yes": "on"})
    shown = page(client, address)
    assert "Waiting for a decision by a second person" in shown
    assert "Give one of them the address of this page: Ben." in shown
    assert "Next: you decide." in page(client.as_staff(approver), address)
    refused = client.post(f"{address}/approve", follow=True).content.decode()
    assert "no duty contact who acknowledged a test alert" in refused
    build.make_ready()
    client.post(f"{address}/approve")
    assert "Approved by Ben. Next: start it." in page(client.as_staff(manager), address)
    client.post(f"{address}/start")
    launch.refresh_from_db()
    assert launch.state == LaunchState.RUNNING
    assert launch.step_runs.count() == 2


def test_languages_that_nobody_reviewed_need_a_yes_which_is_in_the_log(
    client: AppClient, manager: Staff, school: School
) -> None:
    launch = build.build_draft(manager)
    address = f"/launches/{launch.uuid}/review"
    assert "No native speaker has reviewed" in page(client.as_staff(manager), address)
    refused = client.post(address)
    assert "Tick it, or have the texts read" in refused.content.decode()
    launch.refresh_from_db()
    assert launch.state == LaunchState.DRAFT
    assert not AuditEntry.objects.filter(action="launch.unreviewed-accepted").exists()
    client.post(address, {"says_yes": "on"})
    launch.refresh_from_db()
    assert (launch.state, launch.unreviewed_languages_accepted) == (LaunchState.IN_REVIEW, True)
    entry = AuditEntry.objects.get(action="launch.unreviewed-accepted")
    assert entry.actor == manager.email


def test_maker_who_is_alone_is_asked_to_wait_a_day(
    client: AppClient, organisation: FrozenClock, school: School
) -> None:
    maker = build.build_staff("Ada", Role.ADMINISTRATOR)
    launch = build.build_draft(maker)
    address = f"/launches/{launch.uuid}"
    client.as_staff(maker).post(f"{address}/review", {"says_yes": "on"})
    client.post(f"{address}/approve")
    launch.refresh_from_db()
    assert launch.state == LaunchState.IN_REVIEW
    shown = page(client, address)
    assert "24 hours after asking" in shown
    assert "Ask an administrator to add an approver" in shown


def test_maker_cannot_approve_where_somebody_else_may(
    client: AppClient, organisation: FrozenClock, school: School
) -> None:
    maker = build.build_staff("Ada", Role.ADMINISTRATOR)
    build.build_staff("Ben", Role.ADMINISTRATOR)
    launch = build.build_draft(maker)
    address = f"/launches/{launch.uuid}"
    client.as_staff(maker).post(f"{address}/review", {"says_yes": "on"})
    client.post(f"{address}/approve")
    launch.refresh_from_db()
    assert launch.state == LaunchState.IN_REVIEW
    assert "cannot approve it" in page(client, address)


def test_looking_at_the_question_changes_nothing(
    client: AppClient, manager: Staff, approver: Staff, school: School
) -> None:
    launch = build.build_running(manager, approver)
    build.count_up(launch, pending=7, sending=2)
    before = LaunchEvent.objects.count()
    shown = page(client.as_staff(manager), f"/launches/{launch.uuid}/pause")
    assert "no further message is handed to a provider" in shown
    assert "<strong>7</strong> messages" in shown
    assert LaunchEvent.objects.count() == before


@pytest.mark.parametrize("verb", ["pause", "cancel"])
def test_pause_and_cancel_want_a_reason(
    client: AppClient, manager: Staff, approver: Staff, school: School, verb: str
) -> None:
    launch = build.build_running(manager, approver)
    answer = client.as_staff(manager).post(f"/launches/{launch.uuid}/{verb}", {"why": " "})
    launch.refresh_from_db()
    assert (answer.status_code, launch.state) == (200, LaunchState.RUNNING)
    assert "This field is required" in answer.content.decode()


def test_pause_resume_and_cancel_stand_in_the_history_with_reasons(
    client: AppClient, manager: Staff, approver: Staff, school: School
) -> None:
    launch = build.build_running(manager, approver)
    address = f"/launches/{launch.uuid}"
    client.as_staff(manager).post(f"{address}/pause", {"why": "A typo."})
    assert "Reason: A typo." in page(client, address)
    client.post(f"{address}/resume")
    client.post(f"{address}/cancel", {"why": "Wrong year."})
    shown = page(client, address)
    for words in ("Cancelled for good", "A typo.", "Resumed", "Wrong year.", manager.email):
        assert words in shown


def test_second_press_of_the_same_button_is_told_politely(
    client: AppClient, manager: Staff, approver: Staff, school: School
) -> None:
    address = f"/launches/{build.build_running(manager, approver).uuid}"
    client.as_staff(manager)
    for _ in range(2):
        client.post(f"{address}/pause", {"why": "A typo."})
    assert "This launch is paused, so it cannot become paused" in page(client, address)


def test_page_shows_counts_steps_windows_and_reasons(
    client: AppClient, manager: Staff, approver: Staff, school: School
) -> None:
    launch = build.build_running(manager, approver)
    build.build_delivery(launch, build.build_address(school), school, "skipped")
    build.count_up(launch, delivered=12000, pending=300, skipped=1)
    shown = page(client.as_staff(manager), f"/launches/{launch.uuid}")
    for words in (
        "12\u202f000",
        "The film, and one rule",
        "London 16:30\u201319:30",
        "Has not agreed to this topic",
        "Going out",
    ):
        assert words in shown


def test_approver_can_read_every_text_before_deciding(
    client: AppClient, manager: Staff, approver: Staff, school: School
) -> None:
    launch = build.build_draft(manager)
    shown = page(client.as_staff(approver), f"/launches/{launch.uuid}")
    assert "Hello from {{ school.name }}." in shown
    assert "Guten Tag von {{ school.name }}." in shown


def test_times_are_on_the_clock_of_the_viewer_and_of_the_schools(
    client: AppClient, manager: Staff, approver: Staff, school: School
) -> None:
    launch = build.build_running(manager, approver)
    build.count_up(launch, pending=300)
    client.cookies["zone"] = "America/Chicago"
    shown = page(client.as_staff(manager), f"/launches/{launch.uuid}/live?state=running&asks=no")
    assert 'Thu 5 Nov, 14:00</time> <span class="zone">Chicago' in shown
    assert 'Thu 5 Nov, 20:00</time> <span class="zone">London' in shown


@pytest.mark.parametrize("zone", ["Nowhere/Land", "../../etc/passwd", "x" * 4000, ""])
def test_zone_that_does_not_exist_is_utc(client: AppClient, manager: Staff, zone: str) -> None:
    client.cookies["zone"] = zone
    assert page(client.as_staff(manager), "/")


def test_live_part_loads_the_page_again_when_the_buttons_are_others(
    client: AppClient, manager: Staff, approver: Staff, school: School
) -> None:
    launch = build.build_running(manager, approver)
    address = f"/launches/{launch.uuid}/live?state=running&asks=no"
    assert "HX-Refresh" not in client.as_staff(manager).get(address)
    build.build_unknown(launch, build.build_delivery(launch, build.build_address(school), school))
    assert client.get(address)["HX-Refresh"] == "true"
    paused = f"/launches/{launch.uuid}/live?state=paused&asks=yes"
    assert client.get(paused)["HX-Refresh"] == "true"


def test_pace_gives_one_number_per_minute_and_state(
    client: AppClient, manager: Staff, approver: Staff, school: School
) -> None:
    launch = build.build_running(manager, approver)
    build.pace(launch, accepted=40, failed=1)
    found = client.as_staff(manager).get(f"/launches/{launch.uuid}/pace.json").json()
    assert len(found["minutes"]) == 10
    series = {one["state"]: one["numbers"] for one in found["series"]}
    assert series["accepted"][-1] == 40
    assert {len(numbers) for numbers in series.values()} == {10}


def test_unknown_outcomes_are_asked_about_after_ten_minutes(
    client: AppClient, manager: Staff, approver: Staff, school: School, organisation: FrozenClock
) -> None:
    launch = build.build_running(manager, approver)
    delivery = build.build_delivery(launch, build.build_address(school), school, "unknown")
    build.build_unknown(launch, delivery, minutes_ago=5)
    address = f"/launches/{launch.uuid}"
    assert "outcome is unknown" not in page(client.as_staff(manager), address)
    organisation.tick(timedelta(minutes=6))
    assert "1 message whose outcome is unknown" in page(client, address)
    assert "Nobody gets one twice" in page(client, f"{address}/unknown")


def test_deciding_unknown_outcomes_settles_them_in_bulk(
    client: AppClient, manager: Staff, approver: Staff, school: School
) -> None:
    launch = build.build_running(manager, approver)
    delivery = build.build_delivery(launch, build.build_address(school), school, "unknown")
    build.build_unknown(launch, delivery)
    address = f"/launches/{launch.uuid}/unknown"
    client.as_staff(manager).post(address, {"verdict": "sent", "why": "Seen in the logs."})
    delivery.refresh_from_db()
    assert delivery.state == "accepted"
    assert "Nothing waits for a decision" in page(client, address)


def test_school_is_stopped_in_one_send_with_a_reason_and_lifted(
    client: AppClient, manager: Staff, approver: Staff, school: School
) -> None:
    launch = build.build_running(manager, approver)
    address = f"/launches/{launch.uuid}/schools/{school.uuid}"
    assert client.as_staff(manager).post(f"{address}/stop", {"why": ""}).status_code == 200
    client.post(f"{address}/stop", {"why": "The head teacher asked."})
    stop = SchoolStop.objects.get()
    assert (stop.school, stop.launch, stop.actor) == (school, launch, manager.email)
    shown = page(client, f"/launches/{launch.uuid}")
    assert "School stopped" in shown
    assert "The head teacher asked." in shown
    client.post(f"{address}/lift")
    stop.refresh_from_db()
    assert stop.lifted_by == manager.email


def test_school_staff_stop_everything_for_their_own_school(
    client: AppClient, school: School
) -> None:
    staff = build.build_staff("Sam", Role.SCHOOL_STAFF, school=school)
    assert client.as_staff(staff).get("/")["Location"] == f"/school/{school.uuid}/home"
    client.post(f"/schools/{school.uuid}/stop", {"why": "Exams."})
    stop = SchoolStop.objects.get()
    assert (stop.school, stop.launch) == (school, None)
    assert "Exams." in page(client, "/schools")
    client.post(f"/schools/{school.uuid}/lift")
    assert not SchoolStop.objects.filter(lifted_at=None).exists()


def test_person_without_a_role_is_told_whom_to_ask(
    client: AppClient, organisation: FrozenClock
) -> None:
    assert "have no role yet" in page(client.as_staff(build.build_staff("Nina")), "/")


def test_auditor_sees_a_send_but_no_button(
    client: AppClient, manager: Staff, approver: Staff, school: School
) -> None:
    launch = build.build_running(manager, approver)
    client.as_staff(build.build_staff("Otto", Role.AUDITOR))
    shown = page(client, f"/launches/{launch.uuid}")
    assert "/pause" not in shown
    assert "Stop this school" not in shown


def test_names_are_shown_as_text_whatever_is_in_them(
    client: AppClient, manager: Staff, school: School
) -> None:
    build.build_draft(manager, "<script>alert(1)</script>")
    shown = page(client.as_staff(manager), "/launches")
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown
