"""Up to where the ledger is finished: the transactions that can add no event any more."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from outreach.delivery.sealing.events import ERA_BITS

_HORIZON = f"""
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
  (SELECT coalesce(last_value, 0) FROM pg_sequences WHERE schemaname = 'public'
    AND sequencename = 'delivery_deliveryevent_id_seq') >> {ERA_BITS}
"""  # noqa: S608  # a constant of ours


@dataclass(frozen=True, order=True)
class Horizon:
    """All transactions below `tx` had ended, in the life `era` of the database."""

    era: int
    tx: int


def read_horizon() -> Horizon:
    """As of now, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_HORIZON)
        tx, era = cursor.fetchone()
    return Horizon(int(era), int(tx))
