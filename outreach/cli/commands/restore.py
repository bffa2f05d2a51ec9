"""`outreach restore …`: bring a backup back, look, go on."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from outreach.cli.access import operator
from outreach.cli.screen import json_option, print_json, say
from outreach.cli.start import start_django
from outreach.core.errors import BadInput

if TYPE_CHECKING:
    from outreach.operations.restore import Restored


class _Moment(click.ParamType[datetime]):
    """A moment as 2026-11-02T03:00+00:00."""

    name = "TIME"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        try:
            found = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time; write it like 2026-11-02T03:00+00:00.", param, ctx)
        return found if found.tzinfo else found.replace(tzinfo=UTC)


@click.group(short_help="Bring a backup back; go on when it is checked.")
def command() -> None:
    """Bring a backup back.

    Stop all processes first. Afterwards everything stands still: launches are paused, what may
    have gone out since the backup is `unknown`, and who stopped since then has stopped again.
    Look at what it says, start the processes, then: outreach restore finish.
    """


@command.command("from")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Lose what is in the database now.")
@click.option(
    "--key",
    "key_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the secret key, for a backup that is encrypted.",
)
@json_option
@operator
def from_file(file: Path, replace: bool, key_file: Path | None, as_json: bool) -> None:
    """Bring back FILE, which `outreach backup` has made, into the database of DATABASE_URL."""
    _as_owner()
    from outreach.config.environment import environment
    from outreach.config.roles import ensure_roles
    from outreach.operations.restore import restore
    from outreach.operations.sealed_copies import read_keys
    from outreach.organisation.audit import OPERATOR

    def make_roles() -> None:
        ensure_roles(environment())

    keys = read_keys(key_file) if key_file else []
    done = restore(file, replace=replace, make_roles=make_roles, actor=OPERATOR, keys=keys)
    _tell(done, as_json)


@command.command("in-place")
@click.option("--of", "made_at", type=_Moment(), required=True, help="The time of the copy.")
@click.option("--journal", type=click.Path(path_type=Path), help="Folder with the stops.jsonl.")
@json_option
@operator
def in_place(made_at: datetime, journal: Path | None, as_json: bool) -> None:
    """Make safe a database that was put back by other means: a snapshot, a point in time."""
    _as_owner()
    from outreach.config.environment import environment
    from outreach.operations.restore import make_safe
    from outreach.organisation.audit import OPERATOR

    folder = journal or Path(environment().backup_dir or ".")
    _tell(make_safe(made_at, folder, actor=OPERATOR), as_json)


@command.command()
@click.option("--leave-paused", is_flag=True, help="Launches stay paused; resume each yourself.")
@operator
def finish(leave_paused: bool) -> None:
    """End the standstill; launches that were paused by the restore go on."""
    start_django()
    from outreach.operations.restore import finish_restore
    from outreach.organisation.audit import OPERATOR

    names = finish_restore(resume=not leave_paused, actor=OPERATOR)
    say("Messages may go out again.")
    for name in names:
        say(f"Goes on: {name}")


def _as_owner() -> None:
    """Tables are made, and seals begin anew, with the rights of the owner."""
    if os.environ.get("OUTREACH_DATABASE_ROLE", "owner") not in {"owner", "work"}:
        raise BadInput("Restoring needs OUTREACH_DATABASE_ROLE=owner.")
    os.environ["OUTREACH_DATABASE_ROLE"] = "owner"
    start_django(role="owner")


def _tell(done: Restored, as_json: bool) -> None:
    replayed = done.replayed
    if as_json:
        values = {name: value for name, value in vars(done).items() if name != "replayed"}
        print_json({**values, "replayed": vars(replayed)})
        return
    say(f"The database is as of {done.made_at:%Y-%m-%d %H:%M} UTC. Everything stands still.")
    say(
        f"{len(done.paused)} launches paused, {len(done.cancelled)} cancelled: a day that had come."
    )
    say(f"{done.unknown:,} messages and {done.notices:,} notices may have gone out: unknown.")
    say(
        f"Came back: {replayed.stops:,} stops, {replayed.withdrawals:,} withdrawals, "
        f"{replayed.erasures:,} erasures, {done.listed:,} of the providers' lists; "
        f"{done.texts:,} texts read again."
    )
    for problem in done.problems:
        say(f"Look at this: {problem}")
    say("When all is checked and the processes run: outreach restore finish")
