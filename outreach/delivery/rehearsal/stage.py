"""A launch that never was: its rows stand in a transaction that is always rolled back.

So a rehearsal asks the very functions that plan a real launch, about a campaign that may not
even be imported. Refuses to lock what a real import or launch waits for: its rows have names
and numbers of their own.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction

from outreach.campaigns.definition import CampaignDefinition, CampaignPack
from outreach.campaigns.launch_plan import Gap, launch_schools, plan_launch
from outreach.campaigns.models import Campaign, CampaignVersion, Launch, StepRun
from outreach.campaigns.schedule import build_step_runs
from outreach.campaigns.school_changes import changes_of
from outreach.campaigns.school_models import SchoolChange
from outreach.campaigns.sender_choice import require_senders
from outreach.campaigns.versions import definition_of
from outreach.consent.models import Topic
from outreach.content import TemplateSet
from outreach.core.clock import now
from outreach.organisation.models import Organisation, School

# The row names no maker: foreign keys are checked at the commit, and there is none.
_NOBODY = 0
# A number that no import wants while the rehearsal runs, nor another rehearsal.
_PAST_ALL_VERSIONS = 1_000_000_000


@dataclass(frozen=True)
class Plan:
    """What is rehearsed. `starts_on`: the launch's first day. `schools`: none means all.

    `source`: a campaign on disk, an imported version, or a launch, whose own day and schools
    are then given by `of_launch`.
    """

    source: CampaignPack | CampaignVersion
    starts_on: date
    schools: Sequence[School] = ()
    launch: Launch | None = None

    @classmethod
    def of_launch(cls, launch: Launch) -> Plan:
        return cls(launch.version, launch.starts_on, list(launch.schools.all()), launch)


@dataclass(frozen=True)
class Staged:
    """`runs`: every step run, with a number, in order. `stops_of`: the launch whose stopped
    schools count, 0 for none."""

    definition: CampaignDefinition
    files: Mapping[str, str]
    templates: TemplateSet
    topic_id: int
    launch: Launch
    runs: list[StepRun]
    gaps: list[Gap]
    stops_of: int


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written meanwhile is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def stage(plan: Plan) -> Staged:
    """The rows of a launch, inside `undone`. Raises BadInput where no launch could be made."""
    version = _version(plan.source) if isinstance(plan.source, CampaignPack) else plan.source
    definition = definition_of(version)
    topic, _ = Topic.objects.get_or_create(
        slug=definition.topic, defaults={"name": definition.topic}
    )
    launch = _launch(plan, version)
    require_senders(definition, launch_schools(launch))
    runs = build_step_runs(launch, timedelta(minutes=settings.PLAN_LEAD_MINUTES))
    runs = StepRun.objects.bulk_create(runs)
    return Staged(
        definition=definition,
        files=version.files,
        templates=TemplateSet(_in_use(version.files, definition)),
        topic_id=topic.pk,
        launch=launch,
        runs=runs,
        gaps=plan_launch(launch).gaps,
        stops_of=plan.launch.pk if plan.launch else 0,
    )


def _in_use(files: Mapping[str, str], definition: CampaignDefinition) -> dict[str, str]:
    """The templates that somebody may get: compiling one takes as long as writing ten texts."""
    folders = tuple(f"{language}/" for language in definition.languages)
    return {name: text for name, text in files.items() if name.startswith(folders)}


def _version(pack: CampaignPack) -> CampaignVersion:
    """Of the campaign that it belongs to, so that corrections find what was sent."""
    own_name = secrets.token_hex(32)
    campaign = Campaign.objects.filter(slug=pack.definition.campaign).first()
    return CampaignVersion.objects.create(
        campaign=campaign
        or Campaign.objects.create(
            slug=own_name[:50], title=pack.definition.title, created_at=now()
        ),
        number=_PAST_ALL_VERSIONS + secrets.randbelow(_PAST_ALL_VERSIONS),
        sha256=own_name,
        definition=pack.source_yaml,
        files=dict(pack.files),
        imported_at=now(),
        imported_by="",
    )


def _launch(plan: Plan, version: CampaignVersion) -> Launch:
    organisation = Organisation.objects.first()
    cap = organisation.launch_cap_micros if organisation else 0
    launch = Launch.objects.create(
        name="",
        version=version,
        starts_on=plan.starts_on,
        created_by_id=_NOBODY,
        created_at=now(),
        cap_micros=plan.launch.cap_micros if plan.launch else cap,
        spread_minutes=plan.launch.spread_minutes if plan.launch else None,
    )
    launch.schools.set(plan.schools)
    _as_changed(launch, plan)
    return launch


def _as_changed(launch: Launch, plan: Plan) -> None:
    """What its schools left out or moved counts here too."""
    changes = changes_of(plan.launch) if plan.launch else []
    for each in changes:
        each.pk, each.launch = None, launch
    SchoolChange.objects.bulk_create(changes)
