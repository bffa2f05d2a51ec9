"""Small builders of what a report counts: a finished step run with messages in given states."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection

from outreach.audience.models import Address
from outreach.campaigns.models import Launch, StepRun, StepRunState
from outreach.consent.models import Topic
from outreach.core.clock import now
from outreach.delivery.models import Batch, Delivery
from outreach.delivery.rules import Reason
from outreach.organisation.models import School, Sender
from tests.delivery.delivery_builders import build_parent


def build_finished_run(launch: Launch, place: int = 0) -> StepRun:
    """The step run at this place, an hour after it opened; its ledger is still empty."""
    run = launch.step_runs.order_by("position")[place]
    opened_at = now() - timedelta(hours=3) + timedelta(hours=place)
    StepRun.objects.filter(pk=run.pk).update(
        state=StepRunState.FINISHED,
        plan_at=opened_at - timedelta(hours=1),
        last_close_at=opened_at + timedelta(minutes=30),
    )
    run.refresh_from_db()
    with connection.cursor() as cursor:
        cursor.execute("SELECT outreach_ledger_partition(%s)", [run.pk])
    return run


def build_batch(run: StepRun, channel: str) -> Batch:
    found = Batch.objects.filter(step_run=run, channel=channel).first()
    return found or Batch.objects.create(
        step_run=run,
        channel=channel,
        sender=Sender.objects.filter(channel=channel).first(),
        topic=Topic.objects.get(slug="online-safety"),
        zone="Europe/London",
        opens_at=run.plan_at + timedelta(hours=1),
        closes_at=run.last_close_at,
        expires_at=run.last_close_at,
        first_id=1,
        last_id=1000,
        is_done=True,
    )


def build_message(
    run: StepRun, school: School, address: Address, state: str, language: str = "en"
) -> Delivery:
    """One row of the ledger; without a batch where it is skipped."""
    return Delivery.objects.create(
        step_run=run,
        id=Delivery.objects.filter(step_run=run).count() + 1,
        batch=None if state == "skipped" else build_batch(run, address.channel),
        person=address.persons.first().person,
        address=address,
        school=school,
        language=language,
        state=state,
        reason=Reason.NO_CONSENT if state == "skipped" else None,
        attempt=1,
        state_at=now(),
    )


def build_messages(
    run: StepRun, school: School, number: int, state: str = "delivered", language: str = "en"
) -> list[Delivery]:
    """So many emails to people of their own."""
    made = Delivery.objects.filter(step_run=run).count()
    return [
        build_message(
            run,
            school,
            build_parent(school, email=f"{run.pk}-{made + each}@mailbox.example").email,
            state,
            language,
        )
        for each in range(number)
    ]
