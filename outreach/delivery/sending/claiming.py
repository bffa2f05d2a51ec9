"""Claiming and recording: the two short transactions around a provider call.

A claim takes the shared advisory lock in a statement of its own, so the snapshot of the
statement that judges consent begins after every opt-out that was committed before
(promise 7); opt-outs take the same lock exclusively.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import psycopg

from outreach.consent.lock import TAKE_SHARED_SQL
from outreach.core.clock import now
from outreach.delivery.accepting import ACCEPT_SQL, accept_params
from outreach.delivery.connections import Connection
from outreach.delivery.ledger import (
    CLAIM_CAPPED_SQL,
    CLAIM_SQL,
    MOVE_SQL,
    Moved,
    News,
    array_of,
    move_params,
)
from outreach.delivery.models import DeliveryState as S
from outreach.delivery.rules import Event
from outreach.delivery.sending.lease import LeasedBatch, reopen
from outreach.delivery.spending import Budget, ceilings


class Wish(NamedTuple):
    """A written message that is ready to go. `micros`: what it will cost."""

    id: int
    attempt: int
    segments: int | None
    micros: int


@dataclass(frozen=True)
class Claims:
    """`attempts`: id -> the attempt that is now committed as `sending`. `stopped_by`: a cap.

    `is_closed`: nothing was even judged, as when the launch or its sender was paused meanwhile.
    """

    attempts: Mapping[int, int]
    stopped_by: str | None = None
    is_closed: bool = False


# One round trip for both. The lock is still a statement of its own: the claim that follows
# begins with a snapshot made after the wait.
_BEGIN_AND_LOCK = f"BEGIN; {TAKE_SHARED_SQL}"
CEILING_REACHED = "OR001"  # raised by outreach_reserve, migration delivery.0007


async def claim(
    connection: Connection,
    batch: LeasedBatch,
    wishes: Sequence[Wish],
    *,
    call_id: int | None,
    budget: Budget,
    actor: str,
) -> Claims:
    """Commits as `sending` those that may go right now; the others are skipped with a reason."""
    params = _claim_params(batch, wishes, call_id, budget, actor)
    # Two statements in one cannot be prepared.
    await connection.execute(_BEGIN_AND_LOCK, prepare=False)
    try:
        statement = CLAIM_CAPPED_SQL if batch.has_frequency_cap else CLAIM_SQL
        cursor = await connection.execute(statement, params, prepare=True)
        rows = await cursor.fetchall()
        await connection.execute("COMMIT")
    except psycopg.Error as error:
        await _roll_back(connection)
        if error.sqlstate != CEILING_REACHED:
            raise
        return Claims({}, stopped_by=error.diag.message_primary)
    attempts = {row[0]: row[2] for row in rows if row[1] == "sending"}
    return Claims(attempts, is_closed=not rows)


async def _roll_back(connection: Connection) -> None:
    if not connection.closed:
        await connection.execute("ROLLBACK")


def _claim_params(
    batch: LeasedBatch,
    wishes: Sequence[Wish],
    call_id: int | None,
    budget: Budget,
    actor: str,
) -> dict[str, object]:
    return {
        "run": batch.step_run_id,
        "batch": batch.id,
        "lease": batch.lease,
        "call": call_id,
        "now": now(),
        "ids": array_of(wish.id for wish in wishes),
        "low": min(wish.id for wish in wishes),
        "high": max(wish.id for wish in wishes),
        "attempts": array_of(wish.attempt for wish in wishes),
        "segments": array_of(wish.segments for wish in wishes),
        "micros": array_of(wish.micros for wish in wishes),
        **ceilings(budget, batch.launch_id),
        "trial": budget.is_trial,
        "key_version": budget.key_version,
        "actor": actor,
        "worker": actor,
    }


async def record(
    connection: Connection, batch: LeasedBatch, news: Sequence[News], *, actor: str
) -> list[Moved]:
    """Commits what the calls brought. Returns what was not simply accepted.

    What comes back to pending after the lease ran out may find its batch taken for done: then
    the batch is opened again, or the delivery would wait for ever.
    """
    others = await _accept(connection, batch, news, actor)
    if not others:
        return []
    params = move_params(batch.step_run_id, others, now=now(), actor=actor, worker=actor)
    cursor = await connection.execute(MOVE_SQL, params, prepare=True)
    moved = [Moved(*row) for row in await cursor.fetchall()]
    if any(each.before == S.UNKNOWN and each.after == S.PENDING for each in moved):
        await reopen(connection, batch)
    return moved


async def _accept(
    connection: Connection, batch: LeasedBatch, news: Sequence[News], actor: str
) -> list[News]:
    """Moves those that were accepted; returns what is left to be judged by the whole matrix."""
    accepted = sorted(item for item in news if item.event is Event.ACCEPT)
    if not accepted:
        return list(news)
    params = accept_params(batch.step_run_id, accepted, now=now(), actor=actor)
    cursor = await connection.execute(ACCEPT_SQL, params, prepare=True)
    done = {row[0] for row in await cursor.fetchall()}
    return [item for item in news if item.id not in done]


async def new_call_id(connection: Connection) -> int:
    cursor = await connection.execute("SELECT nextval('delivery_call_id')")
    row = await cursor.fetchone()
    return int(row[0]) if row else 0
