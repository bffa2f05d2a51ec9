"""`outreach price …`: what a text to each country costs."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import click

from outreach.cli.access import operator
from outreach.cli.screen import json_option, print_json, print_table, say
from outreach.core.errors import BadInput
from outreach.organisation import senders
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Organisation, SmsPrice


@click.group(short_help="What a text to each country costs.")
def command() -> None:
    """What one part of a text to each country costs.

    A country without a price gets no texts: spending could not be capped.
    """


@command.command("set")
@click.argument("country", metavar="CC")
@click.argument("amount")
@operator
def set_(country: str, amount: str) -> None:
    """Set the price of one part (segment) of a text, for instance: GB 0.0463."""
    price = senders.set_price(country, _amount(amount), actor=OPERATOR)
    say(f"A text to {price.country} costs {_shown(price)} {_currency()} for each part.")


@command.command("list")
@json_option
@operator
def list_(as_json: bool) -> None:
    """Show all prices."""
    found = list(SmsPrice.objects.order_by("country"))
    if as_json:
        print_json([{"country": each.country, "price": _shown(each)} for each in found])
        return
    rows = [[each.country, f"{_shown(each)} {_currency()}", each.set_at] for each in found]
    headings = ["country", "for each part", "set"]
    print_table(headings, rows, empty="No price yet. Set one: outreach price set GB 0.0463.")


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise BadInput(f"{text!r} is not a number.", remedy="Write it like 0.0463.") from error


def _shown(price: SmsPrice) -> str:
    return f"{Decimal(price.micros) / senders.MICROS:f}"


def _currency() -> str:
    organisation = Organisation.objects.first()
    return organisation.currency if organisation else "EUR"
