"""The pages about pace, limits and the life of one message."""

from __future__ import annotations

import pytest
import web_builders as build
from web_client import AppClient

from outreach.core.clock import FrozenClock, now
from outreach.delivery.models import DeliveryEvent, Retry, Spend, Tally
from outreach.organisation.models import AccountLimit, Role, School, Sender, Staff

pytestmark = pytest.mark.usefixtures("school")


def page(client: AppClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_pace_is_set_with_its_reason_and_stands_on_the_page(
    client: AppClient, manager: Staff, approver: Staff
) -> None:
    address = f"/launches/{build.build_running(manager, approver).uuid}"
    client.as_staff(manager)
    assert "as fast as its senders may" in page(client, address)

    assert "This field is required" in str(client.post(f"{address}/spread", {"hours": 2}).content)
    client.post(f"{address}/spread", {"hours": 2, "why": "so that schools can answer"})

    shown = page(client, address)
    assert "spread over 2 hours" in shown
    assert "so that schools can answer" in shown


def test_going_first_is_asked_by_one_and_decided_by_another(
    client: AppClient, manager: Staff, approver: Staff
) -> None:
    launch = build.build_running(manager, approver)
    address = f"/launches/{launch.uuid}"
    client.as_staff(manager).post(f"{address}/urgent", {"why": "a case at this school"})
    shown = page(client, address)
    assert "Mara asks that it goes before all other sends: a case at this school" in shown
    assert "approve-urgent" not in shown

    assert "approve-urgent" in page(client.as_staff(approver), address)
    client.post(f"{address}/approve-urgent")

    assert "asked by Mara, approved by Ben" in page(client, address)


def test_four_fifths_of_the_cap_are_said(
    client: AppClient, manager: Staff, approver: Staff
) -> None:
    launch = build.build_running(manager, approver)
    address = f"/launches/{launch.uuid}"
    Spend.objects.create(key=f"launch:{launch.pk}", micros=launch.cap_micros * 79 // 100)
    assert "of the spending cap" not in page(client.as_staff(manager), address)

    Spend.objects.update(micros=launch.cap_micros * 85 // 100)

    assert "85 % of the spending cap of this send is used" in page(client, address)


def test_the_page_of_a_send_says_what_fits_on_a_day(
    client: AppClient, manager: Staff, approver: Staff
) -> None:
    launch = build.build_running(manager, approver)
    build.build_batch(build.plan(launch))
    Sender.objects.update(warm_up=[50, 100], warm_up_from=now().date())

    shown = page(client.as_staff(manager), f"/launches/{launch.uuid}")

    assert "does not fit" in shown
    assert "hello@outreach.test" in shown


def test_limits_are_changed_while_all_runs_and_say_who_and_why(
    client: AppClient, manager: Staff
) -> None:
    sender = build.build_sender("sms")
    client.as_staff(manager).post(
        f"/senders/{sender.uuid}/limit",
        {"rate_per_second": 2, "most_a_day": 500, "why": "the carrier's rule"},
    )
    client.post("/accounts/twilio/limit", {"most_a_day": 900, "why": "the contract"})
    client.post(
        f"/senders/{sender.uuid}/warm-up",
        {"from_day": "2026-11-02", "days": "50, 100", "why": "a new number"},
    )

    sender.refresh_from_db()
    assert (sender.rate_per_second, sender.most_a_day, sender.warm_up) == (2, 500, [50, 100])
    assert AccountLimit.objects.get().most_a_day == 900
    shown = page(client, "/senders")
    for words in ("0 of 50", "0 of 900", "the carrier&#x27;s rule", "mara@outreach.test"):
        assert words in shown


def test_a_pause_of_the_provider_is_shown_and_lifted(client: AppClient, manager: Staff) -> None:
    sender = build.build_sender("sms")
    AccountLimit.objects.create(
        provider="twilio", paused_until="2999-01-01T00:00Z", paused_why="It asked us to wait."
    )
    assert "It asked us to wait." in page(client.as_staff(manager), "/senders")

    client.post(f"/senders/{sender.uuid}/resume", {"why": "their support says so"})

    assert "It asked us to wait." not in page(client, "/senders")


@pytest.mark.parametrize("days", ["fifty", "50;100", "0", "50, -1"])
def test_a_schedule_that_is_none_changes_nothing(
    client: AppClient, manager: Staff, days: str
) -> None:
    sender = build.build_sender("sms")
    client.as_staff(manager).post(
        f"/senders/{sender.uuid}/warm-up", {"from_day": "2026-11-02", "days": days, "why": "x"}
    )
    sender.refresh_from_db()
    assert sender.warm_up == []


def test_the_life_of_a_message_says_each_attempt_wait_and_reason(
    client: AppClient, manager: Staff, approver: Staff, school: School, organisation: FrozenClock
) -> None:
    launch = build.build_running(manager, approver)
    row = build.build_delivery(launch, build.build_address(school), school, state="failed")
    run = row.step_run
    Sender.objects.update(provider="twilio")
    for number, (event, before, after, detail) in enumerate(
        (
            ("claim", "pending", "sending", None),
            ("accept", "sending", "accepted", None),
            ("receipt_failed", "accepted", "failed", "30003"),
        )
    ):
        DeliveryEvent.objects.create(
            step_run=run, id=number + 1, delivery_id=row.id, at=now(), event=event,
            from_state=before, to_state=after, attempt=1, actor="worker", detail=detail,
        )  # fmt: skip
    Retry.objects.create(step_run=run, delivery_id=row.id, due_at=now())
    Tally.objects.create(
        step_run=run, batch_key=row.batch_id, worker="worker", state="failed", number=1
    )
    client.as_staff(manager)
    assert f"/messages/{run.uuid}/{row.id}" in page(client, f"/launches/{launch.uuid}/messages")

    shown = page(client, f"/launches/{launch.uuid}/messages/{run.uuid}/{row.id}")

    for words in (
        "Attempt 1: handed to the provider",
        "Attempt 1: the provider took it",
        "Receipt of attempt 1: could not be delivered",
        "The phone is switched off or unreachable. (30003)",
        "The reason may pass: it is tried again.",
    ):
        assert words in shown
    assert "anna@mailbox.example" not in shown


def test_school_staff_cannot_read_the_life_of_a_message(
    client: AppClient, manager: Staff, approver: Staff, school: School
) -> None:
    launch = build.build_running(manager, approver)
    row = build.build_delivery(launch, build.build_address(school), school)
    other = build.build_staff("Sam", Role.SCHOOL_STAFF, school=build.build_school("elsewhere"))
    address = f"/launches/{launch.uuid}/messages/{row.step_run.uuid}/{row.id}"
    assert client.as_staff(other).get(address).status_code == 403
