"""Whether messages go through senders, who stands in for whom, and what staff decide about it."""

from __future__ import annotations

import click

from outreach.cli.access import acting, operator
from outreach.cli.screen import json_option, print_json, print_table, say
from outreach.core.errors import BadInput
from outreach.delivery.condition import SenderCondition, conditions
from outreach.delivery.health import force_sender
from outreach.delivery.models import HealthState
from outreach.organisation.audit import Actor
from outreach.organisation.senders import sender_by_identity
from outreach.organisation.stand_ins import name_stand_in

_DECISIONS = {
    "own": HealthState.HEALTHY,
    "stand-in": HealthState.TRIPPED,
    "automatic": None,
}


@click.command("stand-in", short_help="Name who writes while a sender does not work.")
@click.argument("identity")
@click.argument("other", required=False)
@click.option("--none", "nobody", is_flag=True, help="Nobody stands in any more.")
@acting("MANAGE_SENDERS", or_operator=True)
def stand_in(identity: str, other: str | None, nobody: bool, actor: Actor) -> None:
    """Let OTHER write in the place of IDENTITY while that one does not work. Same channel, the
    same countries; what may have gone out already never goes out again."""
    if bool(other) == nobody:
        raise BadInput("Name the other sender, or say --none.")
    sender = sender_by_identity(identity)
    found = sender_by_identity(other) if other else None
    changed = name_stand_in(sender, found, actor=actor)
    words = f"{found.identity} stands in for {identity}" if found else f"{identity} is alone"
    say(f"{words}{'' if changed else ' already'}.")


@click.command("health", short_help="Show which senders work, and why others do not.")
@json_option
@operator
def health(as_json: bool) -> None:
    """Show which senders work, and why others do not."""
    found = conditions()
    if as_json:
        print_json([_as_dict(each) for each in found])
        return
    headings = ["sender", "state", "why", "decided", "calls", "failed", "seconds", "stand-in"]
    print_table(headings, [_row(each) for each in found], empty="No sender is in use.")


@click.command("failover", short_help="Decide who writes: a sender, its stand-in, or its calls.")
@click.argument("identity")
@click.argument("decision", type=click.Choice(list(_DECISIONS)))
@click.option("--why", required=True, help="The reason, kept for those who read it later.")
@acting("MANAGE_SENDERS", or_operator=True)
def failover(identity: str, decision: str, why: str, actor: Actor) -> None:
    """Decide who writes for IDENTITY: `own` (itself, whatever its calls say), `stand-in`, or
    `automatic` (as its calls go)."""
    sender = sender_by_identity(identity)
    if decision == "stand-in" and sender.stand_in is None:
        raise BadInput(
            f"{sender.identity} has no stand-in.",
            remedy=f"Name one: outreach sender stand-in {sender.identity} OTHER.",
        )
    force_sender(sender, _DECISIONS[decision], actor=actor, why=why)
    say(f"{sender.identity}: {decision}. It holds for batches that are sent from now on.")


def _row(found: SenderCondition) -> list[object]:
    return [
        found.sender.identity,
        found.state.label,
        found.why,
        f"{_decision(found)}: {found.forced_why}" if found.forced else "",
        found.calls,
        found.failing,
        round(found.mean_seconds, 2),
        found.stand_in.identity if found.stand_in else "",
    ]


def _decision(found: SenderCondition) -> str:
    return next(word for word, state in _DECISIONS.items() if state == found.forced)


def _as_dict(found: SenderCondition) -> dict[str, object]:
    return {
        "identity": found.sender.identity,
        "channel": found.sender.channel,
        "state": found.state.value,
        "why": found.why,
        "since": found.since,
        "decided": _decision(found),
        "decided_by": found.forced_by,
        "decided_why": found.forced_why,
        "calls": found.calls,
        "failing": found.failing,
        "mean_seconds": found.mean_seconds,
        "stand_in": found.stand_in.identity if found.stand_in else None,
        "batches_with_stand_in": found.away,
    }


COMMANDS = (stand_in, health, failover)
