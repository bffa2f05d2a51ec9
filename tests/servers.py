"""The real PostgreSQL and Redis of a test run, as a pytest plugin (`-p tests.servers`).

Loaded before Django's settings are read: the addresses are known at once, the servers
start with the first test that needs them. One pair for the whole run, in a temporary
folder, gone at the end, after Ctrl-C too. The login is no superuser: one would pass
every check of rights and prove nothing.
"""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from outreach.cli.up.postgres import EmbeddedPostgres
from outreach.cli.up.redis import EmbeddedRedis

_LOGIN = "outreach_tests"
_ROLES = ("outreach_owner", "outreach_app", "outreach_work")
# Tests may lose their data in a power cut.
_FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "max_wal_size": "2GB",
}


class Servers:
    """The pair. `start` and `stop` may be called again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._postgres = EmbeddedPostgres(folder / "pg", settings=_FAST)
        self._redis = EmbeddedRedis(folder / "redis")
        self._started = False

    @property
    def redis_url(self) -> str:
        return self._redis.url()

    def database_url(self, name: str = "outreach") -> str:
        return self._postgres.url(database=name, user=_LOGIN)

    def start(self) -> None:
        if self._started:
            return
        self._started = True
        self._postgres.start()
        self._redis.start()
        self._make_roles()

    def stop(self) -> None:
        if self._started:
            self._started = False
            self._redis.stop()
            self._postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _make_roles(self) -> None:
        with psycopg.connect(self._postgres.url(), autocommit=True) as connection:
            for role in _ROLES:
                connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
            connection.execute("ALTER ROLE outreach_owner CREATEDB")
            connection.execute(f"CREATE ROLE {_LOGIN} LOGIN CREATEDB IN ROLE {', '.join(_ROLES)}")
            connection.execute("ALTER DATABASE outreach OWNER TO outreach_owner")
            # Dropping a database by force ends whoever looks after it at that moment.
            connection.execute(f"GRANT pg_signal_autovacuum_worker, pg_signal_backend TO {_LOGIN}")


def _settings_of_tests(servers: Servers) -> dict[str, str]:
    return {
        "DATABASE_URL": servers.database_url(),
        "REDIS_URL": servers.redis_url,
        "OUTREACH_MODE": "demo",
        "OUTREACH_DATABASE_ROLE": "owner",
        "OUTREACH_SECRET_KEY": secrets.token_urlsafe(48),
        "OUTREACH_SUPPRESSION_KEYS": f"1:{secrets.token_hex(32)}",
    }


def _forget_surroundings() -> None:
    """No setting or key of the person who runs the tests reaches them."""
    for name in list(os.environ):
        ours = name.startswith(("OUTREACH_", "TWILIO_", "SENDGRID_"))
        if ours and name != "OUTREACH_SHARED":
            del os.environ[name]


_forget_surroundings()
SERVERS = Servers(Path(tempfile.mkdtemp(prefix="outreach-tests-")))
atexit.register(SERVERS.stop)
os.environ.update(_settings_of_tests(SERVERS))


def pytest_configure() -> None:
    # A run that is ended from outside stops its servers as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """PostgreSQL and Redis, running."""
    SERVERS.start()
    yield SERVERS
    SERVERS.stop()


@pytest.fixture
def spare_database(transactional_db: None, servers: Servers) -> Iterator[str]:
    """The URL of a migrated database for this test alone, for tests that start processes."""
    from django.db import connections

    template = str(connections["default"].settings_dict["NAME"])
    name = f"spare_{secrets.token_hex(4)}"
    connections.close_all()  # a template in use cannot be copied
    _end_sessions(servers, template)  # of the pages that the browser tests look at
    _run_sql(servers, "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, template)
    with psycopg.connect(servers.database_url(name), options="-c role=outreach_owner") as spare:
        spare.execute("TRUNCATE consent_keyrecord")  # whoever uses it may bring keys of its own
    yield servers.database_url(name)
    _drop_database(servers, name)


def _end_sessions(servers: Servers, database: str) -> None:
    """Whoever has one opens another when it asks the next time. An autovacuum of PostgreSQL's own
    may not be ended by us; CREATE DATABASE ends it by itself."""
    with psycopg.connect(servers.database_url("postgres"), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = %s AND backend_type = 'client backend'",
            [database],
        )


@pytest.fixture
def empty_database(servers: Servers) -> Iterator[str]:
    """The URL of a database without tables."""
    name = f"empty_{secrets.token_hex(4)}"
    _run_sql(servers, "CREATE DATABASE {}", name)
    yield servers.database_url(name)
    _drop_database(servers, name)


def _run_sql(servers: Servers, statement: str, *names: str) -> None:
    url = servers.database_url("postgres")
    with psycopg.connect(url, autocommit=True, options="-c role=outreach_owner") as connection:
        identifiers = [sql.Identifier(name) for name in names]
        connection.execute(sql.SQL(statement).format(*identifiers))


def _drop_database(servers: Servers, name: str) -> None:
    """As the login itself: the role of the owner may not end a session that is still closing."""
    with psycopg.connect(servers.database_url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
