"""Where in the ledger the deliveries of one state stand, without reading all of it.

Owns the way there: counters say which batches hold the state, and only those are read, by their
key. `state` is in no index of the ledger, because every index would cost every send.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from outreach.delivery.models import DeliveryState

_RUNS = """
SELECT t.step_run_id FROM delivery_tally t JOIN campaigns_steprun r ON r.id = t.step_run_id
WHERE r.launch_id = %(launch)s AND t.state = %(state)s AND t.step_run_id >= %(first_run)s
GROUP BY 1 HAVING sum(t.number) > 0 ORDER BY 1
"""
# The planner counts who waits for all batches together; each batch counts who waits no more.
_WAITING = """
SELECT b.id, b.first_id, b.last_id,
  greatest(1, b.last_id - b.first_id + 1 + coalesce(n.number, 0))::bigint
FROM delivery_batch b LEFT JOIN (
  SELECT batch_key, sum(number) AS number FROM delivery_tally
  WHERE step_run_id = %(run)s AND state = 'pending' AND batch_key > 0 GROUP BY 1
) n ON n.batch_key = b.id
WHERE b.step_run_id = %(run)s AND NOT b.is_done ORDER BY b.first_id, b.id
"""
_HOLDING = """
SELECT b.id, b.first_id, b.last_id, n.number FROM (
  SELECT batch_id, sum(number)::bigint AS number FROM (
    SELECT batch_id, number FROM delivery_batchcount
    WHERE step_run_id = %(run)s AND state = %(state)s
    UNION ALL
    SELECT batch_key, number FROM delivery_tally
    WHERE step_run_id = %(run)s AND state = %(state)s AND batch_key > 0
  ) counted GROUP BY 1 HAVING sum(number) > 0
) n JOIN delivery_batch b ON b.id = n.batch_id ORDER BY b.first_id, b.id
"""
# Who was left out by the plan is in no batch, and stands between the batches or after them.
_LEFT_OUT = """
SELECT NULL, behind, coalesce(next_first, 9223372036854775807) - 1, 1 FROM (
  SELECT max(last_id) OVER (ORDER BY first_id) + 1 AS behind,
    lead(first_id) OVER (ORDER BY first_id) AS next_first
  FROM (SELECT first_id, last_id FROM delivery_batch WHERE step_run_id = %(run)s
        UNION ALL SELECT 0, 0) b
) gaps WHERE next_first IS NULL OR next_first > behind ORDER BY behind
"""
_READ = """
SELECT %(run)s, d.id, d.state, coalesce(d.reason, ''), d.attempt, d.state_at,
  coalesce(s.provider, '')
FROM unnest(%(batches)s::bigint[], %(firsts)s::bigint[], %(lasts)s::bigint[])
  AS p(batch_id, first_id, last_id)
CROSS JOIN LATERAL (
  SELECT d.id, d.state, d.reason, d.attempt, d.state_at FROM delivery_delivery d
  WHERE d.step_run_id = %(run)s AND d.id BETWEEN p.first_id AND p.last_id
    AND d.batch_id IS NOT DISTINCT FROM p.batch_id AND d.state = %(state)s
  ORDER BY d.id LIMIT %(most)s
) d
LEFT JOIN delivery_batch b ON b.id = p.batch_id
LEFT JOIN organisation_sender s ON s.id = b.sender_id
ORDER BY d.id LIMIT %(most)s
"""


@dataclass(frozen=True)
class Place:
    """A range of ids. `batch_id`: whose, None for who is in no batch. `holds`: about so many."""

    batch_id: int | None
    first_id: int
    last_id: int
    holds: int


def rows_in_state(
    launch_id: int, state: str, most: int, after: tuple[int, int] = (0, 0)
) -> list[tuple[Any, ...]]:
    """The first deliveries of a launch in a state, in the order of the ledger: step run, id,
    state, reason, attempt, since when, and who wrote. `after`: behind this step run and id."""
    found: list[tuple[Any, ...]] = []
    params = {"launch": launch_id, "state": state, "first_run": after[0]}
    for (run,) in _query(_RUNS, params):
        behind = after[1] if run == after[0] else 0
        for helping in _helpings(places(run, state, behind), most):
            found += _read(run, state, helping, most - len(found))
            if len(found) >= most:
                return found
    return found


def places(run: int, state: str, behind: int = 0) -> list[Place]:
    """Where the deliveries of a step run in a state are, in the order of the ledger."""
    query = _WAITING if state == DeliveryState.PENDING else _HOLDING
    params = {"run": run, "state": state}
    found = [Place(*row) for row in _query(query, params)]
    if state == DeliveryState.SKIPPED:
        found += [Place(*row) for row in _query(_LEFT_OUT, params)]
        found.sort(key=lambda place: place.first_id)
    return [
        replace(place, first_id=max(place.first_id, behind + 1))
        for place in found
        if place.last_id > behind
    ]


def _helpings(places: Sequence[Place], most: int) -> Iterator[list[Place]]:
    """As many places at once as hold what is wanted; then twice as many each time, where that was
    hidden from whoever looks or its partition was put away."""
    helping: list[Place] = []
    held = 0
    for place in places:
        helping.append(place)
        held += place.holds
        if held >= most:
            yield helping
            helping, held, most = [], 0, most * 2
    if helping:
        yield helping


def _read(run: int, state: str, places: Sequence[Place], most: int) -> list[tuple[Any, ...]]:
    return _query(
        _READ,
        {
            "run": run,
            "state": state,
            "batches": [place.batch_id for place in places],
            "firsts": [place.first_id for place in places],
            "lasts": [place.last_id for place in places],
            "most": most,
        },
    )


def _query(query: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return list(cursor.fetchall())
