"""How far the texts of a frozen version are: there, missing, read by a native speaker.

Refuses to judge what a text says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from outreach.campaigns.definition import template_name
from outreach.campaigns.models import CampaignVersion
from outreach.campaigns.versions import definition_of
from outreach.content import TemplateKey
from outreach.content.source import read_source
from outreach.core.channels import Channel


@dataclass(frozen=True)
class TextStanding:
    """One text that the campaign needs. `reviewed_by`: None where nobody is named."""

    key: TemplateKey
    is_there: bool
    reviewed_by: str | None


def standings(version: CampaignVersion) -> Mapping[TemplateKey, TextStanding]:
    """Every text that the version needs, in the order of its steps and languages.

    Read once in a process, since a version never changes.
    """
    return _standings(version.pk)


def unreviewed_languages(version: CampaignVersion) -> list[str]:
    """The languages in which a text is missing or was never reviewed, as the version has them."""
    found = standings(version).values()
    return list(dict.fromkeys(each.key.language for each in found if each.reviewed_by is None))


@lru_cache(maxsize=32)
def _standings(version_id: int) -> Mapping[TemplateKey, TextStanding]:
    version = CampaignVersion.objects.select_related("campaign").get(pk=version_id)
    definition = definition_of(version)
    keys = [
        TemplateKey(language, step.key, Channel(channel))
        for step in definition.steps
        for channel in step.channels
        for language in definition.languages
    ]
    files: Mapping[str, str] = version.files
    return {key: _standing(key, files) for key in keys}


def _standing(key: TemplateKey, files: Mapping[str, str]) -> TextStanding:
    name = template_name(key.language, key.step, key.channel)
    if name not in files:
        return TextStanding(key, is_there=False, reviewed_by=None)
    head = read_source(name, files[name], key.channel).head
    return TextStanding(key, is_there=True, reviewed_by=head.get("reviewed_by") or None)
