"""`outreach migrate`: the tables, and what new keys ask for."""

from __future__ import annotations

import os

import click

from outreach.cli.access import operator
from outreach.cli.screen import progress_bar, say
from outreach.cli.start import start_django


@click.command(short_help="Create or update the tables.")
@operator
def command() -> None:
    """Create or update the tables; repeated, it changes nothing.

    Makes the three database roles, brings the tables up to date, and hashes addresses under
    keys that were added to OUTREACH_SUPPRESSION_KEYS. Run it with a login that may create
    roles the first time, before the other processes start.
    """
    # The settings are read once, on first use: before that, not after.
    os.environ["OUTREACH_DATABASE_ROLE"] = "owner"
    from outreach.config.environment import environment
    from outreach.config.roles import ensure_roles

    ensure_roles(environment())
    start_django(role="owner")
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=1)
    _hash_addresses()


def _hash_addresses() -> None:
    from outreach.subscriptions.roster import add_missing_hashes, count_missing_hashes

    missing = count_missing_hashes()
    if not missing:
        return
    with progress_bar("Hashing addresses under the new key") as show:
        done = add_missing_hashes(lambda number: show(number, missing))
    say(f"{done:,} addresses were hashed under the new key.")
