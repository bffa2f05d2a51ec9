"""The even pace of a launch over N hours, and pauses that a provider asks of all workers.

Both stand in PostgreSQL: they hold across workers, restarts and without Redis. A spread is
begun by the first worker that comes to a step run's zone, and anew after a pause of the launch
or a change of its pace, over what then still waits.
"""

from __future__ import annotations

from datetime import datetime

from outreach.delivery.connections import Connection
from outreach.delivery.sending.lease import LeasedBatch

# The last messages are due some time before the window closes, or they would miss it.
_LAST_SHARE = 0.05

_BEGIN = """
INSERT INTO delivery_spread AS p
  (step_run_id, zone, opens_at, starts_at, ends_at, planned, used)
SELECT b.step_run_id, b.zone, b.opens_at, %(now)s, greatest(%(now)s, least(
    b.opens_at + make_interval(mins => %(minutes)s),
    b.closes_at - (b.closes_at - b.opens_at) * %(last_share)s::float8)),
  (SELECT count(*) FROM delivery_batch o JOIN delivery_delivery d
     ON d.step_run_id = o.step_run_id AND d.id BETWEEN o.first_id AND o.last_id
       AND d.batch_id = o.id AND d.state = 'pending'
   WHERE o.step_run_id = b.step_run_id AND o.zone = b.zone AND o.opens_at = b.opens_at
     AND NOT o.is_done), 0
FROM delivery_batch b JOIN campaigns_steprun r ON r.id = b.step_run_id
JOIN campaigns_launch l ON l.id = r.launch_id
WHERE b.id = %(batch)s AND NOT EXISTS (SELECT 1 FROM delivery_spread x
  WHERE x.step_run_id = b.step_run_id AND x.zone = b.zone AND x.opens_at = b.opens_at
    AND (l.paced_at IS NULL OR x.starts_at >= l.paced_at))
ON CONFLICT (step_run_id, zone, opens_at) DO UPDATE SET starts_at = excluded.starts_at,
  ends_at = excluded.ends_at, planned = excluded.planned, used = 0
"""

# NULL once the pace is over: what is left goes as fast as its sender may.
_ROOM = """
SELECT CASE WHEN %(now)s < p.ends_at THEN
    outreach_spread_allows(p.starts_at, p.ends_at, p.planned, %(now)s) - p.used END
FROM delivery_spread p JOIN delivery_batch b ON b.step_run_id = p.step_run_id
  AND b.zone = p.zone AND b.opens_at = p.opens_at
WHERE b.id = %(batch)s
"""

_PAUSE_SENDER = """
UPDATE organisation_sender SET paused_why = %(why)s,
  paused_until = greatest(paused_until, clock_timestamp() + make_interval(secs => %(seconds)s))
WHERE id = %(sender)s
"""
_PAUSE_ACCOUNT = """
INSERT INTO organisation_accountlimit AS a (provider, paused_until, paused_why)
VALUES (%(provider)s, clock_timestamp() + make_interval(secs => %(seconds)s), %(why)s)
ON CONFLICT (provider) DO UPDATE SET paused_why = excluded.paused_why,
  paused_until = greatest(a.paused_until, excluded.paused_until)
"""


async def room_in_this_pass(db: Connection, batch: LeasedBatch, moment: datetime) -> int | None:
    """How many of the batch may be claimed now, None for as many as there are.

    `moment`: business time. For a launch that is spread this begins its spread where needed.
    """
    if batch.spread_minutes is None:
        return batch.room
    params = {
        "batch": batch.id,
        "now": moment,
        "minutes": batch.spread_minutes,
        "last_share": _LAST_SHARE,
    }
    await db.execute(_BEGIN, params)
    cursor = await db.execute(_ROOM, {"batch": batch.id, "now": moment})
    row = await cursor.fetchone()
    rooms = [each for each in (batch.room, row[0] if row else None) if each is not None]
    return max(0, min(rooms)) if rooms else None


async def pause_all_workers(
    db: Connection, batch: LeasedBatch, seconds: float, *, is_account_wide: bool
) -> str:
    """The provider asks us to wait: nobody claims from this sender, or this account, before.

    Returns the name of what is paused, as the throttle knows it.
    """
    params = {"seconds": seconds, "why": "The provider asked us to wait."}
    if is_account_wide:
        await db.execute(_PAUSE_ACCOUNT, params | {"provider": batch.provider})
        return batch.account
    await db.execute(_PAUSE_SENDER, params | {"sender": batch.sender_id})
    return batch.sender
