"""`outreach django …`: Django's own commands, for developers."""

from __future__ import annotations

import click

from outreach.cli.access import operator
from outreach.cli.start import start_django


@click.command(
    short_help="Django's own commands, for developers.",
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@operator
def command(words: tuple[str, ...]) -> None:
    """Run a management command of Django, for instance: outreach django shell.

    For developers; tables are made by `outreach migrate`.
    """
    start_django()
    from django.core.management import ManagementUtility

    ManagementUtility(["outreach django", *(words or ("help",))]).execute()
