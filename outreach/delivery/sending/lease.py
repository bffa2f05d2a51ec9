"""Who works a batch. Leases are by the database's clock: it is the one that all share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from outreach.delivery.connections import Connection
from outreach.delivery.ledger import MOVE_SQL, News, move_params
from outreach.delivery.rules import Event

# Longer than a chunk can take (throttle wait, then one provider call with its timeout).
LEASE_SECONDS = 90

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
  b.closes_at, b.expires_at, b.lease_token, l.id, v.id, r.step_key, r.position,
  (SELECT count(*) FROM campaigns_steprun x WHERE x.launch_id = l.id), s.rate_per_second
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

_OPEN_CALLS = """
SELECT id, attempt FROM delivery_delivery
WHERE step_run_id = %(run)s AND id BETWEEN %(first)s AND %(last)s AND batch_id = %(batch)s
  AND state = 'sending' ORDER BY id
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


async def take(connection: Connection, batch_id: int, now: datetime) -> LeasedBatch | None:
    """Leases the batch if it is open, due, not leased by another, and its launch runs."""
    cursor = await connection.execute(
        _TAKE, {"batch": batch_id, "now": now, "seconds": LEASE_SECONDS}
    )
    row = await cursor.fetchone()
    return LeasedBatch(*row) if row else None


async def extend(connection: Connection, batch: LeasedBatch) -> bool:
    """False when another process has the lease now: then this one must stop."""
    cursor = await connection.execute(
        _EXTEND, {"batch": batch.id, "lease": batch.lease, "seconds": LEASE_SECONDS}
    )
    return cursor.rowcount == 1


async def release(connection: Connection, batch: LeasedBatch, wait_seconds: float = 0) -> bool:
    """Gives the batch back; says whether all its deliveries are out. `wait_seconds`: not before."""
    cursor = await connection.execute(
        _RELEASE, {"batch": batch.id, "lease": batch.lease, "wait": wait_seconds}
    )
    row = await cursor.fetchone()
    return bool(row and row[0])


async def lose_open_calls(
    connection: Connection, batch: LeasedBatch, now: datetime, worker: str
) -> int:
    """What this process claimed and cannot account for becomes `unknown` (promise 3)."""
    cursor = await connection.execute(
        _OPEN_CALLS,
        {
            "run": batch.step_run_id,
            "first": batch.first_id,
            "last": batch.last_id,
            "batch": batch.id,
        },
    )
    news = [News(row[0], Event.LOSE, row[1], "worker_fault") for row in await cursor.fetchall()]
    if news:
        params = move_params(batch.step_run_id, news, now=now, actor=worker, worker=worker)
        await connection.execute(MOVE_SQL, params)
    return len(news)
