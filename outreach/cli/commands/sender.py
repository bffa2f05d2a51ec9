"""`outreach sender …`: the numbers and mail addresses that we write from."""

from __future__ import annotations

import click

from outreach.cli.access import operator
from outreach.cli.commands import sender_health, sender_limits
from outreach.cli.screen import json_option, print_json, print_table, say
from outreach.core.channels import Channel
from outreach.organisation import senders
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import OptOutHandler, Sender


@click.group(short_help="The numbers and mail addresses that we write from.")
def command() -> None:
    """The numbers and mail addresses that we write from."""


@command.command()
@click.argument("identity")
@click.option("--channel", required=True, type=click.Choice([each.value for each in Channel]))
@click.option("--provider", required=True, help="twilio, vonage, sendgrid, ses or smtp.")
@click.option(
    "--country",
    "countries",
    multiple=True,
    metavar="CC",
    help="Where it writes to; may be repeated. Without it: everywhere.",
)
@click.option("--cannot-receive", is_flag=True, help="Nobody can answer to it.")
@click.option(
    "--stop-answered-by",
    type=click.Choice([handler.value for handler in OptOutHandler]),
    default=OptOutHandler.PROVIDER.value,
    show_default=True,
    help="Who confirms a STOP, as set up at the provider.",
)
@click.option(
    "--rate", type=float, default=1.0, show_default=True, help="Messages a second at most."
)
@operator
def add(
    *,
    identity: str,
    channel: str,
    provider: str,
    countries: tuple[str, ...],
    cannot_receive: bool,
    stop_answered_by: str,
    rate: float,
) -> None:
    """Add a sender. IDENTITY is a number like +447700900999, a messaging service (MG…), a name
    of up to 11 letters, or a mail address."""
    sender = senders.add_sender(
        channel=Channel(channel),
        provider=provider,
        identity=identity,
        countries=countries,
        can_receive=not cannot_receive,
        opt_out_handled_by=OptOutHandler(stop_answered_by),
        rate_per_second=rate,
        actor=OPERATOR,
    )
    say(f"{sender.identity} was added.")


@command.command()
@click.argument("identity")
@click.option("--why", required=True, help="The reason, kept for those who read it later.")
@operator
def deactivate(identity: str, why: str) -> None:
    """Plan nothing more from this sender."""
    _switch(identity, is_active=False, why=why)


@command.command()
@click.argument("identity")
@operator
def activate(identity: str) -> None:
    """Take a sender into use again."""
    _switch(identity, is_active=True, why="")


def _who_answers_stop(sender: Sender) -> str:
    """No provider reads mails for us, and a sender that receives nothing gets no STOP."""
    if not sender.can_receive:
        return "link"
    if sender.channel == Channel.EMAIL:
        return OptOutHandler.US.label
    return OptOutHandler(sender.opt_out_handled_by).label


@command.command("list")
@json_option
@operator
def list_(as_json: bool) -> None:
    """Show all senders."""
    found = list(Sender.objects.order_by("channel", "pk"))
    if as_json:
        print_json([_as_dict(sender) for sender in found])
        return
    rows = [
        [
            sender.identity,
            sender.channel,
            sender.provider,
            ", ".join(sender.countries) or "everywhere",
            sender.can_receive,
            _who_answers_stop(sender),
            sender.rate_per_second,
            sender.is_active,
        ]
        for sender in found
    ]
    headings = ["sender", "channel", "provider", "to", "receives", "STOP by", "a second", "in use"]
    print_table(headings, rows, empty="No sender yet. Add one: outreach sender add --help.")


def _switch(identity: str, *, is_active: bool, why: str) -> None:
    sender = senders.sender_by_identity(identity)
    changed = senders.switch_sender(sender, is_active=is_active, why=why, actor=OPERATOR)
    words = "is in use" if is_active else "is out of use"
    say(f"{sender.identity} {words}{'' if changed else ' already'}.")


def _as_dict(sender: Sender) -> dict[str, object]:
    return {
        "identity": sender.identity,
        "channel": sender.channel,
        "provider": sender.provider,
        "countries": sender.countries,
        "can_receive": sender.can_receive,
        "opt_out_handled_by": sender.opt_out_handled_by,
        "rate_per_second": sender.rate_per_second,
        "is_active": sender.is_active,
    }


for _part in (*sender_limits.COMMANDS, *sender_health.COMMANDS):
    command.add_command(_part)
