"""The decisions of people about a launch: unknown outcomes, failures, a school stopped."""

from __future__ import annotations

import click

from outreach.cli.access import acting
from outreach.cli.pick import LAUNCH, launch_named
from outreach.cli.screen import say
from outreach.delivery.actions import (
    Verdict,
    lift_school_stop,
    stop_school,
)
from outreach.delivery.actions import decide_unknown as settle_unknown
from outreach.delivery.actions import retry_failed as try_again
from outreach.organisation.audit import Actor
from outreach.organisation.schools import school_by_slug

_WHY = click.option("--why", required=True, help="The reason, kept for those who read it later.")
_SCHOOL = click.option("--school", required=True, metavar="SLUG", help="Which school.")
_ONE_LAUNCH = click.option(
    "--launch", "launch_text", metavar="LAUNCH", help="In this launch only; without it in all."
)
_VERDICTS = {"sent": Verdict.SENT, "send-again": Verdict.SEND_AGAIN}


@click.command("decide")
@LAUNCH
@click.option(
    "--verdict",
    required=True,
    type=click.Choice(sorted(_VERDICTS)),
    help="sent: they count as sent. send-again: they go out (again, perhaps).",
)
@_WHY
@acting("MANAGE_LAUNCHES")
def decide(launch_text: str, verdict: str, why: str, actor: Actor) -> None:
    """Decide about messages whose outcome nobody knows.

    The provider gave no answer and no receipt came for ten minutes. They are never sent again
    by themselves; look at the provider's own list first.
    """
    number = settle_unknown(launch_named(launch_text), _VERDICTS[verdict], actor=actor, why=why)
    say(f"Messages decided ({verdict}): {number:,}.")


@click.command("retry-failed")
@LAUNCH
@click.option(
    "--only",
    "causes",
    multiple=True,
    metavar="PROVIDER:CODE",
    help="Only those refused for this reason, like twilio:30003; may be repeated.",
)
@_WHY
@acting("MANAGE_LAUNCHES")
def retry_failed(launch_text: str, causes: tuple[str, ...], why: str, actor: Actor) -> None:
    """Send messages again that the provider refused.

    Addresses that are blocked by now stay blocked, and what is too late is not sent.
    """
    launch = launch_named(launch_text)
    number = try_again(launch, actor=actor, why=why, causes=causes or None)
    say(f"Messages that wait to be sent again: {number:,}.")


@click.command("stop-school")
@_SCHOOL
@_ONE_LAUNCH
@_WHY
@acting("STOP_SCHOOL", school="school")
def stop(school: str, launch_text: str | None, why: str, actor: Actor) -> None:
    """Send nothing in a school's name, from now on."""
    launch = launch_named(launch_text) if launch_text else None
    stop_school(school_by_slug(school), launch=launch, actor=actor, why=why)
    say(f"Nothing goes out in the name of {school} any more.")


@click.command("lift-school")
@_SCHOOL
@_ONE_LAUNCH
@acting("STOP_SCHOOL", school="school")
def lift(school: str, launch_text: str | None, actor: Actor) -> None:
    """Let a stopped school go on. What is too late by then is not sent."""
    launch = launch_named(launch_text) if launch_text else None
    ended = lift_school_stop(school_by_slug(school), launch=launch, actor=actor)
    say(f"{school} goes on." if ended else f"{school} was not stopped; nothing changed.")


COMMANDS: tuple[click.Command, ...] = (decide, retry_failed, stop, lift)
