"""Changing the tables while the other processes run."""

from __future__ import annotations

import os
import time

from outreach.cli.screen import note, progress_bar, say
from outreach.cli.start import start_django

# A statement that waits for a lock makes everybody behind it wait too.
_LOCK_TIMEOUT = "2s"
_TRIES = 60
_PAUSE_SECONDS = 1.0
_LOCK_NOT_AVAILABLE = "55P03"


def start_as_owner() -> None:
    """Makes the three database roles, then wakes Django in role owner.

    Raises BadInput for a setting that cannot be used, Unavailable without PostgreSQL or where the
    templates were left out: no message could be written later.
    """
    # The settings are read once, on first use: before that, not after.
    os.environ["OUTREACH_DATABASE_ROLE"] = "owner"
    from outreach.config.environment import environment
    from outreach.config.roles import ensure_roles
    from outreach.content.shipped import shipped

    shipped("layout")
    ensure_roles(environment())
    start_django(role="owner")


def bring_up_to_date() -> None:
    """Makes the waiting changes, each at a moment when its tables are free, and hashes addresses
    under new keys. Raises Unavailable when a table is never free."""
    from django.core.management import call_command
    from django.db import OperationalError, connection

    connection.close()
    connection.settings_dict["OPTIONS"]["options"] += f" -c lock_timeout={_LOCK_TIMEOUT}"
    for left in range(_TRIES - 1, -1, -1):
        try:
            call_command("migrate", interactive=False, verbosity=1)
            break
        except OperationalError as error:
            if not left or getattr(error.__cause__, "sqlstate", "") != _LOCK_NOT_AVAILABLE:
                raise
            note(f"A table is in use. Trying again in {_PAUSE_SECONDS:g} seconds.")
            time.sleep(_PAUSE_SECONDS)
    _hash_addresses()
    _keep_checks()


def _hash_addresses() -> None:
    from outreach.subscriptions.roster import add_missing_hashes, count_missing_hashes

    missing = count_missing_hashes()
    if not missing:
        return
    with progress_bar("Hashing addresses under the new key") as show:
        done = add_missing_hashes(lambda number: show(number, missing))
    say(f"{done:,} addresses were hashed under the new key.")


def _keep_checks() -> None:
    """The pages show what the checks of this release find; reading a campaign takes seconds."""
    from outreach.campaigns.kept_checks import keep_missing_checks

    if number := keep_missing_checks():
        say(f"{number:,} versions of campaigns were checked as this release checks.")
