"""`outreach demo`: three invented schools and a campaign under way."""

from __future__ import annotations

from pathlib import Path

import click

from outreach.cli.access import operator
from outreach.cli.demo import cast
from outreach.cli.demo.passwords import state_folder, stored_passwords
from outreach.cli.demo.seeding import Demo, find_source, lay_out
from outreach.cli.screen import say


@click.command(short_help="Lay out the demo: three schools and a campaign under way.")
@click.option(
    "--source",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="OUTREACH_DEMO_SOURCE",
    help="The folder that holds campaigns/ and templates/; without it this folder, or the one "
    "that the program was installed from.",
)
@operator
def command(source: Path | None) -> None:
    """Lay out the demo: three invented schools, their parents, and a campaign under way.

    Works in mode demo only. Repeated, it adds what is missing, and starts the campaign again
    when it is over. `outreach up` calls it.
    """
    root = find_source(source)
    passwords = stored_passwords(
        state_folder(), tuple(each.email for each in (*cast.STAFF, *cast.AT_SCHOOLS))
    )
    demo = lay_out(root, passwords)
    for line in _introduction(demo, passwords):
        say(line)


def _introduction(demo: Demo, passwords: dict[str, str]) -> list[str]:
    width = max(len(each.email) for each in (*cast.STAFF, *cast.AT_SCHOOLS))
    return [
        f"  {demo.launch.name} runs for {demo.schools} schools and {demo.people} people; "
        f"day 0 is {demo.launch.starts_on:%d %B %Y}.",
        "  Sign in as",
        *(
            f"    {each.email:<{width}}  {passwords[each.email]}  ({each.role.label.lower()})"
            for each in (*cast.STAFF, *cast.AT_SCHOOLS)
        ),
    ]
