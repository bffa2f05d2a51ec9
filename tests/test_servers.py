"""The ground the tests stand on proves something: no superuser, no network, real roles."""

from __future__ import annotations

import socket

import psycopg
import pytest
from django.db import connection
from pytest_socket import SocketConnectBlockedError

from tests.servers import Servers


@pytest.mark.django_db
def test_no_test_runs_as_a_superuser() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT bool_or(rolsuper) FROM pg_roles WHERE rolname !~ '^(pg_|postgres$)'")
        assert cursor.fetchone() == (False,)
        cursor.execute("SELECT session_user, current_user")
        assert cursor.fetchone() == ("outreach_tests", "outreach_owner")


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_the_network_beyond_this_machine_is_refused() -> None:
    with socket.socket() as client, pytest.raises(SocketConnectBlockedError):
        client.connect(("192.0.2.1", 80))  # a documentation address (RFC 5737)


def test_a_spare_database_is_migrated_and_apart(spare_database: str, servers: Servers) -> None:
    assert spare_database != servers.database_url()
    with psycopg.connect(spare_database, options="-c role=outreach_owner") as spare:
        row = spare.execute("SELECT count(*) > 0 FROM django_migrations").fetchone()
    assert row == (True,)
