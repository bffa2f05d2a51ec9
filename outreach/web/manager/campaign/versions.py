"""The list of campaigns, one version as a timeline, and everything that the checks say of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from outreach.campaigns.definition import Step
from outreach.campaigns.kept_checks import findings_of
from outreach.campaigns.models import Campaign, CampaignVersion, Launch
from outreach.campaigns.queries import versions
from outreach.campaigns.reviews import TextStanding, standings
from outreach.campaigns.versions import definition_of
from outreach.core.clock import now
from outreach.core.errors import Problem
from outreach.organisation.models import School
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest, needs
from outreach.web.manager.campaign.finding import Found, found_version, newest_number
from outreach.web.manager.campaign.words import (
    audience_words,
    channel_words,
    day_words,
    hours_words,
    recipient_words,
)
from outreach.web.words import launch_badge

_MOST_LAUNCHES = 20


@dataclass(frozen=True)
class CampaignLine:
    """A campaign in the list. `older`: its versions before the newest."""

    campaign: Campaign
    newest: CampaignVersion
    older: tuple[CampaignVersion, ...]
    steps: int
    languages: int
    unreviewed: int


@dataclass(frozen=True)
class LanguageLine:
    """How far one language is, in texts; of `wanted` so many are missing or never reviewed."""

    language: str
    wanted: int
    missing: int
    unreviewed: int


@dataclass(frozen=True)
class StepLine:
    """A step in words, and the languages of its texts that need somebody."""

    step: Step
    day: str
    hours: str
    recipients: str
    channels: str
    narrowed: tuple[str, ...]
    missing: tuple[str, ...]
    unreviewed: tuple[str, ...]


@needs(Right.SEE_LAUNCHES)
@never_cache
@require_safe
def campaigns(request: StaffRequest) -> HttpResponse:
    """Every campaign with its newest version."""
    by_campaign: dict[int, list[CampaignVersion]] = {}
    for version in versions().order_by("campaign__title", "-number").defer("files", "definition"):
        by_campaign.setdefault(version.campaign_id, []).append(version)
    page = {
        "lines": [_campaign_line(found) for found in by_campaign.values()],
        "may_edit": request.viewer.rights.has(Right.MANAGE_LAUNCHES),
    }
    return render(request, "manager/campaign/list.html", page)


@needs(Right.SEE_LAUNCHES)
@never_cache
@require_safe
def version(request: StaffRequest, slug: str, number: int) -> HttpResponse:
    """One version: its steps in order, its languages, the sends that follow it."""
    found = found_version(slug, number)
    texts = list(standings(found.version).values())
    sends = Launch.objects.filter(version=found.version).order_by("-pk")[:_MOST_LAUNCHES]
    newest = newest_number(found)
    page = {
        "found": found,
        "steps": [_step_line(found, step, texts) for step in found.definition.steps],
        "languages": _languages(found.definition.languages, texts),
        "sends": [(launch, launch_badge(launch.state)) for launch in sends],
        "newest": newest if newest > number else 0,
        "before": number - 1,
        "may_edit": request.viewer.rights.has(Right.MANAGE_LAUNCHES),
    }
    return render(request, "manager/campaign/version.html", page)


@needs(Right.SEE_LAUNCHES)
@never_cache
@require_safe
def check(request: StaffRequest, slug: str, number: int) -> HttpResponse:
    """Everything that the checks of the command line say of this version, by file."""
    found = found_version(slug, number)
    countries = School.objects.values_list("country", flat=True).distinct()
    problems = findings_of(found.version, countries=countries, today=now().date())
    page = {"found": found, "groups": by_file(problems)}
    return render(request, "manager/campaign/check.html", page)


def by_file(problems: Iterable[Problem]) -> list[tuple[str, list[Problem]]]:
    """Findings under the file that they are about, in their order."""
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        found.setdefault(problem.where.partition(":")[0], []).append(problem)
    return list(found.items())


def _campaign_line(found: Sequence[CampaignVersion]) -> CampaignLine:
    newest = found[0]
    definition = definition_of(newest)
    texts = list(standings(newest).values())
    return CampaignLine(
        campaign=newest.campaign,
        newest=newest,
        older=tuple(found[1:]),
        steps=len(definition.steps),
        languages=len(definition.languages),
        unreviewed=sum(1 for line in _languages(definition.languages, texts) if line.unreviewed),
    )


def _languages(tags: Sequence[str], texts: Sequence[TextStanding]) -> list[LanguageLine]:
    return [_language(tag, [each for each in texts if each.key.language == tag]) for tag in tags]


def _language(tag: str, texts: Sequence[TextStanding]) -> LanguageLine:
    missing = sum(1 for each in texts if not each.is_there)
    unreviewed = sum(1 for each in texts if each.is_there and each.reviewed_by is None)
    return LanguageLine(tag, len(texts), missing, unreviewed)


def _step_line(found: Found, step: Step, texts: Sequence[TextStanding]) -> StepLine:
    own = [each for each in texts if each.key.step == step.key]
    return StepLine(
        step=step,
        day=day_words(found.definition, step),
        hours=hours_words(step),
        recipients=recipient_words(step.recipients),
        channels=", ".join(channel_words(channel) for channel in step.channels),
        narrowed=tuple(audience_words(step)),
        missing=_tags(each for each in own if not each.is_there),
        unreviewed=_tags(each for each in own if each.is_there and each.reviewed_by is None),
    )


def _tags(texts: Iterable[TextStanding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.key.language for each in texts))
