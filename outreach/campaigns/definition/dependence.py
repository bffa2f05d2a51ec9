"""Which steps fall on different days at different schools."""

from __future__ import annotations

from outreach.campaigns.definition.spec import CampaignDefinition, Step
from outreach.timing import AfterOptIn, AfterStep, FromEdge, NextWeekday, OnNamedDay


def on_the_calendar(definition: CampaignDefinition) -> frozenset[str]:
    """The keys of steps whose day the school's own calendar decides, or may move."""
    found: set[str] = set()
    for step in definition.steps:
        rule = step.when.rule()
        counts_from = rule.step_key if isinstance(rule, AfterStep | NextWeekday) else None
        if (
            isinstance(rule, OnNamedDay | FromEdge)
            or definition.free_days(step)
            or counts_from in found
        ):
            found.add(step.key)
    return frozenset(found)


def needs_calendars(definition: CampaignDefinition) -> bool:
    """Whether anything of a school's calendar matters."""
    return bool(on_the_calendar(definition))


def after_opt_in(definition: CampaignDefinition) -> list[Step]:
    """The steps that go out so long after each person's consent."""
    return [step for step in definition.steps if isinstance(step.when.rule(), AfterOptIn)]
