"""The commonest move of all, `sending` to `accepted`, in a statement made for it.

It does what `MOVE_SQL` does for this one entry of the matrix, for three quarters of its
price: nothing is looked up before the update, which itself says what it found. What it
does not find as it expected (a receipt came first, the lease ran out) is left alone, for
`MOVE_SQL` to judge.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from outreach.delivery.ledger import News, array_of, text_array_of
from outreach.delivery.models import DeliveryState as S
from outreach.delivery.rules import MATRIX, Event

AFTER = MATRIX[Event.ACCEPT][S.SENDING]

# The bounds, not the ids, stand in the condition: PostgreSQL would sort the ids for every row.
ACCEPT_SQL = f"""
WITH moved AS (
  UPDATE delivery_delivery d SET state = '{AFTER}', state_at = %(now)s,
    message_id = coalesce(n.message_id, d.message_id), segments = coalesce(n.segments, d.segments)
  FROM unnest(%(ids)s::bigint[], %(attempts)s::smallint[], %(messages)s::text[],
    %(segments)s::smallint[]) AS n(id, attempt, message_id, segments)
  WHERE d.step_run_id = %(run)s AND d.id = n.id AND d.id BETWEEN %(low)s AND %(high)s
    AND d.state = 'sending' AND d.attempt = n.attempt
  RETURNING d.id, d.batch_id, d.attempt
),
noted AS (
  INSERT INTO delivery_deliveryevent
    (step_run_id, delivery_id, at, attempt, event, from_state, to_state, actor)
  SELECT %(run)s, id, %(now)s, attempt, '{Event.ACCEPT}', 'sending', '{AFTER}', %(actor)s
  FROM moved
),
tallied AS (
  INSERT INTO delivery_tally (step_run_id, batch_key, worker, state, reason, number)
  SELECT %(run)s, m.batch_key, %(worker)s, v.state, '', v.sign * m.number
  FROM (SELECT coalesce(batch_id, 0) AS batch_key, count(*) AS number FROM moved GROUP BY 1) m
  CROSS JOIN (VALUES ('{AFTER}', 1), ('sending', -1)) AS v(state, sign)
  ORDER BY m.batch_key, v.state
  ON CONFLICT (step_run_id, batch_key, state, reason, worker)
  DO UPDATE SET number = delivery_tally.number + excluded.number
),
paced AS (
  INSERT INTO delivery_pace (step_run_id, minute, worker, state, number)
  SELECT %(run)s, date_trunc('minute', %(now)s::timestamptz), %(worker)s, '{AFTER}', count(*)
  FROM moved HAVING count(*) > 0
  ON CONFLICT (step_run_id, minute, state, worker)
  DO UPDATE SET number = delivery_pace.number + excluded.number
)
SELECT id FROM moved
"""  # noqa: S608  # built from constants of this package


def accept_params(
    step_run_id: int, news: Sequence[News], *, now: datetime, actor: str
) -> dict[str, object]:
    """The parameters of ACCEPT_SQL; `news` in the order of their ids, each with its attempt."""
    return {
        "run": step_run_id,
        "now": now,
        "actor": actor,
        "worker": actor,
        "low": news[0].id,
        "high": news[-1].id,
        "ids": array_of(item.id for item in news),
        "attempts": array_of(item.attempt for item in news),
        "messages": text_array_of(item.message_id for item in news),
        "segments": array_of(item.segments for item in news),
    }
