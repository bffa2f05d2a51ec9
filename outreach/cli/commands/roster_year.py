"""`outreach roster status, roll-over, close-year`: until when a school's lists count."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import date

import click

from outreach.cli.access import acting
from outreach.cli.pick import Day
from outreach.cli.screen import json_option, print_json, print_table, say
from outreach.core.errors import BadInput
from outreach.organisation.audit import Actor
from outreach.organisation.models import ConsentBasis
from outreach.organisation.schools import school_by_slug
from outreach.subscriptions.lapse import close_year, let_parents_go
from outreach.subscriptions.rollover import roll_over, term_of

_SCHOOL = click.option("--school", required=True, metavar="SLUG", help="Which school.")
_WHY = click.option("--why", required=True, help="The reason, kept for those who read it later.")


@click.command()
@_SCHOOL
@json_option
@acting("MANAGE_AUDIENCE", or_operator=True, school="school")
def status(*, school: str, as_json: bool, actor: Actor) -> None:  # asked for above
    """Show on what a school's consents rest, and until when they count."""
    row = school_by_slug(school)
    term = term_of(row)
    basis = ConsentBasis(row.consent_basis)
    if as_json:
        print_json({"basis": basis.value, **asdict(term)})
        return
    lines = [
        ("basis", str(basis.label)),
        ("consents of its lists", f"{term.consents:,}"),
        ("until", f"{term.ends_on:%d %B %Y}" if term.ends_on else "no end"),
        ("have ended", f"{term.lapsed:,}"),
    ]
    print_table([row.name, ""], lines, empty="")


@click.command("roll-over")
@_SCHOOL
@click.option("--until", required=True, type=Day(), help="The last day on which they count.")
@_WHY
@acting("MANAGE_AUDIENCE", or_operator=True, school="school")
def roll_over_(*, school: str, until: date, why: str, actor: Actor) -> None:
    """Let the consents of a school's lists count until a day.

    Nobody leaves. Consents that have ended stay ended: they need a newer form. What parents
    agreed to themselves has no end.
    """
    row = school_by_slug(school)
    number = roll_over(row, until, why=why, actor=actor)
    say(f"{row.name}: {number:,} consents count until {until:%d %B %Y}, and those that come.")


@click.command("close-year")
@_SCHOOL
@_WHY
@click.option("--yes", is_flag=True, help="Do not ask before.")
@acting("MANAGE_AUDIENCE", or_operator=True, school="school")
def close_year_(*, school: str, why: str, yes: bool, actor: Actor) -> None:
    """End the consents of a school's lists now, and let their parents leave.

    They come back with a new list and a newer form. Parents who agreed themselves stay.
    """
    row = school_by_slug(school)
    if not yes:
        if not sys.stdin.isatty():
            raise BadInput("Nobody is at the terminal to confirm.", remedy="Add --yes.")
        click.confirm(f"Close the year of {row.name}?", abort=True)
    consents = close_year(row, why=why, actor=actor)
    left = let_parents_go()
    say(f"{row.name}: {consents:,} consents have ended, {left:,} parents have left.")
