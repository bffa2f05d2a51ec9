"""Ceilings of money and of messages a day: reserved in the transaction of the claim.

Kept in PostgreSQL, one row per launch and per day, touched last in the claim so that
it is locked for as short as can be. What a provider refuses is given back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from outreach.core.clock import now
from outreach.delivery.connections import Connection
from outreach.organisation.trial import TRIAL_MESSAGES_A_DAY

if TYPE_CHECKING:  # the office of a batch counts with what stands here
    from outreach.delivery.sending.lease import LeasedBatch


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


_GIVE_BACK_MESSAGES = """
UPDATE delivery_spend SET messages = messages - %(number)s
WHERE key IN ('account:' || %(provider)s || ':' || %(today)s::date,
  'sender:' || %(sender)s || ':' || %(today)s::date)
"""
_GIVE_BACK_PACE = """
UPDATE delivery_spread p SET used = p.used - %(number)s FROM delivery_batch b
WHERE b.id = %(batch)s AND p.step_run_id = b.step_run_id AND p.zone = b.zone
  AND p.opens_at = b.opens_at AND p.used >= %(number)s
"""


async def give_back(connection: Connection, batch: LeasedBatch, micros: int, number: int) -> None:
    """Undoes a reservation for `number` messages that were certainly not sent."""
    if micros:
        for key in (f"launch:{batch.launch_id}", f"day:{now():%Y-%m-%d}"):
            await connection.execute(
                "UPDATE delivery_spend SET micros = micros - %s WHERE key = %s", [micros, key]
            )
    if number:
        params = {
            "number": number,
            "provider": batch.provider,
            "sender": batch.sender_id,
            "today": now().date(),
            "batch": batch.id,
        }
        await connection.execute(_GIVE_BACK_MESSAGES, params)
        await connection.execute(_GIVE_BACK_PACE, params)


# What ends a launch until a person decides; any other ceiling only means "not now".
CEILING_WORDS: Mapping[str, str] = {
    "launch": "The spending cap of this send is reached.",
    "day": "The spending cap of today is reached.",
    "trial": "Trial mode has sent its 50 messages of today.",
}
_NOT_NOW_SECONDS = 1.0
_UNTIL_DECIDED_SECONDS = 60.0


def why_to_pause(ceiling: str) -> str | None:
    """The reason for which a launch pauses at this ceiling; None where it only waits."""
    return CEILING_WORDS.get(ceiling.partition(":")[0])


def wait_at(ceiling: str) -> float:
    """Seconds before the batch is looked at again. The lease knows when a limit has room."""
    return _UNTIL_DECIDED_SECONDS if why_to_pause(ceiling) else _NOT_NOW_SECONDS
