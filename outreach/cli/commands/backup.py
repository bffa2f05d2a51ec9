"""`outreach backup`: a copy of everything, now."""

from __future__ import annotations

from pathlib import Path

import click

from outreach.cli.access import operator
from outreach.cli.screen import json_option, print_json, say
from outreach.operations.backup import make_backup, note_file, read_note


@click.command(short_help="Make a backup now; the clock makes one every night.")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder; without it, OUTREACH_BACKUP_DIR.",
)
@json_option
@operator
def command(folder: Path | None, as_json: bool) -> None:
    """Make a backup now. The clock makes one every night where OUTREACH_BACKUP_DIR is set.

    The backup holds personal data and no key. Keep OUTREACH_SUPPRESSION_KEYS,
    OUTREACH_SECRET_KEY and OUTREACH_ADDRESS_KEYS elsewhere: without them it is of no use.
    """
    file = make_backup(folder)
    note, beside = read_note(file), note_file(file)
    if as_json:
        values = {"file": str(file), "note": str(beside), "bytes": note.size_bytes}
        print_json({**values, "sha256": note.sha256})
        return
    say(f"{file} ({note.size_bytes:,} bytes)")
    say(f"{beside}: what belongs to it. Copy both; a restore asks for both.")
    keys = ["OUTREACH_SUPPRESSION_KEYS", "OUTREACH_SECRET_KEY"]
    keys += ["OUTREACH_ADDRESS_KEYS"] if note.address_keys else []
    say(f"The keys are NOT in it: {', '.join(keys)}. Keep them in another place: without")
    say("them the copy is of no use.")
