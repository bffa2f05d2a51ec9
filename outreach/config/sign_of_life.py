"""The sign that a process of the pages lives: a shared lock that a session of its own holds.

PostgreSQL takes the lock back when the process or its connection dies, so `outreach doctor` sees
without asking over the network, and nobody has to clean up. Writes nothing.
"""

from __future__ import annotations

import threading
import time

import psycopg

from outreach.core.locks import Lock

_SECONDS_BETWEEN = 5.0


class SignOfLife:
    """`dsn`: for a connection of its own, so that no request's end gives the lock away."""

    def __init__(self, dsn: str, lock: int = Lock.WEB) -> None:
        self._dsn, self._lock = dsn, lock
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None

    def keep_showing(self) -> None:
        """In a thread that ends with the process; a lost session is made anew."""
        threading.Thread(target=self._for_ever, name="sign-of-life", daemon=True).start()

    def show(self) -> bool:
        """Takes the lock, or makes sure that its session is there. False where it cannot."""
        try:
            self._show()
        except psycopg.Error:
            self.end()
            return False
        return True

    def end(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _for_ever(self) -> None:
        while True:
            self.show()
            time.sleep(_SECONDS_BETWEEN)

    def _show(self) -> None:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._dsn, autocommit=True, connect_timeout=5)
            self._connection.execute("SELECT pg_try_advisory_lock_shared(%s)", [self._lock])
        else:
            self._connection.execute("SELECT 1")
