"""Ceilings of money and, in trial, of messages: reserved in the transaction of the claim.

Kept in PostgreSQL, one row per launch and per day, touched last in the claim so that
it is locked for as short as can be. What a provider refuses is given back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from outreach.core.clock import now
from outreach.delivery.connections import Connection
from outreach.organisation.trial import TRIAL_MESSAGES_A_DAY


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


def ceilings(budget: Budget, launch_id: int) -> dict[str, object]:
    """What the claim's statement needs to reserve money and, in trial, messages.

    Email costs nothing here and only counts in trial.
    """
    moment = now()
    return {
        "launch_key": f"launch:{launch_id}",
        "launch_cap": budget.launch_cap_micros,
        "day_key": f"day:{moment:%Y-%m-%d}",
        "day_cap": budget.day_cap_micros,
        "today": moment.date(),
        "trial_most": TRIAL_MESSAGES_A_DAY,
    }


async def give_back(connection: Connection, launch_id: int, micros: int) -> None:
    """Undoes a reservation for what was certainly not sent."""
    if micros:
        for key in (f"launch:{launch_id}", f"day:{now():%Y-%m-%d}"):
            await connection.execute(
                "UPDATE delivery_spend SET micros = micros - %s WHERE key = %s", [micros, key]
            )
