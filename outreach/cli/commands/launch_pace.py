"""How fast a launch goes out, whether it goes first, and the life of one of its messages."""

from __future__ import annotations

import click

from outreach.campaigns import actions
from outreach.campaigns.models import StepRun
from outreach.cli.access import acting, operator
from outreach.cli.pick import LAUNCH, launch_named
from outreach.cli.screen import json_option, print_json, print_table, say
from outreach.core.errors import BadInput, NotFound
from outreach.delivery.capacity import room_by_day
from outreach.delivery.history import deliveries_of, history_of
from outreach.delivery.models import DeliveryState
from outreach.organisation.audit import Actor

_WHY = click.option("--why", required=True, help="The reason, kept for those who read it later.")
_MINUTES = 60


@click.command("pace", short_help="Spread a launch over some hours.")
@LAUNCH
@click.option("--hours", type=float, help="Each step goes out evenly over so many hours.")
@click.option("--fast", is_flag=True, help="As fast as its senders may; ends the even pace.")
@_WHY
@acting("MANAGE_LAUNCHES", or_operator=True)
def pace(launch_text: str, hours: float | None, fast: bool, why: str, actor: Actor) -> None:
    """Send each step at an even pace over some hours from the opening of its window.

    Holds at once, also for a launch that runs: what still waits is spread over what is left.
    """
    if (hours is None) is not fast:
        raise BadInput("It is either --hours or --fast.", remedy="Give one of them.")
    minutes = None if hours is None else round(hours * _MINUTES)
    launch = actions.spread_launch(launch_named(launch_text), minutes, actor=actor, why=why)
    words = "as fast as its senders may" if minutes is None else f"spread over {hours:g} hours"
    say(f"{launch.name} goes out {words}.")


@click.command("urgent", short_help="Ask that a launch goes before all others.")
@LAUNCH
@_WHY
@acting("MANAGE_LAUNCHES")
def urgent(launch_text: str, why: str, actor: Actor) -> None:
    """Ask that a launch goes before all others. A second person approves it."""
    launch = actions.ask_urgent(launch_named(launch_text), actor=actor, why=why)
    say(f"Asked. Next, by a second person: outreach launch approve-urgent {launch.uuid}")


@click.command("approve-urgent", short_help="Let a launch go before all others.")
@LAUNCH
@acting("APPROVE_URGENT")
def approve_urgent(launch_text: str, actor: Actor) -> None:
    """Let a launch go first, as somebody else has asked. The others wait for its senders."""
    launch = actions.approve_urgent(launch_named(launch_text), actor=actor)
    say(f"{launch.name} goes first.")


@click.command("end-urgent", short_help="Let a launch wait for its turn again.")
@LAUNCH
@_WHY
@acting("MANAGE_LAUNCHES", or_operator=True)
def end_urgent(launch_text: str, why: str, actor: Actor) -> None:
    """Let a launch wait for its turn like the others again, or turn down what was asked."""
    launch = actions.end_urgent(launch_named(launch_text), actor=actor, why=why)
    say(f"{launch.name} waits for its turn.")


@click.command("fits", short_help="How much of a launch fits on each of its days.")
@LAUNCH
@json_option
@operator
def fits(launch_text: str, as_json: bool) -> None:
    """Show for each day how much its limited senders may send, and how much is planned."""
    rooms = room_by_day(launch_named(launch_text))
    if as_json:
        print_json(
            [
                {"day": r.day, "sender": r.sender.identity, "most": r.most, "wanted": r.wanted}
                for r in rooms
            ]
        )
        return
    rows = [[r.day, r.sender.identity, r.most, r.wanted, r.is_short] for r in rooms]
    headings = ["day (UTC)", "sender", "at most", "planned", "too many"]
    print_table(headings, rows, empty="No sender of this launch has a limit of messages a day.")


@click.command("messages", short_help="The messages of a launch in one state.")
@LAUNCH
@click.option(
    "--state",
    type=click.Choice([state.value for state in DeliveryState]),
    default=DeliveryState.FAILED.value,
    show_default=True,
    help="Which ones.",
)
@click.option(
    "--most",
    type=click.IntRange(1, 10_000),
    default=50,
    show_default=True,
    help="Show so many at most.",
)
@operator
def messages(launch_text: str, state: str, most: int) -> None:
    """List messages by their numbers, with the reason; no names and no addresses."""
    launch = launch_named(launch_text)
    steps = dict(launch.step_runs.values_list("pk", "step_key"))
    rows = [
        [steps[each.step_run_id], str(each.delivery_id), each.attempt, each.state_at, each.why]
        for each in deliveries_of(launch.pk, state, most)
    ]
    print_table(["step", "number", "attempts", "since", "why"], rows, empty="None.")


@click.command("history", short_help="The life of one message of a launch.")
@LAUNCH
@click.option("--step", required=True, help="The key of its step.")
@click.option("--number", required=True, type=int, help="Its number, as `messages` shows it.")
@operator
def history(launch_text: str, step: str, number: int) -> None:
    """Show each attempt, each wait and each reason of one message, in words."""
    found = history_of(_run(launch_text, step).pk, number)
    rows = [[line.at, line.words, line.why, line.actor] for line in found.lines]
    print_table(["when", "what", "why", "by"], rows, empty="Nothing has happened yet.")
    for wait in found.waits:
        until = f" ({wait.until:%Y-%m-%d %H:%M} UTC)" if wait.until else ""
        say(f"  waits: {wait.words}{until}")


def _run(launch_text: str, step: str) -> StepRun:
    launch = launch_named(launch_text)
    run = launch.step_runs.filter(step_key=step).order_by("position").first()
    if run is None:
        known = ", ".join(launch.step_runs.values_list("step_key", flat=True))
        raise NotFound(f"There is no step {step!r}.", remedy=f"Steps: {known or 'none yet'}.")
    return run


COMMANDS: tuple[click.Command, ...] = (
    pace,
    urgent,
    approve_urgent,
    end_urgent,
    fits,
    messages,
    history,
)
