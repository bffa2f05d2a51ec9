"""`outreach school …`: add schools and choose their basis of consent."""

from __future__ import annotations

from datetime import date

import click

from outreach.cli.access import acting, operator
from outreach.cli.pick import Day
from outreach.cli.screen import json_option, print_json, print_table, say
from outreach.organisation import schools
from outreach.organisation.audit import OPERATOR, Actor
from outreach.organisation.models import ConsentBasis, School
from outreach.organisation.senders import sender_by_identity
from outreach.subscriptions.text_in import set_join_word

_BASES = [basis.value for basis in ConsentBasis if basis.value]


@click.group(short_help="Add schools and choose their basis of consent.")
def command() -> None:
    """Add schools and choose the basis of their parents' consent."""


@command.command()
@click.argument("slug")
@click.option("--name", required=True, help="As parents know it; it stands in every message.")
@click.option("--country", required=True, metavar="CC", help="Two letters, like GB.")
@click.option("--zone", required=True, metavar="ZONE", help="Time zone, like Europe/London.")
@click.option(
    "--language",
    "languages",
    multiple=True,
    required=True,
    metavar="LANG",
    help="Like en; may be repeated, the school's own first.",
)
@click.option("--region", default="", help="State or region, for its holidays.")
@operator
def add(
    *, slug: str, name: str, country: str, zone: str, languages: tuple[str, ...], region: str
) -> None:
    """Add a school. SLUG is its short name in commands, like greenhill."""
    school = schools.add_school(
        slug=slug,
        name=name,
        country=country,
        zone=zone,
        languages=languages,
        region=region,
        actor=OPERATOR,
    )
    say(f"{school.name} was added.")
    say(f"Next, the basis of its parents' consent: outreach school basis {slug} --help")


@command.command("list")
@json_option
@operator
def list_(as_json: bool) -> None:
    """Show all schools."""
    found = list(School.objects.order_by("slug"))
    if as_json:
        print_json([_as_dict(school) for school in found])
        return
    rows = [
        [
            school.slug,
            school.name,
            school.country,
            school.zone,
            ", ".join(school.languages),
            ConsentBasis(school.consent_basis).label,
        ]
        for school in found
    ]
    headings = ["school", "name", "country", "time zone", "languages", "basis of consent"]
    print_table(headings, rows, empty="No school yet. Add one: outreach school add --help.")


@command.command()
@click.argument("slug")
@click.argument("basis", type=click.Choice(_BASES))
@click.option("--wording", default="", help="Exactly what parents signed, or what the basis is.")
@click.option("--dated-on", type=Day(), help="The day of the form.")
@click.option("--why", default="", help="The reason, when another basis was chosen before.")
@acting("MANAGE_AUDIENCE", or_operator=True, school="slug")
def basis(
    *, slug: str, basis: str, wording: str, dated_on: date | None, why: str, actor: Actor
) -> None:
    """Choose on what the consent of a school's parents rests, before its first list.

    signed_form: parents signed a form of this wording and date. documented: another basis that
    is written down. invitation: each parent is asked first; nobody gets a message before.
    """
    school = schools.choose_consent_basis(
        schools.school_by_slug(slug),
        ConsentBasis(basis),
        wording=wording,
        dated_on=dated_on,
        why=why,
        actor=actor,
    )
    say(f"The basis of {school.name} is: {ConsentBasis(school.consent_basis).label.lower()}.")


@command.command()
@click.argument("slug")
@click.argument("word")
@click.option("--sender", "identity", required=True, metavar="NUMBER", help="Who is texted.")
@acting("MANAGE_AUDIENCE", or_operator=True, school="slug")
def word(*, slug: str, word: str, identity: str, actor: Actor) -> None:
    """Choose what parents text to sign up: JOIN and this WORD.

    Without one it is the school's short name. At one number no two schools have the same word.
    """
    school = schools.school_by_slug(slug)
    made = set_join_word(school, sender_by_identity(identity), word, actor=actor)
    say(f"Parents of {school.name} text JOIN {made.word.upper()} to {made.sender.identity}.")


def _as_dict(school: School) -> dict[str, object]:
    return {
        "slug": school.slug,
        "name": school.name,
        "country": school.country,
        "region": school.region,
        "zone": school.zone,
        "languages": school.languages,
        "consent_basis": school.consent_basis,
        "consent_dated_on": school.consent_dated_on,
    }
