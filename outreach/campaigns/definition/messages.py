"""The check of a pack's messages: what `content` finds in them, for the steps of a definition.

Owns what a check may know beyond the pack (countries, hosts, today) and the findings about the
countries of its audience. Refuses rendering: see `outreach.content.checks`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from outreach.campaigns.definition.numbering import numbers_of_their_own
from outreach.campaigns.definition.outline import Outline, PlacedStep
from outreach.campaigns.definition.places import Path
from outreach.campaigns.definition.spec import Recipients
from outreach.campaigns.definition.template_files import placed_in_folder
from outreach.core.errors import Problem

if TYPE_CHECKING:
    from outreach.content.checks import MessagePlan, Recall

_LAYOUT = "templates/layout/email.html"


@dataclass(frozen=True)
class Surroundings:
    """What a check may know beyond the pack itself.

    `countries`: of the schools that will get it, ISO 3166 alpha-2; empty where nobody knows.
    `own_hosts`: where our own pages are. `today`: for the age of help lines, None to leave it.
    """

    countries: frozenset[str] = frozenset()
    own_hosts: frozenset[str] = frozenset()
    today: date | None = None


ALONE = Surroundings()


def message_problems(
    outline: Outline,
    files: Mapping[str, str],
    around: Surroundings,
    recall: Recall | None = None,
) -> list[Problem]:
    """Every finding about the messages. A template that cannot be read hides no other.

    `recall`: what is known already of some of the files; None checks all of them.
    """
    if outline.campaign is None:
        return []
    # Here, not above: compiling templates takes Jinja, Markdown and the help directory, which
    # reading a definition does without.
    from outreach.content.checks import compared, nothing_known, reports_of

    plan = plan_of(outline, around)
    reports = reports_of(files, plan, recall or nothing_known)
    found = [
        *(problem for report in reports.values() for problem in report.broken),
        *numbers_of_their_own(outline, reports),
        *compared(reports, plan),
    ]
    return [
        *placed_in_folder(outline.campaign, found),
        *_layout_problems(),
        *country_problems(outline, around),
    ]


def plan_of(outline: Outline, around: Surroundings) -> MessagePlan:
    """What the checks of messages need to know of the definition."""
    from outreach.content.checks import MessagePlan, StepPlan

    return MessagePlan(
        default_language=outline.default_language or "",
        steps=tuple(
            StepPlan(
                placed.step.key,
                says=frozenset(placed.step.says or ()),
                for_staff=placed.step.recipients is not Recipients.GUARDIANS,
            )
            for placed in outline.steps
        ),
        countries=frozenset(countries_of(outline, around)),
        own_hosts=around.own_hosts,
    )


def _layout_problems() -> tuple[Problem, ...]:
    from outreach.content.checks.page import check_page
    from outreach.content.layout import default_layout

    return check_page(default_layout().source, _LAYOUT)


def countries_of(outline: Outline, around: Surroundings) -> dict[str, Path]:
    """Each country of the audience, with the place in the definition that names it."""
    named = {country: place for placed in outline.steps for country, place in _named(placed)}
    return {country: named.get(country, ()) for country in {*named, *around.countries}}


def _named(placed: PlacedStep) -> Iterator[tuple[str, Path]]:
    only = placed.step.only
    for number, country in enumerate(only.countries or () if only else ()):
        yield country, (*placed.path("only", "countries"), number)


def country_problems(outline: Outline, around: Surroundings) -> Iterator[Problem]:
    """What the help directory lacks for the countries of the audience."""
    named = countries_of(outline, around).items()
    places = {country: outline.places.of_value(place) for country, place in named}
    yield from country_findings(places, around.today)


def country_findings(places: Mapping[str, str], today: date | None) -> Iterator[Problem]:
    """The same of these countries, each with the place that names it. `today`: for the age of
    help lines, None to leave it."""
    from outreach.content import help_directory
    from outreach.content.help_age import stale_entries

    directory = help_directory()
    for country, where in sorted(places.items()):
        lacks = directory.for_country(country).missing()
        if lacks:
            yield Problem(
                "no-help-for-country",
                f"For {country} there is not {' and not '.join(lacks)}, so nobody there gets a "
                "message.",
                where,
                "Enter and verify them in outreach/content/help_directory.json; "
                "docs/help-directory.md says how.",
            )
        old = stale_entries(directory, country, today) if today else []
        if old:
            yield Problem(
                "old-help",
                f"In {country} {len(old)} of the help lines shown were last verified more than "
                f"300 days ago, or nobody wrote down when: {_names([e.name for e in old])}.",
                where,
                "Call or open each, then set `as_of` in outreach/content/help_directory.json.",
                blocks=False,
            )


def _names(names: list[str]) -> str:
    most = 3
    rest = len(names) - most
    return ", ".join([*names[:most], *([f"+{rest}"] if rest > 0 else [])])
