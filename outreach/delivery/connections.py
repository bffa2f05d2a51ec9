"""Asynchronous database connections of a worker process, in role work.

The sending loop overlaps a claim with the calls of the chunk before it, which Django's
one synchronous connection cannot. Opened lazily on the process's event loop, so a
forked worker never shares its parent's sockets.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from outreach.config.database import work_dsn
from outreach.config.environment import environment
from outreach.core.errors import Unavailable

Connection = psycopg.AsyncConnection[TupleRow]
_LONGEST_LIFE_SECONDS = 600  # as Django's: what PostgreSQL keeps for a connection only grows
_MOST_CONNECTIONS = 4


class _Process:
    pool: AsyncConnectionPool[Connection] | None = None


@asynccontextmanager
async def connection() -> AsyncIterator[Connection]:
    """A connection with autocommit on. Raises Unavailable when PostgreSQL does not answer."""
    try:
        pool = await _pool()
        async with pool.connection(timeout=5) as found:
            yield found
    except psycopg.OperationalError as error:
        raise Unavailable("PostgreSQL does not answer.", remedy="Is it running?") from error


async def close() -> None:
    if _Process.pool is not None:
        await _Process.pool.close()
        _Process.pool = None


async def _configure(fresh: Connection) -> None:
    """The hot statements are large and always the same: planning them anew costs 2 ms each."""
    await fresh.execute("SET plan_cache_mode = force_generic_plan")


async def _pool() -> AsyncConnectionPool[Connection]:
    if _Process.pool is None:
        pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            work_dsn(environment()),
            min_size=0,
            max_size=_MOST_CONNECTIONS,
            open=False,
            kwargs={"autocommit": True, "prepare_threshold": 1},
            configure=_configure,
            check=AsyncConnectionPool.check_connection,
            max_idle=60,
            max_lifetime=_LONGEST_LIFE_SECONDS,
        )
        await pool.open()
        _Process.pool = pool
    return _Process.pool
