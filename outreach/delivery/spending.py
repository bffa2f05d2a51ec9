"""Ceilings of money and, in trial, of messages: reserved in the transaction of the claim.

Kept in PostgreSQL, one row per launch and per day, touched last in the claim so that
it is locked for as short as can be. What a provider refuses is given back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from outreach.core.clock import now
from outreach.delivery.connections import Connection
from outreach.organisation.trial import RESERVE_SQL, TRIAL_MESSAGES_A_DAY

_RESERVE = """
INSERT INTO delivery_spend AS s (key, micros, messages) VALUES (%(key)s, %(micros)s, %(messages)s)
ON CONFLICT (key) DO UPDATE SET micros = s.micros + excluded.micros,
  messages = s.messages + excluded.messages
RETURNING micros
"""


@dataclass(frozen=True)
class Budget:
    """The ceilings of one launch.

    `prices`: country -> micros a segment. `key_version`: the newest of the address hashes.
    """

    launch_cap_micros: int
    day_cap_micros: int
    prices: Mapping[str, int]
    is_trial: bool
    key_version: int


async def reserve(
    connection: Connection, budget: Budget, launch_id: int, micros: int, messages: int
) -> str | None:
    """Reserves in every ceiling that applies; returns the key of the one that is full, or None.

    The caller rolls back when one is full. Email costs nothing here and only counts in trial.
    """
    today = f"{now():%Y-%m-%d}"
    if micros:
        for key, most in (
            (f"launch:{launch_id}", budget.launch_cap_micros),
            (f"day:{today}", budget.day_cap_micros),
        ):
            if await _add(connection, key, micros, messages) > most:
                return key
    if budget.is_trial and messages and not await _fits_trial(connection, messages):
        return f"trial:{today}"
    return None


async def give_back(connection: Connection, launch_id: int, micros: int) -> None:
    """Undoes a reservation for what was certainly not sent."""
    if micros:
        for key in (f"launch:{launch_id}", f"day:{now():%Y-%m-%d}"):
            await _add(connection, key, -micros, 0)


async def _add(connection: Connection, key: str, micros: int, messages: int) -> int:
    cursor = await connection.execute(
        _RESERVE, {"key": key, "micros": micros, "messages": messages}
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def _fits_trial(connection: Connection, messages: int) -> bool:
    cursor = await connection.execute(
        RESERVE_SQL, {"day": now().date(), "wanted": messages, "most": TRIAL_MESSAGES_A_DAY}
    )
    return await cursor.fetchone() is not None
