"""`outreach retention …`: what is kept how long, and forgetting the rest."""

from __future__ import annotations

import click

from outreach.cli.access import operator
from outreach.cli.screen import json_option, print_json, print_table, say
from outreach.operations.models import UpkeepKind, UpkeepRun
from outreach.operations.retention import Line, forget_what_is_old, retention_lines
from outreach.operations.runs import latest


@click.group(short_help="What is kept how long; forget the rest now.")
def command() -> None:
    """What is kept how long. The clock forgets the rest every night."""


@command.command()
@json_option
@operator
def show(as_json: bool) -> None:
    """Show what is kept how long, what would go now, and when the job last ran."""
    lines, last = retention_lines(), latest(UpkeepKind.RETENTION)
    ended = last.ended_at if last else None
    if as_json:
        run = (
            {"began_at": last.began_at, "ended_at": ended, "failure": last.failure}
            if last
            else None
        )
        forgot = last.result if last else {}
        print_json({"lines": [_as_dict(line) for line in lines], "last": run, "forgot": forgot})
        return
    rows = [[line.kept.what, _for(line), line.due, line.kept.then] for line in lines]
    print_table(["what", "kept for", "due now", "then"], rows, empty="")
    if last is None:
        say("The job has not run yet.")
    else:
        how = last.failure or ("done" if ended else "not at its end")
        say(f"Last run: {last.began_at:%Y-%m-%d %H:%M} UTC, {how}.")


@command.command()
@operator
def run() -> None:
    """Forget now what is kept no longer."""
    done = forget_what_is_old()
    if not done:
        say("Another process is at it.")
    for key, number in done.items():
        say(f"{key.replace('_', ' ')}: {number:,}")


def _for(line: Line) -> str:
    return line.kept.otherwise if line.days is None else f"{line.days:,} days"


def _run_as_dict(run: UpkeepRun | None) -> dict[str, object] | None:
    if run is None:
        return None
    return {
        "began_at": run.began_at,
        "ended_at": run.ended_at,
        "forgot": run.result,
        "failure": run.failure,
    }


def _as_dict(line: Line) -> dict[str, object]:
    return {
        "key": line.kept.key,
        "what": line.kept.what,
        "days": line.days,
        "otherwise": line.kept.otherwise,
        "due": line.due,
    }
