"""`outreach organisation …`: name, spending caps and the duty contact."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import click

from outreach.cli.access import operator
from outreach.cli.screen import json_option, print_json, print_table, say
from outreach.organisation import settings
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Organisation

_MICROS = 1_000_000


class Amount(click.ParamType[Decimal]):
    """Money, as a decimal number."""

    name = "AMOUNT"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        try:
            return Decimal(value)
        except InvalidOperation:
            self.fail(f"{value!r} is not a number; write it like 20.50.", param, ctx)


@click.group(short_help="Name, spending caps and the duty contact.")
def command() -> None:
    """The organisation's name, its spending caps and the duty contact."""


@command.command("set")
@click.option("--name", help="As it stands in every message.")
@click.option("--language", "default_language", help="Like en.")
@click.option("--currency", help="Like EUR; prices and caps are in it.")
@click.option("--launch-cap", type=Amount(), help="What the texts of one launch may cost.")
@click.option("--day-cap", type=Amount(), help="What the texts of one day may cost.")
@click.option("--duty-email", help="Who is told of a flood of sign-ups.")
@click.option("--duty-phone", help="The same by text, with its country code.")
@click.option("--reading-hours", help='When a person reads replies, like "Mon-Fri 9:00-16:00".')
@click.option("--reading-zone", help="The time zone of these hours, like Europe/Berlin.")
@click.option(
    "--escalate-after",
    "escalate_after_minutes",
    type=int,
    metavar="MINUTES",
    help="Alert again, and the next contact, when nobody opened a call for help.",
)
@click.option(
    "--remind-after",
    "remind_after_hours",
    type=int,
    metavar="HOURS",
    help="Remind staff of held replies and calls for help that nobody decided.",
)
@click.option(
    "--keep-words",
    "case_text_days",
    type=int,
    metavar="DAYS",
    help="Erase what was written so many days after its case was closed.",
)
@click.option(
    "--sign-up-country",
    "sign_up_countries",
    multiple=True,
    metavar="CC",
    help="Whose mobile numbers may sign up on the pages; may be repeated. `none`: each school's "
    "own country.",
)
@operator
def set_(**changes: Any) -> None:
    """Change what is named; the rest stays. A changed cap has to be confirmed again."""
    countries = changes.pop("sign_up_countries")
    row = settings.set_organisation(
        settings.Changes(**changes, sign_up_countries=countries or None), actor=OPERATOR
    )
    say(f"Set for {row.name}.")


@command.command("confirm-caps")
@click.option("--why", default="", help="For those who read it later.")
@operator
def confirm_caps(why: str) -> None:
    """Say that the spending caps are meant as they are; mode live asks for it."""
    row = settings.confirm_caps(actor=OPERATOR, why=why)
    launch, day = row.launch_cap_micros / _MICROS, row.day_cap_micros / _MICROS
    say(f"Confirmed: {launch:,.2f} {row.currency} a launch, {day:,.2f} {row.currency} a day.")


@command.command()
@json_option
@operator
def show(as_json: bool) -> None:
    """Show the settings of the organisation."""
    values = _values(settings.organisation())
    if as_json:
        print_json(values)
        return
    print_table(["setting", ""], list(values.items()), empty="")


def _values(row: Organisation) -> dict[str, object]:
    return {
        "name": row.name,
        "language": row.default_language,
        "currency": row.currency,
        "launch_cap": f"{row.launch_cap_micros / _MICROS:.2f}",
        "day_cap": f"{row.day_cap_micros / _MICROS:.2f}",
        "caps_confirmed_at": row.caps_confirmed_at,
        "duty_email": row.duty_email,
        "duty_phone": row.duty_phone,
        "sign_up_countries": ", ".join(row.sign_up_countries),
        "reading_hours": row.reading_hours,
        "reading_zone": row.reading_zone,
        "escalate_after_minutes": row.escalate_after_minutes,
        "remind_after_hours": row.remind_after_hours,
        "case_text_days": row.case_text_days,
    }
