"""The root of the command: its table of commands, loaded when one is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click

from outreach.cli.failures import translated
from outreach.cli.start import start_django

_FOLDER = "outreach.cli.commands"
_HELP = """\
Awareness campaigns by email and SMS to parents and schools who opted in.

Start everything on this machine, with a demo: outreach up

The usual way of a campaign: campaign check, campaign import, roster import, launch create,
launch review, launch approve (a second person), launch start, launch watch.

Most commands need DATABASE_URL; `outreach settings` explains all settings.
"""


@dataclass(frozen=True)
class Entry:
    """One command. `module`: below cli/commands, where it stands as `command`.

    `summary`: its line in the overview, here so that the overview loads nothing.
    """

    module: str
    summary: str
    needs_django: bool = True


COMMANDS: Mapping[str, Entry] = {
    "up": Entry("up", "Start everything on this machine, with a demo.", needs_django=False),
    "setup": Entry("setup", "Write the settings of a new installation.", needs_django=False),
    "migrate": Entry("migrate", "Create or update the tables.", needs_django=False),
    "upgrade": Entry(
        "upgrade", "Check, back up, change the tables, say what to start.", needs_django=False
    ),
    "campaign": Entry("campaign", "Check, rehearse, preview, test and import campaigns."),
    "launch": Entry("launch", "Make, approve, start and watch sends."),
    "audience": Entry("audience", "What single people have told us."),
    "roster": Entry("roster", "Bring in a school's parents; end its school year."),
    "school": Entry("school", "Add schools and choose their basis of consent."),
    "calendar": Entry("calendar", "Term dates, holidays and named days."),
    "staff": Entry("staff", "Invite or add staff, give roles, end sessions."),
    "sender": Entry("sender", "The numbers and mail addresses that we write from."),
    "price": Entry("price", "What a text to each country costs."),
    "organisation": Entry("organisation", "Name, spending caps and the duty contact."),
    "readiness": Entry("readiness", "Who is alerted to calls for help, and test alerts."),
    "providers": Entry("providers", "Set up the providers' consoles, and prove that it works."),
    "doctor": Entry("doctor", "Check what goes wrong in practice, and how to mend it."),
    "ledger": Entry("ledger", "Prove that the record is untouched; export it."),
    "retention": Entry("retention", "What is kept how long; forget the rest now."),
    "addresses": Entry(
        "addresses", "Encrypt addresses in the database, or go back.", needs_django=False
    ),
    "backup": Entry("backup", "Make a backup now; the clock makes one every night."),
    "backup-key": Entry("backup_key", "Make a key for encrypted backups.", needs_django=False),
    "restore": Entry(
        "restore", "Bring a backup back; go on when it is checked.", needs_django=False
    ),
    "optout": Entry("optout", "Enter opt-outs, ask about one, compare with the providers."),
    "api": Entry("api", "Keys by which other systems use the API."),
    "demo": Entry("demo", "Lay out the demo: three schools and a campaign under way."),
    "replies": Entry("replies", "Try out how replies are read.", needs_django=False),
    "settings": Entry("settings", "Explain all settings.", needs_django=False),
    "django": Entry("django", "Django's own commands, for developers.", needs_django=False),
}


class Program(click.Group):
    """Loads a command's module when it is asked for, and turns errors into sentences."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        return load(entry) if entry else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        with translated():
            return super().invoke(ctx)


def load(entry: Entry) -> click.Command:
    """The command of an entry. Raises BadInput for a setting that cannot be used."""
    if entry.needs_django:
        start_django()
    command: click.Command = import_module(f"{_FOLDER}.{entry.module}").command
    return command


@click.group(cls=Program, help=_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="outreach", message="outreach %(version)s")
def program() -> None:
    """Reads no options of its own."""


def main() -> None:
    """The entry point; ends the process with the exit codes of `failures`."""
    program(prog_name="outreach")
