"""`python -m outreach.webhooks --host 127.0.0.1 --port 8001`: the webhooks' process."""

from __future__ import annotations

import contextlib
import logging.config
import sys

import click
import psycopg
from aiohttp import web

from outreach.config import celery
from outreach.config.clock import install_clock
from outreach.config.database import work_dsn
from outreach.config.environment import environment
from outreach.config.logs import logging_settings
from outreach.core.errors import OutreachError
from outreach.organisation.address_keys import fingerprints, record_newest
from outreach.webhooks.app import build_app
from outreach.webhooks.grouped import CONNECT_SECONDS

# Importing the Celery application is what installs the way to wake workers.
_WAKES_THROUGH = celery.app


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8001, show_default=True, help="Port to listen on.")
@click.option("--share-port", is_flag=True, help="Let several such processes use one port.")
def main(host: str, port: int, share_port: bool) -> None:
    """Takes in receipts and replies from the providers."""
    try:
        env = environment()
        logging.config.dictConfig(logging_settings(env.log_level, env.log_format))
        install_clock(env)
        dsn = work_dsn(env)
        _refuse_unknown_keys(env.address_keys, dsn)
        app = build_app(env, dsn)
        # No access log: addresses carry tokens and the secret of inbound mail.
        web.run_app(
            app, host=host, port=port, reuse_port=share_port or None, access_log=None, print=None
        )
    except OutreachError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"The webhooks cannot listen on {host}:{port}: {error.strerror}.")


def _refuse_unknown_keys(setting: str, dsn: str) -> None:
    """As `record_newest`. A database that does not answer is not waited for: until it does,
    providers are told to come again."""
    ours = fingerprints(setting)
    with (
        contextlib.suppress(psycopg.Error),
        psycopg.connect(dsn, autocommit=True, connect_timeout=CONNECT_SECONDS) as connection,
    ):
        record_newest(connection.cursor(), ours)


if __name__ == "__main__":
    main()
