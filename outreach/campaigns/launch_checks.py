"""What a launch needs beyond a sound campaign: help lines where it goes, and a yes to its texts.

Owns the two questions that only a launch can be asked: whether every country of its schools has
verified help lines, and whether somebody said yes to languages that no native speaker has read.
Refuses the rest: see `definition` for the pack and `readiness` for who is alerted.
"""

from __future__ import annotations

from collections.abc import Sequence

from outreach.campaigns.models import Launch
from outreach.campaigns.reviews import unreviewed_languages
from outreach.content import help_directory
from outreach.core.errors import BadInput, NotNow
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import School


def require_help_lines(schools: Sequence[School]) -> None:
    """`schools`: none means all. Raises BadInput naming the countries without help lines."""
    countries = (
        {school.country for school in schools}
        if schools
        else set(School.objects.values_list("country", flat=True))
    )
    directory = help_directory()
    without = sorted(each for each in countries if directory.for_country(each).missing())
    if without:
        raise BadInput(
            f"For {', '.join(without)} there is no verified emergency number or help line, so "
            "nobody there would get a message.",
            remedy="Enter and verify them (docs/help-directory.md), or choose other schools.",
        )


def accept_languages(launch: Launch, actor: Actor, *, says_yes: bool) -> None:
    """Notes the yes, once. Raises NotNow where one is needed and was not given."""
    languages = unreviewed_languages(launch.version)
    if not languages or launch.unreviewed_languages_accepted:
        return
    if not says_yes:
        raise unreviewed(languages)
    Launch.objects.filter(pk=launch.pk).update(unreviewed_languages_accepted=True)
    note_unreviewed(launch, actor, languages)


def unreviewed(languages: Sequence[str]) -> NotNow:
    """What is raised where a yes is needed and was not given."""
    return NotNow(
        f"No native speaker has reviewed the texts in {', '.join(languages)}.",
        remedy="Have them read, or say yes to using them as they are: tick the box on the "
        "page, or add --accept-unreviewed.",
    )


def note_unreviewed(launch: Launch, actor: Actor, languages: Sequence[str]) -> None:
    """Into the log: who said yes to which languages."""
    record(
        actor,
        "launch.unreviewed-accepted",
        f"launch:{launch.uuid}",
        details={"languages": ", ".join(languages)},
    )
