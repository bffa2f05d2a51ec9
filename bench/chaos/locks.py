"""Stops a process at an exact statement, from outside: by a lock in PostgreSQL that it needs.

A killed client's backend goes on when the lock is let go, and a statement that stands alone
would then commit although nobody asked any more; `end_waiters` ends it as the loss of the
machine would have.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import psycopg

from bench.chaos.house import House
from outreach.core.locks import Lock

# How a claim of deliveries asks for its lock; notices ask for the same one in other words.
CLAIM = "BEGIN; SELECT pg_advisory_xact_lock_shared%"

_WAITERS = """
SELECT pid FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid)) AND query LIKE %s
"""


class Hold:
    """Holds what `statement` locks until the block ends, or `let_go`."""

    def __init__(self, house: House, statement: str, *params: object) -> None:
        self._house = house
        self._connection: psycopg.Connection[Any] = psycopg.connect(house.postgres.url())
        self._connection.execute(statement, params or None)
        self._pid = self._connection.info.backend_pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.let_go()

    def let_go(self) -> None:
        self._connection.close()

    def wait_for_waiter(self, like: str = "%") -> None:
        """Returns once somebody whose statement is `like` waits for this lock."""
        self._house.wait(lambda: bool(self._waiters(like)), f"a statement {like} at the lock")

    def end_waiters(self) -> None:
        """Ends the backends that wait; what they had not committed is rolled back."""
        for pid in self._waiters("%"):
            self._house.execute("SELECT pg_terminate_backend(%s, 5000)", pid)

    def _waiters(self, like: str) -> list[int]:
        return [row[0] for row in self._house.rows(_WAITERS, self._pid, like)]


def hold_claims(house: House) -> Hold:
    """Every claim stops right before it judges."""
    return Hold(house, "SELECT pg_advisory_xact_lock(%s)", int(Lock.CLAIM))
