"""`outreach settings`: every setting with its meaning."""

from __future__ import annotations

import click

from outreach.cli.access import operator


@click.command(short_help="Explain all settings.")
@click.option("--env-example", is_flag=True, help="As an example file for the environment.")
@operator
def command(env_example: bool) -> None:
    """Explain all settings. They are environment variables; no value of yours is shown."""
    from outreach.cli.settings_page import settings_example, settings_page

    click.echo(settings_example() if env_example else settings_page(), nl=False)
