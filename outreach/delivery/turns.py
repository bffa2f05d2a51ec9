"""Whose turn it is: an urgent launch first, then the launch that waited longest.

A wake-up in the queue says that there is work in its channel; which batch is worked stands here,
so a launch that comes late never waits for the thousand batches of one that came before.
"""

from __future__ import annotations

from outreach.core.clock import now
from outreach.delivery.connections import connection
from outreach.delivery.readiness import READY

# Within a launch the batch of the wake-up is taken where it is ready, so that workers do not all
# reach for the same one.
_TAKE_TURN = f"""
WITH hint AS (SELECT id, channel, step_run_id FROM delivery_batch WHERE id = %(batch)s),
chosen AS (
  SELECT pick.id, l.id AS launch_id, hint.channel
  FROM hint CROSS JOIN campaigns_launch l
  JOIN campaigns_steprun r ON r.launch_id = l.id AND r.state = 'planned'
  LEFT JOIN delivery_turn t ON t.launch_id = l.id AND t.channel = hint.channel
  CROSS JOIN LATERAL (
    SELECT found.id, found.closes_at FROM (
      (SELECT b.id, b.closes_at FROM delivery_batch b
       JOIN organisation_sender s ON s.id = b.sender_id
       WHERE b.id = hint.id AND b.step_run_id = r.id AND {READY})
      UNION ALL
      (SELECT b.id, b.closes_at FROM delivery_batch b
       JOIN organisation_sender s ON s.id = b.sender_id
       WHERE b.step_run_id = r.id AND b.channel = hint.channel AND {READY}
       ORDER BY b.closes_at, b.id LIMIT 1)) found
    LIMIT 1) pick
  WHERE l.state = 'running'
  ORDER BY l.is_urgent DESC, t.served_at NULLS FIRST, pick.id = hint.id DESC,
    pick.closes_at, pick.id
  LIMIT 1
),
served AS (
  INSERT INTO delivery_turn (launch_id, channel, served_at)
  SELECT launch_id, channel, clock_timestamp() FROM chosen
  ON CONFLICT (launch_id, channel) DO UPDATE SET served_at = excluded.served_at
)
SELECT id FROM chosen
"""  # noqa: S608  # built from constants of this package


async def take_turn(batch_id: int) -> int | None:
    """The batch to work next in the channel of `batch_id`; None when nothing there is ready.

    On the process's pool, whose connections keep the plan: making it costs more than the turn.
    """
    async with connection() as db:
        cursor = await db.execute(_TAKE_TURN, {"batch": batch_id, "now": now()}, prepare=True)
        row = await cursor.fetchone()
    return int(row[0]) if row else None
