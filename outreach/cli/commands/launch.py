"""`outreach launch …`: make, approve, start and stop sends."""

from __future__ import annotations

from datetime import date

import click

from outreach.campaigns import actions
from outreach.campaigns.models import Launch, LaunchState
from outreach.campaigns.queries import require_version
from outreach.cli.access import acting
from outreach.cli.commands import (
    launch_answers,
    launch_calendar,
    launch_decisions,
    launch_move,
    launch_pace,
    launch_views,
)
from outreach.cli.pick import LAUNCH, Day, launch_named
from outreach.cli.screen import json_option, print_json, say
from outreach.organisation.audit import Actor
from outreach.organisation.schools import school_by_slug

_WHY = click.option("--why", required=True, help="The reason, kept for those who read it later.")


@click.group(short_help="Make, approve, start and watch sends.")
def command() -> None:
    """Make, approve, start and watch sends.

    LAUNCH is a launch's name or identifier. create → review → approve (by a second person) →
    start; from then on everything goes out by itself, each step when its time has come.
    """


@command.command()
@click.option("--campaign", required=True, metavar="SLUG", help="Its newest version, or say-no@3.")
@click.option("--name", required=True, help="What colleagues will call it.")
@click.option("--starts-on", required=True, type=Day(), help="Day 0 of the campaign.")
@click.option(
    "--school",
    "schools",
    multiple=True,
    metavar="SLUG",
    help="May be repeated. Without it: all schools.",
)
@json_option
@acting("MANAGE_LAUNCHES")
def create(  # one argument for each thing that a launch is made of
    *,
    campaign: str,
    name: str,
    starts_on: date,
    schools: tuple[str, ...],
    as_json: bool,
    actor: Actor,
) -> None:
    """Make a draft of a launch. Nothing goes out yet."""
    launch = actions.create_launch(
        require_version(campaign),
        name=name,
        starts_on=starts_on,
        schools=[school_by_slug(slug) for slug in schools],
        actor=actor,
    )
    if as_json:
        print_json({"uuid": launch.uuid, "name": launch.name, "state": launch.state})
        return
    say(f"{launch.name} was made as a draft: {launch.uuid}")
    say(f"Next: outreach launch review {launch.uuid}")


@command.command()
@LAUNCH
@click.option(
    "--accept-unreviewed",
    is_flag=True,
    help="Say yes to languages that no native speaker has reviewed. It is in the log.",
)
@acting("MANAGE_LAUNCHES")
def review(launch_text: str, accept_unreviewed: bool, actor: Actor) -> None:
    """Hand a draft to a second person, who approves it."""
    launch = launch_named(launch_text)
    _tell(actions.request_review(launch, actor=actor, accepts_unreviewed=accept_unreviewed))


@command.command()
@LAUNCH
@acting("APPROVE_LAUNCHES")
def approve(launch_text: str, actor: Actor) -> None:
    """Approve a launch that somebody else has made."""
    _tell(actions.approve_launch(launch_named(launch_text), actor=actor))


@command.command()
@LAUNCH
@acting("MANAGE_LAUNCHES")
def start(launch_text: str, actor: Actor) -> None:
    """Start an approved launch: each step goes out when its time has come."""
    _tell(actions.start_launch(launch_named(launch_text), actor=actor))


@command.command()
@LAUNCH
@_WHY
@acting("MANAGE_LAUNCHES", or_operator=True)
def pause(launch_text: str, why: str, actor: Actor) -> None:
    """Stop sending at once, for now. Nothing that waits is lost."""
    _tell(actions.pause_launch(launch_named(launch_text), actor=actor, why=why))


@command.command()
@LAUNCH
@acting("MANAGE_LAUNCHES")
def resume(launch_text: str, actor: Actor) -> None:
    """Go on after a pause. What is too late by then is not sent."""
    _tell(actions.resume_launch(launch_named(launch_text), actor=actor))


@command.command()
@LAUNCH
@_WHY
@acting("MANAGE_LAUNCHES", or_operator=True)
def cancel(launch_text: str, why: str, actor: Actor) -> None:
    """End a launch for good. What has gone out cannot be taken back."""
    _tell(actions.cancel_launch(launch_named(launch_text), actor=actor, why=why))


def _tell(launch: Launch) -> None:
    say(f"{launch.name} is now: {LaunchState(launch.state).label.lower()}.")


for _part in (
    *launch_views.COMMANDS,
    *launch_decisions.COMMANDS,
    *launch_pace.COMMANDS,
    *launch_calendar.COMMANDS,
    *launch_answers.COMMANDS,
    *launch_move.COMMANDS,
):
    command.add_command(_part)
