"""`outreach campaign check`: everything that is wrong with a campaign, before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import click
from django.db import InterfaceError, OperationalError, ProgrammingError

from outreach.campaigns.definition import CampaignPack, Surroundings, check_path, load_pack
from outreach.campaigns.definition.codes import PAGE, codes
from outreach.campaigns.definition.template_files import folder_of
from outreach.cli import spam_score
from outreach.cli.access import operator
from outreach.cli.failures import sentence
from outreach.cli.screen import json_option, note, print_json, print_table, say
from outreach.cli.templates import TEMPLATES, templates_beside
from outreach.config.environment import environment
from outreach.content import TemplateSet
from outreach.content.checks import TextCost, text_costs
from outreach.core.clock import now
from outreach.core.errors import BadFile, Problem
from outreach.organisation.models import School, SmsPrice

_BLOCKED = 2
_MICROS = 1_000_000


@dataclass(frozen=True)
class _Here:
    """What this installation knows. `prices`: country -> millionths for one part."""

    has_database: bool = False
    countries: frozenset[str] = frozenset()
    prices: Mapping[str, int] = field(default_factory=dict)


@click.command("check")
@click.argument("path", type=click.Path(path_type=Path))
@TEMPLATES
@click.option(
    "--country",
    "countries",
    multiple=True,
    metavar="XX",
    help="A country that the audience has or will have; may be repeated. Those of the schools "
    "here are looked at anyway.",
)
@json_option
@operator
def check(
    path: Path, templates_root: Path | None, countries: tuple[str, ...], as_json: bool
) -> None:
    """Find every mistake in a campaign and its templates.

    PATH is a campaign.yaml or its folder. Works without a database; with one it also looks at
    the countries of the schools here and at the prices. Exit code 2 when something is wrong;
    warnings alone give 0. docs/findings.md explains each code.
    """
    root = templates_root or templates_beside(path)
    pack = _pack(path, root)
    here = _here()
    around = Surroundings(
        countries=here.countries | {country.upper() for country in countries},
        own_hosts=frozenset({urlsplit(environment().public_url).hostname or ""}) - {""},
        today=now().date(),
    )
    problems = check_path(path, root, around)
    texts = _texts(pack, around.countries)
    problems += _spam(pack)
    if as_json:
        print_json(
            {
                "findings": [_as_dict(problem) for problem in problems],
                "texts": [_cost_as_dict(text, here.prices) for text in texts],
            }
        )
    else:
        _print_problems(path, problems)
        _print_texts(texts, here)
    if any(problem.blocks for problem in problems):
        raise click.exceptions.Exit(_BLOCKED)


def _here() -> _Here:
    """Nothing where no database is set or it does not answer: the files can be checked all the
    same."""
    if not environment().database_url:
        return _Here()
    try:
        return _Here(
            has_database=True,
            countries=frozenset(School.objects.values_list("country", flat=True)),
            prices=dict(SmsPrice.objects.values_list("country", "micros")),
        )
    except (OperationalError, InterfaceError, ProgrammingError):
        return _Here()


def _pack(path: Path, root: Path) -> CampaignPack | None:
    """None where something blocks, which the findings say."""
    try:
        return load_pack(path, root)
    except BadFile:
        return None


def _texts(pack: CampaignPack | None, countries: frozenset[str]) -> list[TextCost]:
    if pack is None:
        return []
    templates = TemplateSet(pack.files)
    return [] if templates.problems() else list(text_costs(templates, countries))


def _spam(pack: CampaignPack | None) -> list[Problem]:
    if pack is None or not spam_score.is_installed():
        return []
    templates = TemplateSet(pack.files)
    if templates.problems():
        return []
    definition = pack.definition
    folder = folder_of(definition.campaign)
    return list(spam_score.spam_problems(templates, definition.default_language, folder))


def _print_problems(path: Path, problems: Sequence[Problem]) -> None:
    for problem in problems:
        say(f"{sentence(problem)} [{problem.code}]")
    blocking = sum(problem.blocks for problem in problems)
    if blocking:
        note(f"{blocking} to mend, {len(problems) - blocking} to look at. {PAGE} explains them.")
    else:
        warnings = f", {len(problems)} to look at" if problems else ""
        say(f"{path} can be imported{warnings}.")


def _print_texts(texts: Sequence[TextCost], here: _Here) -> None:
    if texts:
        rows = [_row(text, here.prices) for text in texts]
        say(
            "\nText messages, with a school's name of 40 letters, in the country where each takes "
            "most parts:"
        )
        headings = ["step", "language", "in", "parts", "with stop link", "alphabet", "price", "by"]
        print_table(headings, rows, empty="")
    if not here.has_database:
        note("Without a database: countries of schools and prices were not looked at.")
    if not spam_score.is_installed():
        note("Without SpamAssassin: emails were not scored.")


def _row(text: TextCost, prices: Mapping[str, int]) -> list[object]:
    micros = prices.get(text.country)
    price = f"{text.segments * micros / _MICROS:.4f}" if micros is not None else ""
    letters = " ".join(text.outside_gsm[:3])
    return [
        text.step,
        text.language,
        text.country,
        text.segments,
        text.with_link,
        text.encoding,
        price,
        letters,
    ]


def _as_dict(problem: Problem) -> dict[str, object]:
    return {
        "code": problem.code,
        "severity": "error" if problem.blocks else "warning",
        "where": problem.where,
        "message": problem.message,
        "remedy": problem.remedy,
        "blocks": problem.blocks,
        "page": codes()[problem.code].page,
    }


def _cost_as_dict(text: TextCost, prices: Mapping[str, int]) -> dict[str, object]:
    micros = prices.get(text.country)
    return {
        "step": text.step,
        "language": text.language,
        "country": text.country,
        "encoding": text.encoding,
        "segments": text.segments,
        "segments_with_stop_link": text.with_link,
        "outside_gsm": list(text.outside_gsm),
        "micros": None if micros is None else text.segments * micros,
    }


COMMANDS: tuple[click.Command, ...] = (check,)
