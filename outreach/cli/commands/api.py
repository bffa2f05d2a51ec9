"""`outreach api …`: keys by which other systems use the API."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import click

from outreach.cli.access import operator
from outreach.cli.commands.api_hooks import hooks
from outreach.cli.pick import Day
from outreach.cli.screen import json_option, print_json, print_table, say
from outreach.core.clock import now
from outreach.organisation import api_keys
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import ApiKey, ApiScope
from outreach.organisation.schools import school_by_slug
from outreach.organisation.staff import staff_by_email


@click.group(short_help="Keys by which other systems use the API.")
def command() -> None:
    """Keys by which other systems use the API; docs/api.md says what it can do."""


command.add_command(hooks)


@command.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice([each.value for each in ApiScope]),
    help="What it may do; may be repeated.",
)
@click.option("--school", "school_slug", help="The only school it is for; without it, all.")
@click.option(
    "--rate", default=120, show_default=True, help="Requests a minute at most, for this key."
)
@click.option("--until", type=Day(), help="The last day on which it works (UTC).")
@click.option(
    "--for", "for_email", metavar="EMAIL", help="In whose name it drafts launches: a manager."
)
@operator
def create(
    *,
    name: str,
    scopes: tuple[str, ...],
    school_slug: str | None,
    rate: int,
    until: date | None,
    for_email: str | None,
) -> None:
    """Make a key and show it, once. NAME says which system uses it."""
    made = api_keys.create_key(
        name,
        [ApiScope(scope) for scope in scopes],
        school=school_by_slug(school_slug) if school_slug else None,
        most_a_minute=rate,
        expires_at=datetime.combine(until, time.max, UTC) if until else None,
        staff=staff_by_email(for_email) if for_email else None,
        actor=OPERATOR,
    )
    say(f"Key: {made.secret}")
    say("It is not shown again. Whoever has it can use it.")


@command.command("list")
@json_option
@operator
def list_(as_json: bool) -> None:
    """Show all keys, without what they consist of."""
    found = ApiKey.objects.select_related("school").order_by("pk")
    if as_json:
        print_json([_as_dict(key) for key in found])
        return
    headings = ["key", "name", "may", "school", "made", "last used", "state"]
    rows = [
        [
            key.prefix,
            key.name,
            ", ".join(key.scopes),
            key.school.name if key.school else "all",
            key.created_at,
            key.last_used_at,
            _state(key),
        ]
        for key in found
    ]
    print_table(headings, rows, empty="No key yet. Make one: outreach api create --help.")


@command.command()
@click.argument("prefix", metavar="KEY")
@click.option("--why", required=True, help="The reason, kept for those who read it later.")
@operator
def revoke(prefix: str, why: str) -> None:
    """End a key at once. KEY is its name in the list, eight letters."""
    key = api_keys.revoke_key(prefix, why=why, actor=OPERATOR)
    say(f"The key {key.prefix} ({key.name}) has ended.")


def _state(key: ApiKey) -> str:
    if key.revoked_at is not None:
        return "ended"
    return "expired" if key.expires_at is not None and key.expires_at <= now() else "in force"


def _as_dict(key: ApiKey) -> dict[str, object]:
    return {
        "key": key.prefix,
        "name": key.name,
        "scopes": key.scopes,
        "school": key.school.slug if key.school else None,
        "created_at": key.created_at,
        "last_used_at": key.last_used_at,
        "state": _state(key),
    }
