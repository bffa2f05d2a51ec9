"""`outreach launch move` and its decision: a running launch goes on with another version."""

from __future__ import annotations

from pathlib import Path

import click

from outreach.campaigns import actions
from outreach.campaigns.models import CampaignVersion, Launch
from outreach.campaigns.moves import open_move
from outreach.campaigns.moving import MovedRun, MoveEffect, effect_of_move
from outreach.campaigns.queries import version_named
from outreach.campaigns.versions import import_version
from outreach.cli.access import acting, operator
from outreach.cli.pick import LAUNCH, launch_named
from outreach.cli.rehearsal_text import print_difference
from outreach.cli.screen import print_table, say
from outreach.cli.templates import TEMPLATES, templates_beside
from outreach.core.errors import NotFound, NotNow
from outreach.delivery.rehearsal import Plan, compare
from outreach.organisation.audit import Actor

_WHY = click.option("--why", required=True, help="The reason, kept for those who read it later.")


@click.command("move", short_help="Ask that a running launch goes on with another version.")
@LAUNCH
@click.argument("what", metavar="PATH")
@TEMPLATES
@_WHY
@click.option(
    "--accept-unreviewed",
    is_flag=True,
    help="Say yes to further languages that no native speaker has reviewed. It is in the log.",
)
@acting("MANAGE_LAUNCHES")
def move(
    *,
    launch_text: str,
    what: str,
    templates_root: Path | None,
    why: str,
    accept_unreviewed: bool,
    actor: Actor,
) -> None:
    """Show what a move to another version changes, and ask for it. A second person approves.

    PATH is a campaign.yaml or its folder, which is imported, or an imported version like say-no@3.
    What has been planned keeps the version that it has, what waits takes the new one, and no step
    is sent again to whom it went.
    """
    launch = launch_named(launch_text)
    version = _version(what, templates_root, actor)
    actions.ask_move(launch, version, actor=actor, why=why, accepts_unreviewed=accept_unreviewed)
    _show(launch, version)
    say(f"Asked. Next, by a second person: outreach launch approve-move {launch.uuid}")


@click.command("show-move", short_help="What the move that was asked for changes.")
@LAUNCH
@operator
def show_move(launch_text: str) -> None:
    """Show what the move that waits for a decision would change, as of now."""
    launch = launch_named(launch_text)
    asked = open_move(launch)
    if asked is None:
        raise NotNow("Nobody has asked that this launch moves to another version.")
    say(f"Asked by {asked.asked_by.email} on {asked.asked_at:%Y-%m-%d %H:%M} UTC: {asked.why}")
    _show(launch, asked.to_version)


@click.command("approve-move", short_help="Move a launch to the version that was asked for.")
@LAUNCH
@acting("APPROVE_LAUNCHES")
def approve_move(launch_text: str, actor: Actor) -> None:
    """Move a launch to another version, as somebody else has asked. Look at show-move first."""
    launch = launch_named(launch_text)
    effect = actions.approve_move(launch, actor=actor)
    say(f"{launch.name} goes on with version {launch.version.number}.")
    _print_effect(effect)


@click.command("decline-move", short_help="Leave a launch with the version that it has.")
@LAUNCH
@_WHY
@acting("MANAGE_LAUNCHES", or_operator=True)
def decline_move(launch_text: str, why: str, actor: Actor) -> None:
    """Turn down, or take back, a move that was asked for."""
    launch = launch_named(launch_text)
    actions.decline_move(launch, actor=actor, why=why)
    say(f"{launch.name} stays with version {launch.version.number}.")


def _version(what: str, templates_root: Path | None, actor: Actor) -> CampaignVersion:
    path = Path(what)
    if path.exists():
        return import_version(path, templates_root or templates_beside(path), actor=actor)
    version = version_named(what)
    if version is None:
        raise NotFound(
            f"{what!r} is no campaign on disk and no imported version.",
            remedy="Name a folder with a campaign.yaml, or a version like say-no@3.",
        )
    return version


def _show(launch: Launch, version: CampaignVersion) -> None:
    """The whole campaign by both versions, and what of it the launch has still before it."""
    before = Plan.of_launch(launch)
    print_difference(compare(before, Plan(version, before.starts_on, before.schools)))
    say("")
    say(f"What version {version.number} changes in this launch:")
    _print_effect(effect_of_move(launch, version))


def _print_effect(effect: MoveEffect) -> None:
    kinds = (
        ("keeps its version", effect.stay),
        ("waits, takes the new one", effect.go_on),
        ("new", effect.come),
        ("given up", effect.go),
        ("not sent again", effect.not_again),
    )
    rows = [_row(words, run) for words, runs in kinds for run in runs]
    print_table(["step", "day before", "day now", ""], rows, empty="Nothing.")


def _row(words: str, run: MovedRun) -> list[object]:
    return [run.step_key, run.before, run.after, words]


COMMANDS: tuple[click.Command, ...] = (move, show_move, approve_move, decline_move)
