"""The ground the tests stand on proves something: no superuser, no network, real roles."""

from __future__ import annotations

import socket

import psycopg
import pytest
from django.db import connection
from pytest_socket import SocketConnectBlockedError

from outreach.core.clock import FrozenClock
from outreach.organisation.audit import OPERATOR, record
from outreach.organisation.models import Role
from tests.emptying import empty
from tests.servers import Servers
from tests.web import web_builders as build

_STAY = {"django_migrations", "django_content_type", "auth_permission"}


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


def tables_with_rows() -> set[str]:
    """The ledger by its partitions."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        )
        names = [name for (name,) in cursor.fetchall()]
        asked = "SELECT '{0}' WHERE EXISTS (SELECT 1 FROM {0})"
        cursor.execute(" UNION ALL ".join(asked.format(name) for name in names))
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.parametrize("entries", [1, 3000], ids=["deleted", "truncated"])
def test_all_that_a_test_commits_goes_the_ledger_too_and_the_rights_stay(
    entries: int, transactional_db: None, frozen_clock: FrozenClock
) -> None:
    build.build_organisation()
    school = build.build_school()
    launch = build.build_running(
        build.build_staff("Mara", Role.MANAGER), build.build_staff("Ben", Role.APPROVER)
    )
    build.build_delivery(launch, build.build_address(school), school)
    for number in range(entries):
        record(OPERATOR, "test.entry", f"entry:{number}")
    before = tables_with_rows()
    assert {"organisation_auditentry", "audience_address"} < before
    assert any(name.startswith("delivery_delivery_") for name in before)

    empty()

    assert tables_with_rows() == _STAY
