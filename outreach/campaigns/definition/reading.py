"""The way in: the text of `campaign.yaml` to a definition, or to everything wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from pydantic import ValidationError

from outreach.campaigns.definition.crosschecks import cross_check
from outreach.campaigns.definition.findings import findings_of
from outreach.campaigns.definition.outline import Outline, outline_of
from outreach.campaigns.definition.spec import CampaignDefinition
from outreach.campaigns.definition.yaml_source import YamlSource, read_yaml
from outreach.core.errors import BadFile, Problem


@dataclass(frozen=True)
class Reading:
    """`definition`: None when something blocks. `problems`: all findings, as the file reads."""

    definition: CampaignDefinition | None
    outline: Outline
    problems: list[Problem]


# Reading YAML takes a twentieth of a second; an edit of a text leaves the definition as it was, and
# what is made of it is checked next.
@lru_cache(maxsize=16)
def examine(source: str, *, filename: str) -> Reading:
    """Reads a definition and keeps every finding, warnings included.

    `filename`: as the author knows it, for `file:line:column`. Raises BadFile only for a
    text that is no YAML, where nothing further can be said.
    """
    yaml = read_yaml(source, filename=filename)
    definition, findings = _validated(yaml)
    outline = outline_of(yaml)
    problems = [*yaml.problems, *findings, *cross_check(outline)]
    problems.sort(key=yaml.places.order)
    blocked = any(problem.blocks for problem in problems)
    return Reading(None if blocked else definition, outline, problems)


def read_definition(source: str, *, filename: str) -> CampaignDefinition:
    """The definition that `source` (YAML text) says.

    Raises BadFile with every problem at once, each with `file:line:column`, the value, and
    what would be right. Warnings alone raise nothing: `check_pack` shows them.
    """
    reading = examine(source, filename=filename)
    if reading.definition is None:
        raise bad_definition(reading.problems, filename)
    return reading.definition


def bad_definition(problems: list[Problem], filename: str) -> BadFile:
    count = sum(problem.blocks for problem in problems)
    what = "1 thing is" if count == 1 else f"{count} things are"
    return BadFile(f"The campaign cannot be used: {what} wrong with it.", problems, where=filename)


def _validated(yaml: YamlSource) -> tuple[CampaignDefinition | None, list[Problem]]:
    if any(problem.code == "empty-file" for problem in yaml.problems):
        return None, []
    try:
        return CampaignDefinition.model_validate(yaml.tree), []
    except ValidationError as error:
        return None, findings_of(error, yaml.places)
