"""`outreach up`: everything on this machine."""

from __future__ import annotations

from pathlib import Path

import click

from outreach.cli.access import operator

_PORT = click.IntRange(1, 65535)


@click.command(short_help="Start everything on this machine, with a demo.")
@click.option("--no-demo", is_flag=True, help="Start empty, on the machine's own clock.")
@click.option("--port", type=_PORT, default=8000, show_default=True, help="Port of the pages.")
@click.option(
    "--webhook-port", type=_PORT, default=8001, show_default=True, help="Port for the providers."
)
@click.option(
    "--sandbox-port",
    type=_PORT,
    default=8002,
    show_default=True,
    help="Port of the pretended phones and mailboxes.",
)
@click.option(
    "--speed",
    type=click.FloatRange(1, 100_000),
    default=1440.0,
    show_default=True,
    help="How many seconds the demo's clock shows in one second.",
)
@click.option(
    "--state-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".outreach"),
    show_default=True,
    help="Where data, secrets and logs stay.",
)
@operator
def command(
    *, no_demo: bool, port: int, webhook_port: int, sandbox_port: int, speed: float, state_dir: Path
) -> None:
    """Start everything on this machine, and stop it all with Ctrl-C.

    PostgreSQL and Redis are started too, unless DATABASE_URL and REDIS_URL are set. The demo
    shows three schools, their parents and a campaign under way on a clock that runs fast;
    nothing leaves this machine. The data stays for the next start.

    Only what is exported counts: .env and secrets/ of `outreach setup` are not read. For an
    installation that stays, see docs/guides/operators.md.
    """
    from outreach.cli.up.plan import UpOptions
    from outreach.cli.up.run import run_up

    options = UpOptions(
        state_dir=state_dir,
        demo=not no_demo,
        port=port,
        webhook_port=webhook_port,
        sandbox_port=sandbox_port,
        speed=speed,
    )
    raise click.exceptions.Exit(run_up(options))
