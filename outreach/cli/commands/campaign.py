"""`outreach campaign …`: check, rehearse, compare, preview, test, import and list campaigns."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import click

from outreach.campaigns.actions import import_version
from outreach.campaigns.definition import check_pack, load_pack
from outreach.campaigns.models import CampaignVersion
from outreach.campaigns.queries import versions
from outreach.campaigns.versions import definition_of
from outreach.cli.access import acting, operator
from outreach.cli.commands import campaign_check, campaign_preview, campaign_rehearsal
from outreach.cli.failures import sentence
from outreach.cli.screen import json_option, note, print_json, print_table, say
from outreach.cli.templates import TEMPLATES, templates_beside
from outreach.core.errors import Problem
from outreach.organisation.audit import Actor

_UNREVIEWED = "unreviewed-language"
_TOGETHER = 2
_PATH = click.argument("path", type=click.Path(path_type=Path))


@click.group(short_help="Check, rehearse, preview, test and import campaigns.")
def command() -> None:
    """Check, rehearse, preview, test, import and list campaigns.

    A campaign is a campaign.yaml and its templates. docs/campaign-reference.md explains each
    key.
    """


@command.command("import")
@_PATH
@TEMPLATES
@json_option
@acting("MANAGE_LAUNCHES", or_operator=True)
def import_(path: Path, templates_root: Path | None, as_json: bool, actor: Actor) -> None:
    """Freeze a campaign as a new version, ready to be launched.

    The same files again change nothing. A campaign with a mistake is not imported at all. What
    does not forbid it is said: languages that nobody reviewed in one line, the rest one by one.
    """
    root = templates_root or templates_beside(path)
    _tell(path, [each for each in check_pack(load_pack(path, root)) if not each.blocks])
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


def _tell(path: Path, warnings: Sequence[Problem]) -> None:
    """One line for all languages that nobody reviewed: there may be as many as languages."""
    unreviewed = [each for each in warnings if each.code == _UNREVIEWED]
    for problem in warnings:
        if len(unreviewed) < _TOGETHER or problem.code != _UNREVIEWED:
            note(sentence(problem))
    if len(unreviewed) >= _TOGETHER:
        message = f"No native speaker has reviewed texts in {len(unreviewed)} languages."
        remedy = f"See each with: outreach campaign check {shlex.quote(str(path))}"
        note(sentence(Problem(_UNREVIEWED, message, str(path), remedy, blocks=False)))


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


for _each in (
    *campaign_check.COMMANDS,
    *campaign_rehearsal.COMMANDS,
    *campaign_preview.COMMANDS,
):
    command.add_command(_each)
