"""`outreach audience …`: what single people have told us."""

from __future__ import annotations

import click

from outreach.cli.commands.audience_prefer import prefer


@click.group(short_help="What single people have told us.")
def command() -> None:
    """What single people have told us.

    A school's list of parents comes in with: outreach roster import.
    """


command.add_command(prefer)
