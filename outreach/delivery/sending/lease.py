"""Who works a batch. Leases are by the database's clock: it is the one that all share.

A lease is short and is renewed while the pass runs, so that a killed worker's batch is
taken up again within half a minute, however long a provider call may last.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime

from outreach.core.errors import Unavailable
from outreach.delivery.connections import Connection, connection
from outreach.delivery.ledger import MOVE_SQL, News, move_params
from outreach.delivery.rules import Event

LEASE_SECONDS = 30
# Three renewals may fail before the lease runs out.
RENEW_SECONDS = 8.0

_TAKE = """
UPDATE delivery_batch b SET lease_token = nextval('delivery_lease_token'),
  lease_until = clock_timestamp() + make_interval(secs => %(seconds)s)
FROM campaigns_steprun r JOIN campaigns_launch l ON l.id = r.launch_id
JOIN campaigns_campaignversion v ON v.id = l.version_id,
  organisation_sender s
WHERE b.id = %(batch)s AND r.id = b.step_run_id AND s.id = b.sender_id AND NOT b.is_done
  AND (b.lease_until IS NULL OR b.lease_until < clock_timestamp())
  AND (b.try_after IS NULL OR b.try_after < clock_timestamp())
  AND l.state = 'running' AND s.is_active
  AND b.opens_at <= %(now)s AND %(now)s < least(b.closes_at, b.expires_at)
RETURNING b.id, b.step_run_id, b.channel, b.sender_id, b.topic_id, b.first_id, b.last_id,
  b.closes_at, b.expires_at, b.lease_token, l.id, v.id, r.step_key, r.number, r.total,
  s.rate_per_second
"""

_EXTEND = """
UPDATE delivery_batch SET lease_until = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE id = %(batch)s AND lease_token = %(lease)s
"""

_RELEASE = """
UPDATE delivery_batch b SET lease_until = NULL, lease_token = NULL, woken_at = NULL,
  is_done = NOT EXISTS (SELECT 1 FROM delivery_delivery d WHERE d.step_run_id = b.step_run_id
    AND d.id BETWEEN b.first_id AND b.last_id AND d.batch_id = b.id
    AND d.state IN ('pending', 'sending')),
  try_after = CASE WHEN %(wait)s::float8 > 0
    THEN clock_timestamp() + make_interval(secs => %(wait)s) END
WHERE id = %(batch)s AND lease_token = %(lease)s
RETURNING is_done
"""

# A pending delivery in a batch that is done would wait for ever.
_REOPEN = "UPDATE delivery_batch SET is_done = false, woken_at = NULL WHERE id = %s AND is_done"

# Only while the lease is ours: what another process has claimed since is its own to account for.
_OPEN_CALLS = """
SELECT id, attempt FROM delivery_delivery
WHERE step_run_id = %(run)s AND id BETWEEN %(first)s AND %(last)s AND batch_id = %(batch)s
  AND state = 'sending'
  AND EXISTS (SELECT 1 FROM delivery_batch WHERE id = %(batch)s AND lease_token = %(lease)s)
ORDER BY id
"""


@dataclass(frozen=True)
class LeasedBatch:
    """A batch that this process works, with what its messages need to know."""

    id: int
    step_run_id: int
    channel: str
    sender_id: int
    topic_id: int
    first_id: int
    last_id: int
    closes_at: datetime
    expires_at: datetime
    lease: int
    launch_id: int
    version_id: int
    step_key: str
    step_number: int
    step_total: int
    rate_per_second: float


async def take(db: Connection, batch_id: int, now: datetime) -> LeasedBatch | None:
    """Leases the batch if it is open, due, not leased by another, and its launch runs."""
    cursor = await db.execute(_TAKE, {"batch": batch_id, "now": now, "seconds": LEASE_SECONDS})
    row = await cursor.fetchone()
    return LeasedBatch(*row) if row else None


async def extend(db: Connection, batch: LeasedBatch) -> bool:
    """False when another process has the lease now: then this one must stop."""
    cursor = await db.execute(
        _EXTEND, {"batch": batch.id, "lease": batch.lease, "seconds": LEASE_SECONDS}
    )
    return cursor.rowcount == 1


@contextlib.asynccontextmanager
async def kept(batch: LeasedBatch, on_lost: Callable[[], None]) -> AsyncIterator[None]:
    """Renews the lease for the length of the block; calls `on_lost` once another has it."""
    keeper = asyncio.create_task(_keep(batch, on_lost), name="lease keeper")
    try:
        yield
    finally:
        keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeper


async def _keep(batch: LeasedBatch, on_lost: Callable[[], None]) -> None:
    is_ours = True
    while is_ours:
        await asyncio.sleep(RENEW_SECONDS)
        # A database that is away is no lost lease: each claim looks at the lease anyway.
        with contextlib.suppress(Unavailable):
            async with connection() as db:
                is_ours = await extend(db, batch)
    on_lost()


async def reopen(db: Connection, batch: LeasedBatch) -> None:
    """A delivery went back to pending after the batch was taken for done by another process."""
    await db.execute(_REOPEN, [batch.id])


async def release(db: Connection, batch: LeasedBatch, wait_seconds: float = 0) -> bool:
    """Gives the batch back; says whether all its deliveries are out. `wait_seconds`: not before."""
    cursor = await db.execute(
        _RELEASE, {"batch": batch.id, "lease": batch.lease, "wait": wait_seconds}
    )
    row = await cursor.fetchone()
    return bool(row and row[0])


async def lose_open_calls(db: Connection, batch: LeasedBatch, now: datetime, worker: str) -> int:
    """What this process claimed and cannot account for becomes `unknown` (promise 3)."""
    cursor = await db.execute(
        _OPEN_CALLS,
        {
            "run": batch.step_run_id,
            "first": batch.first_id,
            "last": batch.last_id,
            "batch": batch.id,
            "lease": batch.lease,
        },
    )
    news = [News(row[0], Event.LOSE, row[1], "worker_fault") for row in await cursor.fetchall()]
    if news:
        params = move_params(batch.step_run_id, news, now=now, actor=worker, worker=worker)
        await db.execute(MOVE_SQL, params)
    return len(news)
