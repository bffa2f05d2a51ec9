"""Keeps the counters of pages few: those of finished batches are added up, run by run. Which batch
holds how many of a state is kept by a trigger of the table (migration delivery.0018).

A batch leaves half a dozen counters; ten million messages would leave a page sixty thousand
to add up every two seconds. Refuses to wait: a counter that a worker holds is left for later.
"""

from __future__ import annotations

from django.db import connection, transaction

_MOST = 5_000

# A late receipt of a folded batch makes a counter of that batch anew, and the sum stays right.
_FOLD = """
WITH settled AS (
  SELECT t.id FROM delivery_tally t JOIN delivery_batch b ON b.id = t.batch_key
  WHERE b.is_done ORDER BY t.id LIMIT %(most)s FOR UPDATE OF t SKIP LOCKED
),
gone AS (
  DELETE FROM delivery_tally t USING settled s WHERE t.id = s.id
  RETURNING t.step_run_id, t.batch_key, t.state, t.reason, t.number
),
added AS (
  INSERT INTO delivery_tally (step_run_id, batch_key, worker, state, reason, number)
  SELECT step_run_id, 0, 'folded', state, reason, sum(number) FROM gone
  GROUP BY step_run_id, state, reason ORDER BY step_run_id, state, reason
  ON CONFLICT (step_run_id, batch_key, state, reason, worker)
  DO UPDATE SET number = delivery_tally.number + excluded.number
)
SELECT count(*) FROM gone
"""


def fold_tallies() -> int:
    """Adds the counters of finished batches to those of their run; returns how many there were."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_FOLD, {"most": _MOST})
        (folded,) = cursor.fetchone()
    return int(folded)
