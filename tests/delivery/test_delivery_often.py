"""How often a person may hear from us, asked again at the claim; whose sender writes; how fast."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import delivery_builders as build
import pytest

from outreach.campaigns.actions import approve_launch, create_launch, request_review, start_launch
from outreach.campaigns.models import CampaignVersion, Launch, LaunchState
from outreach.core.clock import FrozenClock, now
from outreach.core.errors import BadInput
from outreach.delivery.actions import plan_step_run, send_batch
from outreach.delivery.models import Batch, Delivery
from outreach.delivery.rehearsal import Plan, rehearse
from outreach.organisation.audit import Actor
from outreach.organisation.models import Channel, OptOutHandler, Sender, Staff
from outreach.sandbox.control import SandboxControl

OTHER_NUMBER = "+447700900888"


def written(more: str) -> str:
    return build.DEFINITION.replace("steps:", f"{more}\nsteps:", 1)


def another(launch: Launch) -> Launch:
    """A launch of the same campaign without any limit, running too."""
    version = CampaignVersion.objects.create(
        campaign=launch.version.campaign,
        number=2,
        sha256="2".zfill(64),
        definition=build.DEFINITION,
        files=launch.version.files,
        imported_at=now(),
        imported_by="test",
    )
    maker, approver = (
        Actor(staff.email, staff.pk)
        for staff in (Staff.objects.get(name=name) for name in ("maker", "approver"))
    )
    made = create_launch(version, name="Another", starts_on=now().date(), schools=[], actor=maker)
    request_review(made, actor=maker, accepts_unreviewed=True)
    approve_launch(made, actor=approver)
    return start_launch(made, actor=maker)


def planned(launch: Launch) -> int:
    run = build.first_run(launch)
    plan_step_run(run.pk)
    return run.pk


def send(run: int) -> list[tuple[str, str | None]]:
    for batch in Batch.objects.filter(step_run_id=run):
        send_batch(batch.pk)
    rows = Delivery.objects.filter(step_run_id=run).order_by("id")
    return list(rows.values_list("state", "reason"))


@pytest.mark.parametrize(
    ("more", "is_urgent", "expected"),
    [
        ("at_most: 1 per week", False, ("skipped", "too_often")),
        ("at_most: 2 per week", False, ("accepted", None)),
        ("at_most: 1 per week", True, ("accepted", None)),
        ("", False, ("accepted", None)),
    ],
)
def test_what_another_launch_sent_since_planning_counts_at_the_claim(
    providers: SandboxControl,
    ledger: FrozenClock,
    more: str,
    is_urgent: bool,
    expected: tuple[str, str | None],
) -> None:
    build.build_parent(build.build_school(), email="anna@example.org")
    launch = build.build_running_launch(definition=written(more))
    capped, free = planned(launch), planned(another(launch))
    ledger.tick(timedelta(hours=2))
    assert send(free) == [("accepted", None)]
    if is_urgent:
        asked, approved = Staff.objects.get(name="maker"), Staff.objects.get(name="approver")
        Launch.objects.filter(pk=launch.pk).update(
            is_urgent=True, urgent_asked_by=asked, urgent_approved_by=approved
        )
    assert send(capped) == [expected]


def test_a_message_held_back_counts_from_the_day_on_which_it_goes_out(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    build.build_parent(build.build_school(), email="anna@example.org")
    late = written("at_most: 1 per day").replace(
        "within: 3h}", "within: 3h}\n    expires_after: 9d"
    )
    launch = build.build_running_launch(definition=late)
    held = planned(launch)
    ledger.tick(timedelta(days=2, hours=2))
    Batch.objects.filter(step_run_id=held).update(
        opens_at=now() - timedelta(hours=1), closes_at=now() + timedelta(hours=1)
    )
    free = planned(another(launch))
    assert send(free) == [("accepted", None)]
    assert send(held) == [("skipped", "too_often")]


def number(identity: str = OTHER_NUMBER, *countries: str) -> Sender:
    return Sender.objects.create(
        channel=Channel.SMS,
        provider="twilio",
        identity=identity,
        countries=list(countries),
        can_receive=True,
        opt_out_handled_by=OptOutHandler.US,
        rate_per_second=1000,
    )


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize("lane", ["sms", "sms-GB"])
def test_the_sender_that_the_campaign_names_writes(lane: str) -> None:
    build.build_parents(build.build_school(), 2)
    other = number()
    launch = build.build_running_launch(
        definition=written(f'senders: {{{lane}: "{OTHER_NUMBER}"}}')
    )
    run = planned(launch)
    assert {batch.sender for batch in Batch.objects.filter(step_run_id=run)} == {other}


@pytest.mark.usefixtures("ledger")
def test_a_sender_named_for_another_country_changes_nothing_here() -> None:
    build.build_parents(build.build_school(), 2)
    number()
    launch = build.build_running_launch(
        definition=written(f'senders: {{sms-DE: "{OTHER_NUMBER}"}}')
    )
    run = planned(launch)
    assert {batch.sender.identity for batch in Batch.objects.filter(step_run_id=run)} == {
        "+447700900999"
    }


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize(
    ("countries", "sentence"), [(None, "is not there"), (["DE"], "does not write to GB")]
)
def test_a_sender_that_cannot_do_it_is_refused_before_anything_is_made(
    countries: list[str] | None, sentence: str
) -> None:
    build.build_school()
    if countries is not None:
        number(OTHER_NUMBER, *countries)
    version = build.build_version(written(f'senders: {{sms: "{OTHER_NUMBER}"}}'))
    with pytest.raises(BadInput, match=sentence):
        rehearse(Plan(version, now().date()))
    with pytest.raises(BadInput, match=sentence):
        create_launch(
            version, name="A", starts_on=now().date(), schools=[], actor=build.build_staff("maker")
        )


@pytest.mark.usefixtures("ledger")
def test_a_launch_whose_sender_is_gone_pauses_with_the_reason_and_plans_after_it_is_back() -> None:
    build.build_parents(build.build_school(), 2)
    other = number()
    launch = build.build_running_launch(definition=written(f'senders: {{sms: "{OTHER_NUMBER}"}}'))
    Sender.objects.filter(pk=other.pk).update(is_active=False)
    run = planned(launch)
    launch.refresh_from_db()
    assert launch.state == LaunchState.PAUSED
    assert "is switched off" in launch.state_reason
    assert not Delivery.objects.filter(step_run_id=run).exists()
    Sender.objects.filter(pk=other.pk).update(is_active=True)
    planned(launch)
    assert Delivery.objects.filter(step_run_id=run).count() == 2


def test_a_launch_goes_no_faster_than_its_campaign_says(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    build.build_parents(build.build_school(), 8, "email")
    launch = build.build_running_launch(definition=written("rate: 4 per second"))
    assert launch.rate_per_second == 4
    run = planned(launch)
    ledger.tick(timedelta(hours=2))
    assert {state for state, _ in send(run)} == {"accepted"}
    calls = Delivery.objects.filter(step_run_id=run).values_list("call_id", flat=True)
    assert max(Counter(calls).values()) <= 4
