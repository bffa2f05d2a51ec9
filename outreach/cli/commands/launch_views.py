"""Looking at launches: the list, one launch now, one launch as it goes."""

from __future__ import annotations

import time
from dataclasses import asdict

import click
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.text import Text

from outreach.campaigns.models import Launch, LaunchState, StepRunState
from outreach.campaigns.queries import launches
from outreach.cli.access import operator
from outreach.cli.pick import LAUNCH, launch_named
from outreach.cli.screen import console, json_option, print_json, print_table, say, table
from outreach.delivery.models import DeliveryState
from outreach.delivery.queries import LaunchProgress, launch_progress, unknown_to_decide
from outreach.delivery.rules import REASON_WORDS

_POLL_SECONDS = 1.0
_BAR_WIDTH = 60
_MICROS = 1_000_000
_OVER = frozenset({LaunchState.FINISHED, LaunchState.CANCELLED})
_OPEN = (DeliveryState.PENDING, DeliveryState.SENDING)


@click.command("list")
@json_option
@operator
def list_(as_json: bool) -> None:
    """Show all launches, the newest first."""
    found = list(launches())
    if as_json:
        print_json([_summary(launch) for launch in found])
        return
    rows = [
        [
            launch.name,
            LaunchState(launch.state).label,
            f"{launch.version.campaign.slug} {launch.version.number}",
            launch.starts_on,
            launch.uuid,
        ]
        for launch in found
    ]
    headings = ["name", "state", "campaign", "starts on", "identifier"]
    print_table(headings, rows, empty="No launch yet. Make one: outreach launch create --help.")


@click.command("status")
@LAUNCH
@json_option
@operator
def status(launch_text: str, as_json: bool) -> None:
    """Show where a launch stands: its steps, the states of its messages, who was left out."""
    launch = launch_named(launch_text)
    progress = launch_progress(launch)
    waiting = unknown_to_decide(launch)
    if as_json:
        print_json({**_summary(launch), **asdict(progress), "unknown_to_decide": waiting})
        return
    screen = console()
    screen.print(_picture(launch, progress))
    for reason, number in progress.reasons:
        words = REASON_WORDS.get(reason) or reason.replace("_", " ")
        screen.print(f"  left out: {number:,} · {words}", markup=False)
    if progress.spent_micros:
        spent = progress.spent_micros / _MICROS
        screen.print(f"  spent on texts: {spent:,.2f} of {launch.cap_micros / _MICROS:,.2f}")
    if waiting:
        screen.print(
            f"  {waiting:,} messages wait for a decision: outreach launch decide --help",
            markup=False,
        )


@click.command("watch")
@LAUNCH
@operator
def watch(launch_text: str) -> None:
    """Follow a launch until it is over. Ctrl-C stops looking, not the launch."""
    launch = launch_named(launch_text)
    screen = console()
    if screen.is_terminal:
        _watch_live(launch, screen)
    else:
        _watch_lines(launch)


def _watch_live(launch: Launch, screen: Console) -> None:
    with Live(_picture(launch, launch_progress(launch)), console=screen) as live:
        while not _is_over(launch):
            time.sleep(_POLL_SECONDS)
            live.update(_picture(launch, launch_progress(launch)))


def _watch_lines(launch: Launch) -> None:
    """In a pipe: a line whenever something changed."""
    last = ""
    while True:
        is_over = _is_over(launch)
        line = _line(launch, launch_progress(launch))
        if line != last:
            say(line)
            last = line
        if is_over:
            return
        time.sleep(_POLL_SECONDS)


def _is_over(launch: Launch) -> bool:
    launch.refresh_from_db()
    return launch.state in _OVER


def _picture(launch: Launch, progress: LaunchProgress) -> Group:
    """The line, a bar, and a row for each step with the states that occur."""
    shown = [state for state in _COLUMNS if state in _ALWAYS or progress.by_state.get(state)]
    rows = [
        [
            step.step_key,
            step.day,
            StepRunState(step.state).label,
            *(step.by_state.get(state, 0) for state in shown),
        ]
        for step in progress.steps
    ]
    headings = ["step", "day", "", *(state.label.lower() for state in shown)]
    settled = progress.planned - progress.count(*_OPEN)
    bar = ProgressBar(total=max(progress.planned, 1), completed=settled, width=_BAR_WIDTH)
    return Group(Text(_line(launch, progress), style="bold"), bar, table(headings, rows))


_ALWAYS = frozenset({DeliveryState.PENDING, DeliveryState.ACCEPTED, DeliveryState.DELIVERED})
_COLUMNS = (
    DeliveryState.PENDING,
    DeliveryState.SENDING,
    DeliveryState.ACCEPTED,
    DeliveryState.DELIVERED,
    DeliveryState.BOUNCED,
    DeliveryState.FAILED,
    DeliveryState.UNKNOWN,
    DeliveryState.EXPIRED,
    DeliveryState.CANCELLED,
    DeliveryState.SKIPPED,
)


def _line(launch: Launch, progress: LaunchProgress) -> str:
    state = LaunchState(launch.state).label.lower()
    reason = f" ({launch.state_reason})" if launch.state_reason else ""
    done = sum(step.state == StepRunState.FINISHED for step in progress.steps)
    settled = progress.planned - progress.count(*_OPEN)
    ends = progress.finish_estimate_at
    end = f" · ends about {ends:%Y-%m-%d %H:%M} UTC" if ends and launch.state not in _OVER else ""
    return (
        f"{launch.name}: {state}{reason} · {done} of {len(progress.steps)} steps done · "
        f"{settled:,} of {progress.planned:,} messages settled{end}"
    )


def _summary(launch: Launch) -> dict[str, object]:
    return {
        "uuid": launch.uuid,
        "name": launch.name,
        "state": launch.state,
        "state_reason": launch.state_reason,
        "campaign": launch.version.campaign.slug,
        "version": launch.version.number,
        "starts_on": launch.starts_on,
        "created_by": launch.created_by.email,
        "approved_by": launch.approved_by.email if launch.approved_by else None,
    }


COMMANDS: tuple[click.Command, ...] = (list_, status, watch)
