"""`outreach backup-key`: a key of which the installation keeps the public half alone."""

from __future__ import annotations

from pathlib import Path

import click

from outreach.cli.access import operator
from outreach.cli.screen import say
from outreach.operations.sealed_copies import make_key


@click.command(short_help="Make a key for encrypted backups.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@operator
def command(file: Path) -> None:
    """Make a key for encrypted backups: the secret half goes into FILE.

    Run it on another machine than the installation's, and keep FILE there, twice: a backup opens
    with nothing else. The public half goes into OUTREACH_BACKUP_RECIPIENTS.
    """
    public = make_key(file)
    say(f"The secret key is in {file}. Keep it away from the installation, and keep a copy.")
    say(f"OUTREACH_BACKUP_RECIPIENTS={public}")
