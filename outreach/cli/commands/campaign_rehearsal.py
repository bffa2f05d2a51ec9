"""`outreach campaign rehearse` and `diff`: what a campaign would do, before anything is sent."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path

import click

from outreach.campaigns.definition import CampaignPack, check_pack, load_pack
from outreach.campaigns.queries import version_named
from outreach.cli.access import acting
from outreach.cli.pick import Day, launch_named
from outreach.cli.rehearsal_text import print_difference, print_rehearsal
from outreach.cli.screen import json_option, print_json
from outreach.cli.templates import TEMPLATES, templates_beside
from outreach.core.clock import now
from outreach.core.errors import BadFile, NotFound
from outreach.delivery.rehearsal import Plan, Rehearsal, compare, rehearse
from outreach.organisation.audit import Actor
from outreach.organisation.models import School
from outreach.organisation.permissions import Right, require
from outreach.organisation.schools import school_by_slug
from outreach.organisation.staff import staff_by_email

_FROM = click.option(
    "--from", "starts_on", type=Day(), help="The first day of the launch. Default: today."
)
_TO = click.option("--to", "until", type=Day(), help="The last day to look at. Default: all.")
_SCHOOLS = click.option(
    "--school", "slugs", multiple=True, metavar="SLUG", help="Only this school; may be repeated."
)


@click.command("rehearse")
@click.argument("what", metavar="PATH")
@_FROM
@_TO
@_SCHOOLS
@TEMPLATES
@click.option(
    "--people",
    "persons",
    type=click.IntRange(min=0),
    default=0,
    help="Name up to so many of those left out of each step, for those who may see persons.",
)
@json_option
@acting("SEE_LAUNCHES", or_operator=True)
def rehearse_(
    *,
    what: str,
    starts_on: date | None,
    until: date | None,
    slugs: tuple[str, ...],
    templates_root: Path | None,
    persons: int,
    as_json: bool,
    actor: Actor,
) -> None:
    """Show a whole campaign on the real audience: who gets what, when, at what price.

    PATH is a campaign.yaml or its folder, an imported version (say-no or say-no@3), or a launch.
    Nothing is sent, no provider is called and nothing is kept. What is then really sent is what
    was rehearsed, as long as nobody joins, leaves or opts out meanwhile.
    """
    if persons:
        _may_see_persons(actor)
    plan = _plan(what, templates_root, starts_on, [school_by_slug(slug) for slug in slugs])
    found = rehearse(plan, until=until, persons=persons)
    if as_json:
        print_json(_as_dict(found))
        return
    print_rehearsal(found)


@click.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@_FROM
@_TO
@_SCHOOLS
@TEMPLATES
@json_option
@acting("SEE_LAUNCHES", or_operator=True)
def diff(
    *,
    old: str,
    new: str,
    starts_on: date | None,
    until: date | None,
    slugs: tuple[str, ...],
    templates_root: Path | None,
    as_json: bool,
    actor: Actor,
) -> None:
    """Show what an edit changes for the people: who, when, the price, and the words.

    OLD and NEW are each a campaign.yaml or its folder, an imported version (say-no or say-no@3),
    or a launch. Both are rehearsed on today's audience; with a launch on one side, the other
    side gets its first day and its schools.
    """
    schools = [school_by_slug(slug) for slug in slugs]
    sides = [_plan(what, templates_root, starts_on, schools) for what in (old, new)]
    launched = next((side for side in sides if side.launch), None)
    if launched is not None:
        sides = [
            side
            if side.launch
            else Plan(side.source, starts_on or launched.starts_on, schools or launched.schools)
            for side in sides
        ]
    found = compare(sides[0], sides[1], until=until)
    if as_json:
        print_json(
            {
                "old": _as_dict(found.old),
                "new": _as_dict(found.new),
                "steps": [asdict(step) for step in found.steps],
                "texts": [asdict(text) for text in found.texts],
            }
        )
        return
    print_difference(found)


def _plan(
    what: str, templates_root: Path | None, starts_on: date | None, schools: list[School]
) -> Plan:
    first_day = starts_on or now().date()
    path = Path(what)
    if path.exists():
        pack = _sound(path, templates_root)
        return Plan(pack, first_day, schools)
    version = version_named(what)
    if version is not None:
        return Plan(version, first_day, schools)
    try:
        return Plan.of_launch(launch_named(what))
    except NotFound:
        raise NotFound(
            f"{what!r} is no campaign on disk, no imported version and no launch.",
            remedy="Name a folder with a campaign.yaml, a version like say-no@3, or a launch.",
        ) from None


def _sound(path: Path, templates_root: Path | None) -> CampaignPack:
    """Raises BadFile for what could not be imported either."""
    pack = load_pack(path, templates_root or templates_beside(path))
    blocking = [problem for problem in check_pack(pack) if problem.blocks]
    if blocking:
        raise BadFile(f"{path.name} has {len(blocking)} faults.", blocking, where=str(path))
    return pack


def _may_see_persons(actor: Actor) -> None:
    """The operator of this machine sees the database anyway. Raises NotAllowed."""
    if actor.staff_id is not None:
        require(staff_by_email(actor.name), Right.MANAGE_AUDIENCE)


def _as_dict(found: Rehearsal) -> dict[str, object]:
    return {
        **asdict(found),
        "amount": asdict(found.amount),
        "left_out": found.left_out,
    }


COMMANDS: tuple[click.Command, ...] = (rehearse_, diff)
