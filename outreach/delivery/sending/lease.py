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

from outreach.core.clock import now
from outreach.core.errors import Unavailable
from outreach.delivery.connections import Connection, connection
from outreach.delivery.ledger import MOVE_SQL, News, move_params
from outreach.delivery.readiness import MAKES_WAY, READY, ROOM
from outreach.delivery.rules import Event
from outreach.delivery.throttle import Bucket

LEASE_SECONDS = 30
# Three renewals may fail before the lease runs out.
RENEW_SECONDS = 8.0

_TAKE = f"""
UPDATE delivery_batch b SET lease_token = nextval('delivery_lease_token'),
  lease_until = clock_timestamp() + make_interval(secs => %(seconds)s),
  served_at = clock_timestamp()
FROM campaigns_steprun r JOIN campaigns_launch l ON l.id = r.launch_id
JOIN campaigns_campaignversion v ON v.id = coalesce(r.version_id, l.version_id),
  organisation_sender s
WHERE b.id = %(batch)s AND r.id = b.step_run_id AND s.id = b.sender_id AND {READY}
  AND (%(sender)s::bigint IS NULL OR b.sender_id = %(sender)s)
RETURNING b.id, b.step_run_id, b.channel, b.sender_id, b.topic_id, b.first_id, b.last_id,
  b.closes_at, b.expires_at, b.lease_token, l.id, v.id, r.step_key, r.number, r.total,
  s.rate_per_second, s.provider,
  (SELECT a.rate_per_second FROM organisation_accountlimit a WHERE a.provider = s.provider),
  {ROOM}, coalesce(l.spread_minutes, r.spread_minutes), l.rate_per_second,
  r.most_messages IS NOT NULL
"""  # noqa: S608  # built from constants of this package

# Not renewed: another process has it, or an urgent launch wants the sender for itself.
_EXTEND = f"""
UPDATE delivery_batch b SET
  lease_until = clock_timestamp() + make_interval(secs => %(seconds)s)
FROM campaigns_steprun r JOIN campaigns_launch l ON l.id = r.launch_id
WHERE b.id = %(batch)s AND b.lease_token = %(lease)s AND r.id = b.step_run_id AND {MAKES_WAY}
"""  # noqa: S608  # built from constants of this package

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
    """A batch that this process works, with what its messages need to know.

    `room`: how many may go out today from its sender and account, None without a limit.
    """

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
    provider: str
    account_rate_per_second: float | None
    room: int | None
    spread_minutes: int | None
    launch_rate_per_second: float | None
    has_frequency_cap: bool

    @property
    def account(self) -> str:
        """The name by which all senders of this provider are slowed and paused together."""
        return f"account:{self.provider}"

    @property
    def sender(self) -> str:
        return f"sender:{self.sender_id}"

    @property
    def buckets(self) -> tuple[Bucket, ...]:
        """What its messages have to pass before they are claimed."""
        own = (
            Bucket(self.sender, self.rate_per_second),
            Bucket(self.account, self.account_rate_per_second),
        )
        if self.launch_rate_per_second is None:
            return own
        return (*own, Bucket(f"launch:{self.launch_id}", self.launch_rate_per_second))

    @property
    def messages_a_second(self) -> float:
        limits = (self.account_rate_per_second, self.launch_rate_per_second)
        return min([self.rate_per_second, *(limit for limit in limits if limit)])


async def take(
    db: Connection, batch_id: int, moment: datetime, sender_id: int | None = None
) -> LeasedBatch | None:
    """Leases the batch if it could be sent from at `moment` (see `readiness`).

    `sender_id`: whose adapter the caller has; a batch that another writes by now is not leased.
    """
    params = {"batch": batch_id, "now": moment, "seconds": LEASE_SECONDS, "sender": sender_id}
    cursor = await db.execute(_TAKE, params)
    row = await cursor.fetchone()
    return LeasedBatch(*row) if row else None


async def extend(db: Connection, batch: LeasedBatch) -> bool:
    """False when another process has the lease now, or an urgent launch its sender: then this
    one must stop."""
    cursor = await db.execute(
        _EXTEND,
        {"batch": batch.id, "lease": batch.lease, "seconds": LEASE_SECONDS, "now": now()},
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


async def lose_open_calls(db: Connection, batch: LeasedBatch, moment: datetime, worker: str) -> int:
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
        params = move_params(batch.step_run_id, news, now=moment, actor=worker, worker=worker)
        await db.execute(MOVE_SQL, params)
    return len(news)
