"""A PostgreSQL of its own for a tool, with the roles and without tables; gone afterwards."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from outreach.cli.migrating import start_as_owner
from outreach.cli.start import start_django
from outreach.cli.up.postgres import EmbeddedPostgres

_FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@contextmanager
def scratch_database() -> Iterator[Callable[[], None]]:
    """Inside, Django is awake as role owner of a database that is empty; calling what is given
    starts it."""
    folder = Path(tempfile.mkdtemp(prefix="outreach-tool-"))
    server = EmbeddedPostgres(folder / "pg", settings=_FAST)
    os.environ.update(
        DATABASE_URL=server.url(),
        OUTREACH_DATABASE_ROLE="owner",
        OUTREACH_MODE="demo",
        OUTREACH_SECRET_KEY=secrets.token_urlsafe(48),
        OUTREACH_SUPPRESSION_KEYS=f"1:{secrets.token_hex(32)}",
        OUTREACH_ADDRESS_KEYS="",
    )
    start_django(role="owner")

    def start() -> None:
        server.start()
        start_as_owner()

    try:
        yield start
    finally:
        from django.db import connections

        connections.close_all()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
