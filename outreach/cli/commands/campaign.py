"""`outreach campaign …`: check, import and list campaigns."""

from __future__ import annotations

from pathlib import Path

import click

from outreach.campaigns.actions import import_version
from outreach.campaigns.definition import check_pack, check_path, load_pack
from outreach.campaigns.models import CampaignVersion
from outreach.campaigns.queries import versions
from outreach.campaigns.versions import definition_of
from outreach.cli.access import acting, operator
from outreach.cli.failures import sentence
from outreach.cli.screen import json_option, note, print_json, print_table, say
from outreach.core.errors import BadInput, Problem
from outreach.organisation.audit import Actor

_BLOCKED = 2
_PATH = click.argument("path", type=click.Path(path_type=Path))
_TEMPLATES = click.option(
    "--templates",
    "templates_root",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder with one folder of templates per campaign; without it templates/ beside "
    "campaigns/.",
)


@click.group(short_help="Check, import and list campaigns.")
def command() -> None:
    """Check, import and list campaigns.

    A campaign is a campaign.yaml and its templates. docs/campaign-reference.md explains each
    key.
    """


@command.command()
@_PATH
@_TEMPLATES
@json_option
@operator
def check(path: Path, templates_root: Path | None, as_json: bool) -> None:
    """Find every mistake in a campaign and its templates.

    PATH is a campaign.yaml or its folder. Needs no database. Exit code 2 when something is
    wrong; warnings alone give 0.
    """
    problems = check_path(path, templates_root or _templates_beside(path))
    if as_json:
        print_json([_as_dict(problem) for problem in problems])
    else:
        _print_problems(path, problems)
    if any(problem.blocks for problem in problems):
        raise click.exceptions.Exit(_BLOCKED)


@command.command("import")
@_PATH
@_TEMPLATES
@json_option
@acting("MANAGE_LAUNCHES", or_operator=True)
def import_(path: Path, templates_root: Path | None, as_json: bool, actor: Actor) -> None:
    """Freeze a campaign as a new version, ready to be launched.

    The same files again change nothing. A campaign with a mistake is not imported at all.
    """
    root = templates_root or _templates_beside(path)
    for problem in check_pack(load_pack(path, root)):
        if not problem.blocks:
            note(sentence(problem))
    newest = versions().values_list("pk", flat=True).first() or 0
    version = import_version(path, root, actor=actor)
    is_new = version.pk > newest
    slug = version.campaign.slug
    if as_json:
        print_json(
            {
                "campaign": slug,
                "version": version.number,
                "sha256": version.sha256,
                "is_new": is_new,
            }
        )
        return
    what = "was imported" if is_new else "is here already; nothing changed"
    say(f"{slug} version {version.number} {what} (sha256 {version.sha256[:12]}…).")


@command.command("list")
@json_option
@operator
def list_(as_json: bool) -> None:
    """Show every version of every campaign, the newest first."""
    found = list(versions())
    if as_json:
        print_json([_version_as_dict(version) for version in found])
        return
    rows = [
        [
            version.campaign.slug,
            str(version.number),
            version.campaign.title,
            ", ".join(definition_of(version).languages),
            version.imported_at,
            version.sha256[:12],
        ]
        for version in found
    ]
    headings = ["campaign", "version", "title", "languages", "imported", "sha256"]
    print_table(headings, rows, empty="No campaign yet. Import one: outreach campaign import PATH.")


def _version_as_dict(version: CampaignVersion) -> dict[str, object]:
    return {
        "campaign": version.campaign.slug,
        "version": version.number,
        "title": version.campaign.title,
        "languages": list(definition_of(version).languages),
        "imported_at": version.imported_at,
        "imported_by": version.imported_by,
        "sha256": version.sha256,
    }


def _templates_beside(path: Path) -> Path:
    """templates/ beside the campaigns/ that the campaign is in, else in this folder."""
    folder = path if path.is_dir() else path.parent
    places = [folder.resolve().parent.parent / "templates", Path("templates").resolve()]
    found = next((place for place in places if place.is_dir()), None)
    if found is None and path.exists():
        raise BadInput(
            "The templates of this campaign were not found.",
            where=str(path),
            remedy="Name their folder with --templates.",
        )
    return found or places[0]


def _print_problems(path: Path, problems: list[Problem]) -> None:
    for problem in problems:
        say(sentence(problem))
    blocking = sum(problem.blocks for problem in problems)
    if blocking:
        note(f"{blocking} to mend, {len(problems) - blocking} to look at.")
    else:
        warnings = f", {len(problems)} to look at" if problems else ""
        say(f"{path} can be imported{warnings}.")


def _as_dict(problem: Problem) -> dict[str, object]:
    return {
        "code": problem.code,
        "where": problem.where,
        "message": problem.message,
        "remedy": problem.remedy,
        "blocks": problem.blocks,
    }
