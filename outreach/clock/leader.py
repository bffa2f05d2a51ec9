"""Which clock leads. An optimisation only: what it guards is safe to run twice.

A session-level advisory lock in PostgreSQL: it falls when the process or its connection
dies, so a standby takes over at its next try and nobody has to clean up.
"""

from __future__ import annotations

import threading

import psycopg

from outreach.core.locks import Lock


class Leadership:
    """`dsn`: a connection string of its own, so that no pool can give the lock away."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        # Jobs begin together, each in its thread: two connections would compete for the lock.
        self._one_at_a_time = threading.RLock()
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None

    def holds(self) -> bool:
        """Whether this process leads now; tries to, when it does not. Never raises."""
        with self._one_at_a_time:
            try:
                return self._try()
            except psycopg.Error:
                self.release()
                return False

    def release(self) -> None:
        with self._one_at_a_time:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _try(self) -> bool:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._dsn, autocommit=True, connect_timeout=5)
            return self._ask("SELECT pg_try_advisory_lock(%s)")
        # The lock belongs to the session: a live session that had it has it still.
        held = (
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' "
            "AND objid = %s AND pid = pg_backend_pid() AND granted)"
        )
        return self._ask(held) or self._ask("SELECT pg_try_advisory_lock(%s)")

    def _ask(self, query: str) -> bool:
        if self._connection is None:
            return False
        row = self._connection.execute(query, [Lock.CLOCK_LEADER]).fetchone()
        return bool(row and row[0])
