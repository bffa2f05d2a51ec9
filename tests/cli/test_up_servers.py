"""The embedded servers: they start, are taken over, survive kill -9, lie in any folder."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from psycopg.conninfo import make_conninfo

from outreach.cli.up.postgres import EmbeddedPostgres
from outreach.cli.up.redis import EmbeddedRedis, redis_binary
from outreach.config.environment import Environment
from outreach.config.roles import ensure_roles
from outreach.core.errors import Unavailable

_FOLDERS = ("/".join(["a-folder-with-a-long-name"] * 6), "Say No! #1's; 100% äö, x?")


@pytest.fixture
def postgres(place: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(place / "pg", settings={"fsync": "off"})
    yield server
    server.stop()


@pytest.fixture
def embedded_redis(place: Path) -> Iterator[EmbeddedRedis]:
    server = EmbeddedRedis(place / "redis")
    yield server
    server.stop()


def _socket_of(server: EmbeddedRedis) -> str:
    return server.url().removeprefix("redis+socket://").partition("?")[0]


def _ping(server: EmbeddedRedis) -> bool:
    with redis.Redis(unix_socket_path=_socket_of(server)) as client:
        return bool(client.ping())


def _kill_and_wait(pid: int | None) -> None:
    assert pid is not None
    process = psutil.Process(pid)
    process.kill()
    psutil.wait_procs([process], timeout=10)


def test_a_login_that_may_make_roles_and_no_more_is_enough_for_the_tables(
    postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Since PostgreSQL 16 whoever makes a role may not take it, unless he grants it to himself."""
    postgres.start()
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute("CREATE ROLE plain LOGIN CREATEROLE")
        connection.execute("CREATE DATABASE theirs OWNER plain")
        url = make_conninfo(postgres.url(), user="plain", dbname="theirs")
    monkeypatch.setenv("DATABASE_URL", url)
    for _ in range(2):
        ensure_roles(Environment())  # type: ignore[call-arg]  # every value comes from the environment
    with psycopg.connect(url) as connection:
        for role in ("outreach_owner", "outreach_app", "outreach_work"):
            connection.execute(f"SET ROLE {role}")


def test_postgres_keeps_its_data_over_a_restart(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    with psycopg.connect(postgres.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    postgres.stop()
    assert postgres.pid() is None
    postgres.start()
    with psycopg.connect(postgres.url()) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_postgres_sorts_by_its_own_c_utf8(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    with psycopg.connect(postgres.url()) as connection:
        query = (
            "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = current_database()"
        )
        assert connection.execute(query).fetchone() == ("b", "C.UTF-8")


def test_postgres_listens_on_no_tcp_port(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    assert psutil.Process(postgres.pid()).net_connections(kind="tcp") == []


def test_a_postgres_that_outlived_its_owner_is_taken_over(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    again = EmbeddedPostgres(postgres.data_dir)
    again.start()
    assert again.pid() == postgres.pid()


def test_postgres_starts_after_its_own_kill(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    _kill_and_wait(postgres.pid())
    postgres.start()
    psycopg.connect(postgres.url()).close()


def test_a_stale_pid_file_with_a_strangers_number_stops_nothing(
    postgres: EmbeddedPostgres,
) -> None:
    postgres.start()
    postgres.stop()
    (postgres.data_dir / "postmaster.pid").write_text(f"{os.getpid()}\n{postgres.data_dir}\n")
    assert postgres.pid() is None
    postgres.start()
    assert postgres.pid() != os.getpid()


@pytest.mark.parametrize("folder", _FOLDERS)
def test_servers_in_a_deep_or_odd_folder_are_reached(place: Path, folder: str) -> None:
    database = EmbeddedPostgres(place / folder / "pg")
    queue = EmbeddedRedis(place / folder / "redis")
    try:
        database.start()
        queue.start()
        psycopg.connect(database.url()).close()
        assert _ping(queue)
        folder_of_socket = Path(_socket_of(queue)).parent
    finally:
        queue.stop()
        database.stop()
    assert not folder_of_socket.exists()


def test_an_unfinished_first_start_is_begun_again(postgres: EmbeddedPostgres) -> None:
    unfinished = postgres.data_dir.with_name("pg.new")
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    postgres.start()
    psycopg.connect(postgres.url()).close()


def test_data_of_another_major_version_is_named(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    postgres.stop()
    (postgres.data_dir / "PG_VERSION").write_text("12\n")
    with pytest.raises(Unavailable, match=r"was written by PostgreSQL 12, this is 18"):
        postgres.start()


def test_a_postgres_that_cannot_start_shows_its_own_reason(place: Path) -> None:
    server = EmbeddedPostgres(place / "pg", settings={"shared_buffers": "nonsense"})
    with pytest.raises(Unavailable, match=r"shared_buffers.*whole log"):
        server.start()


def test_redis_answers_on_a_socket_and_no_port(embedded_redis: EmbeddedRedis) -> None:
    embedded_redis.start()
    assert _ping(embedded_redis)
    assert psutil.Process(embedded_redis.pid()).net_connections(kind="tcp") == []


def test_a_redis_that_outlived_its_owner_is_taken_over(embedded_redis: EmbeddedRedis) -> None:
    embedded_redis.start()
    again = EmbeddedRedis(embedded_redis.data_dir)
    again.start()
    assert again.pid() == embedded_redis.pid()


def test_redis_starts_after_its_own_kill(embedded_redis: EmbeddedRedis) -> None:
    embedded_redis.start()
    _kill_and_wait(embedded_redis.pid())
    embedded_redis.start()
    assert _ping(embedded_redis)


def test_a_redis_that_hangs_is_replaced(embedded_redis: EmbeddedRedis) -> None:
    embedded_redis.start()
    hanging = embedded_redis.pid()
    assert hanging is not None
    os.kill(hanging, signal.SIGSTOP)
    try:
        embedded_redis.start()
        assert embedded_redis.pid() != hanging
        assert _ping(embedded_redis)
    finally:
        if psutil.pid_exists(hanging):
            os.kill(hanging, signal.SIGCONT)


def test_a_redis_on_path_is_preferred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = tmp_path / "redis-server"
    installed.symlink_to(redis_binary())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert redis_binary() == installed
