"""By which channel somebody would rather be written to."""

from __future__ import annotations

import click

from outreach.cli.access import acting
from outreach.cli.screen import say
from outreach.core.channels import Channel
from outreach.organisation.audit import Actor
from outreach.subscriptions.channel import prefer_channel
from outreach.subscriptions.entering import read_address

_AS_THE_CAMPAIGN = "none"


@click.command("prefer", short_help="Say by which channel somebody would rather be written to.")
@click.argument("address")
@click.argument("channel", type=click.Choice([*(each.value for each in Channel), _AS_THE_CAMPAIGN]))
@click.option("--why", required=True, help="How it is known, without names: phone call, 3 May.")
@click.option("--country", default="", metavar="CC", help="Of a number without a country code.")
@acting("MANAGE_AUDIENCE", or_operator=True)
def prefer(address: str, channel: str, why: str, country: str, actor: Actor) -> None:
    """Write to whoever has ADDRESS by CHANNEL first, where they agreed to it and the step has it;
    `none`: in the order of each campaign."""
    written = read_address(address, country)
    preferred = None if channel == _AS_THE_CAMPAIGN else Channel(channel)
    changed = prefer_channel(written.channel, written.match_key, preferred, actor=actor, why=why)
    say(f"{changed} {'person' if changed == 1 else 'people'} changed.")
