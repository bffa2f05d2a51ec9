"""Importing a campaign: checked, frozen with its SHA-256, never edited afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from django.db import transaction
from django.db.models import Max

from outreach.campaigns.definition import (
    CampaignDefinition,
    CampaignPack,
    Step,
    load_pack,
    read_definition,
)
from outreach.campaigns.kept_checks import check_known, keep_checks
from outreach.campaigns.models import Campaign, CampaignVersion, Launch, MoveState, StepRun
from outreach.consent.models import Topic
from outreach.core.clock import now
from outreach.core.errors import BadFile
from outreach.organisation.audit import Actor, record


def import_version(path: Path, templates_root: Path, *, actor: Actor) -> CampaignVersion:
    """Reads, checks and freezes the campaign at `path` (a campaign.yaml).

    The same content again gives the version that is there. Raises BadFile with every
    blocking finding; nothing is stored then.
    """
    return import_pack(load_pack(path, templates_root), actor=actor)


def import_pack(pack: CampaignPack, *, actor: Actor) -> CampaignVersion:
    """The same for texts that are at hand already; `pack.filename` names them in findings."""
    problems = check_known(pack)
    blocking = [problem for problem in problems if problem.blocks]
    if blocking:
        name = Path(pack.filename).name
        raise BadFile(f"{name} has {len(blocking)} faults.", blocking, where=pack.filename)
    version = _freeze(pack, actor)
    keep_checks(pack, problems)
    return version


@transaction.atomic
def _freeze(pack: CampaignPack, actor: Actor) -> CampaignVersion:
    definition = pack.definition
    campaign, _ = Campaign.objects.get_or_create(
        slug=definition.campaign, defaults={"title": definition.title, "created_at": now()}
    )
    # Two imports at once wait for each other here, so numbers stay in order.
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    found = CampaignVersion.objects.filter(sha256=pack.sha256).first()
    if found is not None:
        return found
    Topic.objects.get_or_create(slug=definition.topic, defaults={"name": definition.topic})
    last = campaign.versions.aggregate(last=Max("number"))["last"] or 0
    version = CampaignVersion.objects.create(
        campaign=campaign,
        number=last + 1,
        sha256=pack.sha256,
        definition=pack.source_yaml,
        files=dict(pack.files),
        imported_at=now(),
        imported_by=actor.name,
    )
    record(actor, "campaign.import", f"campaign:{campaign.slug}", details={"number": last + 1})
    return version


@lru_cache(maxsize=32)
def definition_with_id(version_id: int) -> CampaignDefinition:
    """As `definition_of`, without reading the version's row, which holds all of its texts."""
    version = CampaignVersion.objects.select_related("campaign").get(pk=version_id)
    name = f"{version.campaign.slug} version {version.number}"
    return read_definition(version.definition, filename=name)


def definition_of(version: CampaignVersion) -> CampaignDefinition:
    """The definition of a frozen version; versions never change, so it is read once."""
    return definition_with_id(version.pk)


def version_id_of(run: StepRun) -> int:
    """The version by which a step run was planned, its launch's while it waits."""
    return run.version_id or run.launch.version_id


def definition_for(run: StepRun) -> CampaignDefinition:
    """The definition of that version."""
    return definition_with_id(version_id_of(run))


def step_of(run: StepRun) -> Step:
    """What the step of a step run says, as it was planned."""
    return definition_for(run).step(run.step_key)


def step_titles(launch: Launch, runs: Iterable[StepRun]) -> dict[str, str]:
    """Step -> its title, also of those of `runs` that an earlier version of the launch had."""
    return _titles(launch, map(version_id_of, runs))


def all_step_titles(launch: Launch) -> dict[str, str]:
    """The same of every step that it ever had: one that a move gave up has no step run left."""
    moves = launch.moves.filter(state=MoveState.APPROVED)
    return _titles(launch, moves.values_list("from_version", flat=True))


def _titles(launch: Launch, earlier: Iterable[int]) -> dict[str, str]:
    """By the newest of the versions that has the step."""
    versions = [*sorted({*earlier} - {launch.version_id}), launch.version_id]
    return {step.key: step.title for each in versions for step in definition_with_id(each).steps}
