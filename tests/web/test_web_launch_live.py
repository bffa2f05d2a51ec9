"""The page of a running send: its groups, its problems in words, and the failed sent again."""

from __future__ import annotations

from datetime import timedelta

import pytest
import web_builders as build
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from web_client import AppClient

from outreach.campaigns.models import Launch, LaunchState, StepRunState
from outreach.core.clock import now
from outreach.delivery.models import Batch, Delivery, HealthState, SenderHealth
from outreach.organisation.models import AuditEntry, School, Sender, Staff
from outreach.reports.models import LiveCount, LiveFigure

MOST_STATEMENTS = 55
MOST_STATEMENTS_LIVE = 30


@pytest.fixture
def launch(manager: Staff, approver: Staff, school: School) -> Launch:
    return build.build_running(manager, approver)


def page(client: AppClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def build_failed(launch: Launch, school: School, causes: dict[str, int]) -> None:
    """So many failed mails of each code."""
    number = 0
    for code, times in causes.items():
        for _ in range(times):
            number += 1
            address = build.build_address(school, f"p{number}@mailbox.example")
            made = build.build_delivery(launch, address, school, "failed")
            Delivery.objects.filter(step_run=made.step_run, id=made.id).update(reason=code)
    build.count_up(launch, failed=number)


def count_groups(launch: Launch, school: School, *, causes: dict[str, int] | None = None) -> None:
    """As the clock's count leaves them."""
    run = build.plan(launch)
    LiveCount.objects.create(
        step_run=run, counted_at=now(), next_at=timezone.now(), stamp="", before_at=None
    )
    groups = [
        ("school", school.slug, {"delivered": 30, "pending": 10}),
        ("language", "de", {"delivered": 10}),
        ("language", "en", {"delivered": 20, "pending": 10}),
        ("channel", "email", {"delivered": 30, "pending": 10}),
        *(("cause", key, {"failed": number}) for key, number in (causes or {}).items()),
    ]
    for dimension, key, by_state in groups:
        LiveFigure.objects.create(
            step_run=run,
            dimension=dimension,
            key=key,
            school=school if dimension == "school" else None,
            by_state=by_state,
            micros=1_500_000,
        )


def test_groups_are_shown_by_channel_language_and_school_with_the_time_of_their_count(
    client: AppClient, manager: Staff, launch: Launch, school: School
) -> None:
    build.count_up(launch, delivered=30, pending=10)
    client.as_staff(manager)
    address = f"/launches/{launch.uuid}"
    assert "Not counted yet" in page(client, address)
    count_groups(launch, school)
    for by, words in (("channel", "Email"), ("language", "German"), ("school", "Greenhill")):
        shown = page(client, f"{address}?by={by}")
        assert words in shown
        assert "Counted <time" in shown
        assert "1.50" in shown
        assert words in page(client, f"{address}/groups?by={by}")
    assert f"{address}/schools/{school.uuid}/stop" in page(client, f"{address}/groups?by=school")
    assert client.get(f"{address}?by=child").status_code == 404


def test_problems_are_said_in_words_with_what_helps(
    client: AppClient, manager: Staff, launch: Launch, school: School
) -> None:
    build_failed(launch, school, {"30007": 1})
    build.count_up(launch, expired=2, skipped=3)
    count_groups(launch, school, causes={"twilio:30007": 1})
    sender = Sender.objects.get()
    SenderHealth.objects.create(
        sender=sender, state=HealthState.TRIPPED, since=timezone.now(), why="No answer."
    )
    shown = page(client.as_staff(manager), f"/launches/{launch.uuid}")
    for words in (
        "hello@outreach.test does not work at the moment.",
        "No answer.",
        "1 message failed.",
        "Mend it at the provider, or in the text; then send them again.",
        "2 messages were too late to be sent.",
        "The school can ask them; nobody else may decide it.",
        f"/launches/{launch.uuid}/retry",
    ):
        assert words in shown


def test_a_send_is_said_to_stand_only_while_the_hours_of_what_waits_are_open(
    client: AppClient, manager: Staff, launch: Launch
) -> None:
    build.count_up(launch, delivered=30, pending=20)
    batch = build.build_batch(build.plan(launch))
    stands = "nothing has gone out for three minutes"
    assert stands in page(client.as_staff(manager), f"/launches/{launch.uuid}")
    # Another batch of the step was open before, this one opens tomorrow: now it is night.
    Batch.objects.filter(pk=batch.pk).update(is_done=True)
    batch = build.build_batch(build.plan(launch))
    closes_at = now() + timedelta(hours=15)
    Batch.objects.filter(pk=batch.pk).update(
        opens_at=now() + timedelta(hours=12), closes_at=closes_at, expires_at=closes_at
    )
    assert stands not in page(client, f"/launches/{launch.uuid}")


def test_a_send_that_is_well_has_no_problems(
    client: AppClient, manager: Staff, launch: Launch, school: School
) -> None:
    build.count_up(launch, delivered=30)
    assert "Problems" not in page(client.as_staff(manager), f"/launches/{launch.uuid}")


def test_failed_messages_are_sent_again_by_reason_after_their_numbers_were_shown(
    client: AppClient, manager: Staff, launch: Launch, school: School
) -> None:
    build_failed(launch, school, {"30003": 2, "30005": 1})
    Sender.objects.update(provider="twilio")
    address = f"/launches/{launch.uuid}/retry"
    shown = page(client.as_staff(manager), address)
    assert "It would fail again" in shown
    assert 'value="twilio:30003" checked' in shown
    assert 'value="twilio:30005" checked' not in shown
    assert "Tick at least one" in client.post(address, {"why": "Back on."}).content.decode()
    given = {"causes": ["twilio:30003"], "why": "The network is back."}
    done = client.post(address, given, follow=True).content.decode()
    assert "2 messages wait to be sent again." in done
    states = Delivery.objects.order_by("id").values_list("state", flat=True)
    assert list(states) == ["pending", "pending", "failed"]
    entry = AuditEntry.objects.get(action="launch.retry")
    assert (entry.actor, entry.why) == (manager.email, "The network is back.")


def test_what_is_too_late_stays_failed_and_is_said(
    client: AppClient, manager: Staff, launch: Launch, school: School
) -> None:
    build_failed(launch, school, {"550": 2})
    Batch.objects.update(
        opens_at=now() - timedelta(hours=4),
        closes_at=now() - timedelta(hours=1),
        expires_at=now() - timedelta(hours=1),
    )
    address = f"/launches/{launch.uuid}/retry"
    shown = page(client.as_staff(manager), address)
    assert "2 messages failed, and it is too late for them now." in shown
    client.post(address, {"causes": ["sendgrid:550"], "why": "Again."})
    assert set(Delivery.objects.values_list("state", flat=True)) == {"failed"}


def test_a_send_that_is_over_sends_nothing_again(
    client: AppClient, manager: Staff, launch: Launch, school: School
) -> None:
    build_failed(launch, school, {"550": 1})
    Launch.objects.update(state=LaunchState.FINISHED)
    given = {"causes": ["sendgrid:550"], "why": "Again."}
    shown = client.as_staff(manager).post(f"/launches/{launch.uuid}/retry", given, follow=True)
    assert "This send is not under way" in shown.content.decode()
    assert Delivery.objects.get().state == "failed"


def test_page_and_its_live_part_keep_to_their_budget_of_statements(
    client: AppClient, manager: Staff, launch: Launch, school: School
) -> None:
    build_failed(launch, school, {"550": 2, "551": 1})
    count_groups(launch, school, causes={"sendgrid:550": 2, "sendgrid:551": 1})
    launch.step_runs.update(state=StepRunState.PLANNED)
    client.as_staff(manager)
    home = f"/launches/{launch.uuid}"
    live = f"{home}/live?state=running&asks=no"
    for address, most in (
        (home, MOST_STATEMENTS),
        (f"{home}?by=school", MOST_STATEMENTS),
        (live, MOST_STATEMENTS_LIVE),
        (f"{home}/groups?by=school", MOST_STATEMENTS_LIVE),
        (f"{home}/retry", MOST_STATEMENTS_LIVE),
    ):
        page(client, address)
        with CaptureQueriesContext(connection) as found:
            page(client, address)
        assert len(found) <= most, address
