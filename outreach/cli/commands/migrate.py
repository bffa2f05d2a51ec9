"""`outreach migrate`: the tables, and what new keys ask for."""

from __future__ import annotations

import click

from outreach.cli.access import operator
from outreach.cli.migrating import bring_up_to_date, start_as_owner


@click.command(short_help="Create or update the tables.")
@operator
def command() -> None:
    """Create or update the tables; repeated, it changes nothing.

    Makes the three database roles, brings the tables up to date, and hashes addresses under
    keys that were added to OUTREACH_SUPPRESSION_KEYS. Run it with a login that may create
    roles the first time, before the other processes start. Refuses a database that is newer
    than this program.
    """
    start_as_owner()
    from outreach.operations.upgrading import require_upgrade

    require_upgrade()
    bring_up_to_date()
