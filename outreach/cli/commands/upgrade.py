"""`outreach upgrade`: from the release that runs to the one that is installed now."""

from __future__ import annotations

import click

from outreach.cli.access import operator
from outreach.cli.migrating import bring_up_to_date, start_as_owner
from outreach.cli.screen import print_table, say

_NEXT = """\
Now start the processes of this release, in this order:

  1. workers and clock   they know the tasks of both releases
  2. webhooks
  3. web

With Docker: docker compose up -d --wait
With systemd: sudo systemctl restart outreach.target
Then: outreach doctor"""


@click.command(short_help="Check, back up, change the tables, say what to start.")
@click.option("--check", is_flag=True, help="Look only.")
@click.option("--without-backup", is_flag=True, help="You have made a copy in another way.")
@operator
def command(*, check: bool, without_backup: bool) -> None:
    """Go from the release that runs to this one. The processes go on running meanwhile.

    Looks at the disk, the backup, the changes that wait and the releases that run; makes a backup
    where none is of the last hour; changes the tables; says what to start again, and in which
    order. Refuses to go back to an older release.
    """
    start_as_owner()
    from outreach.core.errors import NotNow
    from outreach.operations import upgrading
    from outreach.operations.doctor.finding import Verdict

    upgrading.require_upgrade()
    found = upgrading.examine_upgrade()
    rows = [[each.verdict.value, each.what, each.words, each.remedy] for each in found]
    print_table(["", "what", "is", "how to mend it"], rows, empty="")
    bad = [
        each
        for each in found
        if each.verdict is Verdict.BAD and not (without_backup and each.what == "backup")
    ]
    if bad:
        raise NotNow(f"{bad[0].what}: {bad[0].words}", remedy=bad[0].remedy)
    if check:
        return
    if upgrading.waiting() and not (without_backup or upgrading.is_empty()):
        say(f"Backup: {upgrading.make_sure_of_a_copy()}")
    bring_up_to_date()
    say(_NEXT)
