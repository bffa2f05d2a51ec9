"""`outreach addresses …`: addresses encrypted in the database, or not."""

from __future__ import annotations

import click

from outreach.cli.access import operator
from outreach.cli.migrating import start_as_owner
from outreach.cli.screen import progress_bar, say
from outreach.core.errors import BadInput


@click.group(short_help="Encrypt addresses in the database, or go back.")
def command() -> None:
    """Addresses encrypted in the database (docs/encrypted-addresses.md)."""


@command.command()
@click.option("--off", is_flag=True, help="Back to plain text; the newest key has to be `off`.")
@operator
def encrypt(off: bool) -> None:
    """Bring every address under the newest key of OUTREACH_ADDRESS_KEYS.

    For the first key, and after adding another. Give all processes the setting and start them
    again first. Interrupted, it goes on where it was; repeated, it changes nothing.
    """
    start_as_owner()
    from outreach.operations.address_encryption import encrypt_addresses
    from outreach.organisation.address_keys import address_keys

    keys = address_keys()
    if keys is None:
        raise BadInput(
            "No key is set: addresses are plain text."
            if off
            else "No key is set, so there is nothing to encrypt with.",
            where="OUTREACH_ADDRESS_KEYS",
            remedy="Set it as docs/encrypted-addresses.md says.",
        )
    if off and keys.writes:
        raise BadInput(
            "The newest key still encrypts what is written.",
            where="OUTREACH_ADDRESS_KEYS",
            remedy="Add a newer version `off`, as in 1:<hex>,2:off; start all processes again.",
        )
    if not off and not keys.writes:
        raise BadInput(
            "The newest key is `off`: this would write every address as plain text.",
            where="OUTREACH_ADDRESS_KEYS",
            remedy="If that is meant, add --off.",
        )
    with progress_bar("Plain text again" if off else "Encrypting") as show:
        done = encrypt_addresses(show)
    state = "plain text" if off else f"encrypted with version {keys.writes.split(':')[1]}"
    say(f"{done.rows:,} rows changed. Every address is {state} now.")
    if done.given_up:
        over = ", ".join(str(version) for version in done.given_up)
        say(f"Nothing stands under version {over} any more: it may be taken out of the setting.")


@command.command()
@click.argument("stays", type=int, metavar="ROW")
@click.argument("goes", type=int, metavar="OTHER")
@operator
def merge(stays: int, goes: int) -> None:
    """Make one row of two that have the same address, as `encrypt` names them.

    ROW gets the people, consents, replies and holds of OTHER, which is emptied. What was withdrawn
    or stopped in either stays so. Messages that wait for OTHER are not sent.
    """
    start_as_owner()
    from outreach.operations.address_merging import merge_addresses
    from outreach.organisation.audit import OPERATOR

    merge_addresses(stays, goes, actor=OPERATOR)
    say(f"Row {goes} is empty; everything of it stands under row {stays}.")
