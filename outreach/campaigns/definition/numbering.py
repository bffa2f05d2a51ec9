"""“Tip 2 of 5”: a step's place as its readers count.

Owns the counting, for a launch, a test message and a page alike. Refuses occurrences: a
step that goes out again next term is the same tip.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from outreach.campaigns.definition.outline import Outline
from outreach.campaigns.definition.spec import CampaignDefinition, Standing
from outreach.campaigns.definition.variants import original_of
from outreach.core.errors import Problem

if TYPE_CHECKING:
    from outreach.content.checks import MessageReport


@dataclass(frozen=True)
class StepPlace:
    """`number` of `total`, from 1. `number` is 0 for a step that stands alone; `total` is then
    that of the whole series, so that a staff brief can say how many tips will come."""

    number: int
    total: int


def place_of(definition: CampaignDefinition, step_key: str) -> StepPlace:
    """A step's place among the tips for the same readers; a variant has that of its step.

    Raises KeyError for no such step.
    """
    step = definition.step(original_of(definition.step(step_key)))
    series = [
        each
        for each in definition.steps
        if each.stands is Standing.IN_SERIES and each.variant_of is None
    ]
    if step.stands is Standing.ALONE:
        return StepPlace(0, len(series))
    own = [each.key for each in series if each.recipients is step.recipients]
    return StepPlace(own.index(step.key) + 1, len(own))


def numbers_of_their_own(outline: Outline, reports: Mapping[str, MessageReport]) -> list[Problem]:
    """Messages of steps that stand alone and print a number all the same: they could not be
    written. `reports`: by file."""
    from outreach.content.source import TemplateKey, read_name

    alone = {each.step.key for each in outline.steps if each.step.stands is Standing.ALONE}
    keys = {name: read_name(name) for name, report in reports.items() if report.prints_number}
    return [
        Problem(
            "number-alone",
            f"`{key.step}` stands alone, so it has no number to print.",
            name,
            "Take {{ step.number }} out, or take `stands: alone` out of the step.",
        )
        for name, key in keys.items()
        if isinstance(key, TemplateKey) and key.step in alone
    ]
