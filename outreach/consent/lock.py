"""The one lock between claims and everything that takes a right to send away.

Promise 7: from the commit of an opt-out no claim of that address commits. A claim takes
the lock shared, in a statement of its own, before the statement that reads consent; a
withdrawal, suppression or hold takes it exclusively as the first statement of its short
transaction. So an opt-out waits for the claims under way, and a claim that comes later
reads with a snapshot made after the opt-out's commit.

Why a statement of its own: PostgreSQL makes the snapshot of a statement (isolation READ
COMMITTED) when it begins, that is before it has waited for a lock taken inside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from django.db import connection, transaction

from outreach.core.locks import Lock

TAKE_EXCLUSIVE_SQL = f"SELECT pg_advisory_xact_lock({Lock.CLAIM:d})"
TAKE_SHARED_SQL = f"SELECT pg_advisory_xact_lock_shared({Lock.CLAIM:d})"


class Cursor(Protocol):
    """What this module needs of a cursor, Django's or psycopg's."""

    def execute(self, query: str, /) -> Any: ...


def take_exclusive(cursor: Cursor) -> None:
    """Waits for all claims under way. Must be the first statement of its transaction."""
    cursor.execute(TAKE_EXCLUSIVE_SQL)


def take_shared(cursor: Cursor) -> None:
    """Waits for an opt-out under way. A statement of its own, before the claim's statement."""
    cursor.execute(TAKE_SHARED_SQL)


@contextmanager
def taking_rights_away() -> Iterator[None]:
    """A transaction of its own that holds the lock exclusively.

    Raises RuntimeError inside another transaction: row locks held before the lock would
    let it and a claim wait for each other, and the outer commit would decide when stop
    means stop.
    """
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            take_exclusive(cursor)
        yield
