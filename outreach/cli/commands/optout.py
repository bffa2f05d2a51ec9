"""`outreach optout …`: opt-outs that somebody enters for a person."""

from __future__ import annotations

import click

from outreach.cli.access import acting, operator
from outreach.cli.screen import json_option, print_json, say
from outreach.organisation.audit import OPERATOR, Actor
from outreach.subscriptions.entering import (
    State,
    Why,
    enter_opt_out,
    lift_block,
    opt_out_state,
    read_address,
    topic_named,
)
from outreach.subscriptions.provider_lists import Synced, sync_provider_lists

_COUNTRY = click.option(
    "--country", default="", metavar="CC", help="Of numbers without a country code."
)


@click.group(short_help="Enter opt-outs, ask about one, compare with the providers.")
def command() -> None:
    """Enter opt-outs, ask about one, compare with the providers."""


@command.command()
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@click.option(
    "--why",
    type=click.Choice([each.value for each in Why]),
    default=Why.ASKED.value,
    show_default=True,
    help="asked: the person said so. not_theirs: a wrong number or address.",
)
@click.option(
    "--evidence", required=True, help="How it is known, without names: phone call, 3 November."
)
@click.option("--topic", "topic_slug", help="The one topic to stop; without it, everything.")
@_COUNTRY
@acting("MANAGE_AUDIENCE", or_operator=True)
def add(  # noqa: PLR0917  # click hands over the options by name
    addresses: tuple[str, ...],
    why: str,
    evidence: str,
    topic_slug: str | None,
    country: str,
    actor: Actor,
) -> None:
    """Block phone numbers or mail addresses, known here or not. In force when this returns."""
    topic = topic_named(topic_slug) if topic_slug else None
    # Read all of them first: a typing error in one must not leave half of them entered.
    for written in [read_address(address, country) for address in addresses]:
        done = enter_opt_out(written, Why(why), evidence=evidence, topic=topic, actor=actor)
        say(f"{written.match_key} is blocked{'' if done.is_new else ' already'}.")


@command.command()
@click.argument("address")
@_COUNTRY
@json_option
@operator
def state(address: str, country: str, as_json: bool) -> None:
    """Say whether anything may go to an address, as far as opt-outs and holds go."""
    found = opt_out_state(read_address(address, country))
    if as_json:
        print_json({"everything": found.everything, "topics": found.topics, "held": found.is_held})
        return
    say(_sentence(found))


def _sentence(found: State) -> str:
    if found.everything:
        return "Nothing goes there."
    stopped = f"Stopped: {', '.join(found.topics)}." if found.topics else "No opt-out."
    return f"{stopped} On hold until somebody decides." if found.is_held else stopped


@command.command()
@click.argument("address")
@click.option("--why", required=True, help="Why it may be written to again, without names.")
@_COUNTRY
@operator
def lift(address: str, why: str, country: str) -> None:
    """End a block by staff or after a bounce. What the person said, only the person ends."""
    written = read_address(address, country)
    ended = lift_block(written, why=why, actor=OPERATOR)
    say(f"{ended} blocks of {written.match_key} ended." if ended else "There was none to end.")


@command.command()
@operator
def sync() -> None:
    """Compare with the providers' own lists now, both ways; the clock does it by itself."""
    total = Synced()
    while True:
        done = sync_provider_lists()
        total += done
        if done.is_done:
            break
    say(
        f"{total.news} blocked as a provider had them, {total.told} told to a provider, "
        f"{total.untold} ended there."
    )
