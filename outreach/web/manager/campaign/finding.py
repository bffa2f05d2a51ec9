"""The version, step, school and language that an address names; none of them is a 404."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.http import Http404

from outreach.campaigns.definition import CampaignDefinition, Step
from outreach.campaigns.models import CampaignVersion
from outreach.campaigns.queries import version_named
from outreach.campaigns.versions import definition_of
from outreach.delivery.preview import Source
from outreach.organisation.models import School

MOST_SCHOOLS = 100


@dataclass(frozen=True)
class Found:
    """A version with what pages ask of it."""

    version: CampaignVersion

    @cached_property
    def definition(self) -> CampaignDefinition:
        return definition_of(self.version)

    @cached_property
    def source(self) -> Source:
        return Source(self.definition, self.version.files)

    @property
    def title(self) -> str:
        return f"{self.definition.title}, version {self.version.number}"

    def step(self, key: str) -> Step:
        """Raises Http404."""
        try:
            return self.definition.step(key)
        except KeyError:
            raise Http404 from None

    def language(self, tag: str) -> str:
        """`tag` if the version is written in it. Raises Http404."""
        if tag not in self.definition.languages:
            raise Http404
        return tag


def found_version(slug: str, number: int) -> Found:
    """Raises Http404."""
    version = version_named(f"{slug}@{number}")
    if version is None:
        raise Http404
    return Found(version)


def newest_number(found: Found) -> int:
    """Of the same campaign."""
    numbers = found.version.campaign.versions.order_by("-number").values_list("number", flat=True)
    return numbers[0]


def schools_to_choose() -> list[School]:
    """In whose name a preview may be written, by name; the first of very many."""
    return list(School.objects.order_by("name")[:MOST_SCHOOLS])


def chosen_school(slug: str, schools: list[School]) -> School | None:
    """The one asked for, else the first; None where there is no school yet."""
    named = School.objects.filter(slug=slug).first() if slug else None
    return named or next(iter(schools), None)
