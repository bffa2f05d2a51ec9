"""Planning: INSERT … SELECT turns the audience of a step run into deliveries and batches.

Everyone in the audience gets a row, with the reason where nothing can be sent, so the
books show who was left out and why. Planning again only adds newcomers: the two unique
constraints and the check for existing rows make it harmless (promise 1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from outreach.audience.models import MembershipRole
from outreach.campaigns.definition import (
    ON,
    CampaignDefinition,
    Recipients,
    Step,
    WhoseClock,
    lots_of,
)
from outreach.campaigns.launch_plan import launch_schools
from outreach.campaigns.launches import pause_launch
from outreach.campaigns.models import Launch, LaunchState, StepRun, StepRunState
from outreach.campaigns.schedule import (
    StepWindow,
    occurrence_of,
    step_windows,
    zones_of,
)
from outreach.campaigns.sender_choice import require_senders
from outreach.campaigns.versions import definition_for, definition_of
from outreach.consent.models import Topic
from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.core.errors import BadInput
from outreach.core.locks import Lock
from outreach.delivery.planning_choice import choice_params
from outreach.delivery.planning_statements import (
    BATCHES,
    COUNT,
    FORGET,
    REASONS,
    ROOM,
    TALLY,
    choose,
    insert_into,
    share,
)
from outreach.delivery.ways import senders_by_place
from outreach.organisation.audit import CLOCK
from outreach.organisation.models import SmsPrice
from outreach.organisation.readiness import unready_schools

# A batch is one worker's pass. Of few messages much of it is coming and going (with a single
# request of email one of its runners has nothing to do); but a small launch has some for each.
LEAST_IN_BATCH = 1000
MOST_IN_BATCH = {Channel.EMAIL: 5000, Channel.SMS: 2000}
_SHARED_BY = 8
_WORTH_A_LOOK = 1000
# A step run of so many people gets a partition of its own (docs/decisions, 5).
LARGE = 100_000

ROLES: dict[Recipients, list[str]] = {
    Recipients.GUARDIANS: [MembershipRole.GUARDIAN],
    Recipients.CONTACTS: [MembershipRole.CONTACT],
    Recipients.SAFEGUARDING_LEADS: [MembershipRole.SAFEGUARDING_LEAD],
    Recipients.STAFF: [MembershipRole.CONTACT, MembershipRole.SAFEGUARDING_LEAD],
}


@dataclass(frozen=True)
class Planned:
    """`people`: rows added. `batches`: batches added."""

    people: int
    batches: int


def plan_step_run(step_run_id: int) -> Planned:
    """Plans a step run, or adds newcomers to one that is planned. Safe to run twice at once.

    A cancelled or finished launch plans nothing, and one whose campaign names a sender that is
    not there any more is paused with that reason.
    """
    if not _has_its_senders(step_run_id):
        return Planned(0, 0)
    with transaction.atomic():
        run = StepRun.objects.select_for_update(of=("self",)).filter(pk=step_run_id).first()
        if run is None:  # its launch has moved to a version without it
            return Planned(0, 0)
        # Read after the lock: a move of the launch to another version holds it too.
        launch = Launch.objects.select_related("version").get(pk=run.launch_id)
        run.launch = launch
        if launch.state not in (LaunchState.RUNNING, LaunchState.PAUSED):
            return Planned(0, 0)
        if run.state == StepRunState.FINISHED:
            return Planned(0, 0)
        if _looks_at_others(run, launch):
            _wait_for_turn()
        planned = _write(choosing_params(run, launch))
        _mark(run, launch)
    if planned.people >= _WORTH_A_LOOK:
        _refresh_statistics(step_run_id)
    return planned


def _looks_at_others(run: StepRun, launch: Launch) -> bool:
    """Whether what another step run plans at this moment would change the answer."""
    definition = definition_for(run)
    has_variants = lots_of(definition, definition.step(run.step_key)) is not None
    differs = ON in run.occurrence_key or run.launch.school_changes.exists()
    return definition.at_most is not None or differs or has_variants


def _wait_for_turn() -> None:
    """One such planning at a time, or two would each find that nobody has got anything yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [Lock.PLANNING])


def _refresh_statistics(step_run_id: int) -> None:
    """A sample of the partition: PostgreSQL would take the new run for empty until autovacuum."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT outreach_analyze_ledger(%s)", [step_run_id])


def _has_its_senders(step_run_id: int) -> bool:
    run = StepRun.objects.select_related("launch").get(pk=step_run_id)
    definition = definition_for(run)
    if not definition.senders or run.launch.state != LaunchState.RUNNING:
        return True
    try:
        require_senders(definition, launch_schools(run.launch))
    except BadInput as error:
        pause_launch(run.launch, actor=CLOCK, why=error.message)
        return False
    return True


def _mark(run: StepRun, launch: Launch) -> None:
    moment = now()
    step = definition_of(launch.version).step(run.step_key)
    most = None if step.corrects else definition_of(launch.version).at_most
    StepRun.objects.filter(pk=run.pk, state=StepRunState.WAITING).update(
        state=StepRunState.PLANNED,
        planned_at=moment,
        version=launch.version,
        most_messages=most.messages if most else None,
        most_in_days=most.days if most else None,
    )
    StepRun.objects.filter(pk=run.pk).update(topped_up_at=moment)


def choosing_params(
    run: StepRun,
    launch: Launch,
    *,
    until: datetime | None = None,
    zones: Sequence[str] | None = None,
) -> dict[str, Any]:
    """What the statements of planning ask for, for one step run; a rehearsal asks the same.

    `until`: the moment up to which a school may still be briefed; None for now. `zones`: those
    of the launch, where they have been looked up for an earlier step run.
    """
    definition = definition_for(run)
    step = definition.step(run.step_key)
    topic = Topic.objects.get(slug=definition.topic)
    schools = list(launch_schools(launch).values_list("pk", flat=True))
    params = {
        "run": run.pk,
        "now": now(),
        "topic": topic.pk,
        "roles": ROLES[step.recipients],
        "age_groups": list(step.age_groups) if step.age_groups else None,
        "recipient_clock": definition.clock is WhoseClock.RECIPIENT,
        "reasons": [reason.value for reason in REASONS],
        **language_params(definition),
        **_window_params(windows_of(run, launch, zones)),
        **_way_params(step, definition.senders),
        **_ready_params(step, schools),
        **choice_params(run, launch, definition, schools, until or now()),
    }
    return params | {"span": params["ways"] * params["zones"] * params["languages"]}


def language_params(definition: CampaignDefinition) -> dict[str, Any]:
    """What the choice of a language asks for."""
    names = list(definition.languages)
    return {
        "languages": len(names),
        "language_names": names,
        "spoken": [name.lower() for name in names],
        "default_language": names.index(definition.default_language),
    }


def _window_params(windows: Sequence[StepWindow]) -> dict[str, Any]:
    return {
        "zones": max(len(windows), 1),
        "zone_names": [each.zone for each in windows],
        "opens": [each.window.opens_at for each in windows],
        "closes": [each.window.closes_at for each in windows],
        "expires": [each.expires_at for each in windows],
    }


def _way_params(step: Step, named: Mapping[str, str]) -> dict[str, Any]:
    """Which sender carries what where: `ways` are numbered, everything else says the number."""
    found = senders_by_place(named)
    ways = sorted({(channel, sender) for (channel, _), sender in found.items()})
    way_of = {place: ways.index((place[0], sender)) for place, sender in found.items()}
    priced = set(SmsPrice.objects.values_list("country", flat=True))
    texts = sorted(priced | {country for channel, country in found if channel == Channel.SMS})
    mails = sorted(country for channel, country in found if channel == Channel.EMAIL)
    return {
        "ways": max(len(ways), 1),
        "way_channels": [channel for channel, _ in ways],
        "way_senders": [sender for _, sender in ways],
        "least_in_batch": LEAST_IN_BATCH,
        "most_in_batch": [MOST_IN_BATCH[Channel(channel)] for channel, _ in ways],
        "shared_by": _SHARED_BY,
        "channels": [channel.value for channel in step.channels],
        "anywhere": [way_of.get((channel.value, "")) for channel in step.channels],
        "mail_anywhere": way_of.get((Channel.EMAIL.value, "")),
        "mail_countries": mails,
        "mail_ways": [way_of[Channel.EMAIL.value, country] for country in mails],
        "countries": texts,
        "text_ways": [way_of.get((Channel.SMS.value, country)) for country in texts],
        "priced": [country in priced for country in texts],
    }


def _ready_params(step: Step, schools: Sequence[int]) -> dict[str, Any]:
    """Nothing goes to parents of a school of which nobody is alerted when one calls for help."""
    return {"unready": unready_schools(schools) if step.recipients is Recipients.GUARDIANS else []}


def windows_of(
    run: StepRun, launch: Launch, zones: Sequence[str] | None = None
) -> list[StepWindow]:
    """The window of this step run in every zone of its audience, `zones` where they are known."""
    return step_windows(occurrence_of(run), zones_of(launch) if zones is None else zones)


def _write(params: dict[str, Any]) -> Planned:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(id), 0) + 1 FROM delivery_delivery WHERE step_run_id = %(run)s",
            params,
        )
        (first_id,) = cursor.fetchone()
        params = params | {"first_id": first_id}
        cursor.execute(ROOM)
        for statement in (choose(params), share(params), BATCHES, TALLY, COUNT):
            cursor.execute(statement, params)
        people, batches = cursor.fetchone()
        if people:
            _insert(cursor, params, people)
        cursor.execute(FORGET)
    return Planned(people, batches)


def _insert(cursor: Any, params: dict[str, Any], people: int) -> None:
    """Into a partition of its own where that pays: building its indexes at once takes a third
    of adding to them row by row."""
    own = None
    if people >= LARGE:
        cursor.execute("SELECT outreach_ledger_open(%(run)s)", params)
        (own,) = cursor.fetchone()
    if own is None:
        cursor.execute("SELECT outreach_ledger_partition(%(run)s)", params)
    cursor.execute(insert_into(own or "delivery_delivery"), params)
    if own:
        cursor.execute("SELECT outreach_ledger_close(%(run)s)", params)
        cursor.execute("SELECT outreach_ledger_partition(%(run)s)", params)
