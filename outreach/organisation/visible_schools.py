"""Which schools' rows one request can see: row-level security, the wall behind every query.

For role outreach_app PostgreSQL shows only the schools in `outreach.schools`; the doors set it
here for the length of a request.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection, transaction

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
EVERY_SCHOOL = "*"
NO_SCHOOL = ""


@contextmanager
def seeing(method: str, schools: str) -> Iterator[None]:
    """Limits the rows of role outreach_app to `schools` (ids, or EVERY_SCHOOL) meanwhile.

    GET, HEAD: one transaction that PostgreSQL itself holds to reading (promise 9).
    Other methods: no transaction around the view, because the actions own theirs and an
    opt-out must be committed when it returns (promise 7). The setting then belongs to the
    connection, which this thread alone uses, and is taken back afterwards.
    """
    if method in SAFE_METHODS:
        with transaction.atomic():
            limit_to(schools, for_transaction=True)
            yield
        return
    try:
        limit_to(schools, for_transaction=False)
        yield
    finally:
        _take_back()


def limit_to(schools: str, *, for_transaction: bool) -> None:
    """Sets it. `for_transaction`: until this transaction ends, which only reads from now on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('outreach.schools', %s, %s)", [schools, for_transaction])
        if for_transaction:
            cursor.execute("SET TRANSACTION READ ONLY")


def _take_back() -> None:
    """A connection whose setting cannot be taken back is not used again."""
    try:
        limit_to(NO_SCHOOL, for_transaction=False)
    except DatabaseError:
        connection.close()
