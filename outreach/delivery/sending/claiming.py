"""Claiming and recording: the two short transactions around a provider call.

A claim takes the shared advisory lock in a statement of its own, so the snapshot of the
statement that judges consent begins after every opt-out that was committed before
(promise 7); opt-outs take the same lock exclusively.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from outreach.consent.lock import TAKE_SHARED_SQL
from outreach.core.clock import now
from outreach.delivery.connections import Connection
from outreach.delivery.ledger import CLAIM_SQL, MOVE_SQL, Moved, News, move_params
from outreach.delivery.models import DeliveryState as S
from outreach.delivery.sending.lease import LeasedBatch, reopen
from outreach.delivery.spending import Budget, reserve


@dataclass(frozen=True)
class Wish:
    """A written message that is ready to go. `micros`: what it will cost."""

    id: int
    attempt: int
    segments: int | None
    micros: int


@dataclass(frozen=True)
class Claims:
    """`attempts`: id -> the attempt that is now committed as `sending`. `stopped_by`: a cap."""

    attempts: Mapping[int, int]
    stopped_by: str | None = None


class OverBudget(Exception):  # never leaves this module: it rolls a claim back
    """The claim would pass a cap."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


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
    try:
        async with connection.transaction():
            await connection.execute(TAKE_SHARED_SQL)
            cursor = await connection.execute(
                CLAIM_SQL, _claim_params(batch, wishes, call_id, budget, actor), prepare=True
            )
            rows = await cursor.fetchall()
            attempts = {row[0]: row[2] for row in rows if row[1] == "sending"}
            await _reserve(connection, batch, wishes, attempts, budget)
    except OverBudget as error:
        return Claims({}, stopped_by=error.key)
    return Claims(attempts)


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
        "ids": [wish.id for wish in wishes],
        "attempts": [wish.attempt for wish in wishes],
        "segments": [wish.segments for wish in wishes],
        "trial": budget.is_trial,
        "key_version": budget.key_version,
        "actor": actor,
        "worker": actor,
    }


async def _reserve(
    connection: Connection,
    batch: LeasedBatch,
    wishes: Sequence[Wish],
    attempts: Mapping[int, int],
    budget: Budget,
) -> None:
    taken = [wish for wish in wishes if wish.id in attempts]
    micros = sum(wish.micros for wish in taken)
    full = await reserve(connection, budget, batch.launch_id, micros, len(taken))
    if full:
        raise OverBudget(full)


async def record(
    connection: Connection, batch: LeasedBatch, news: Sequence[News], *, actor: str
) -> list[Moved]:
    """Commits what the calls brought, in one statement.

    What comes back to pending after the lease ran out may find its batch taken for done: then
    the batch is opened again, or the delivery would wait for ever.
    """
    if not news:
        return []
    params = move_params(batch.step_run_id, news, now=now(), actor=actor, worker=actor)
    cursor = await connection.execute(MOVE_SQL, params, prepare=True)
    moved = [Moved(*row) for row in await cursor.fetchall()]
    if any(each.before == S.UNKNOWN and each.after == S.PENDING for each in moved):
        await reopen(connection, batch)
    return moved


async def new_call_id(connection: Connection) -> int:
    cursor = await connection.execute("SELECT nextval('delivery_call_id')")
    row = await cursor.fetchone()
    return int(row[0]) if row else 0
