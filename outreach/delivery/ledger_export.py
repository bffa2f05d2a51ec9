"""The ledger's events for other programs, one after the other, however many there are.

Numbers and our own words only: no name and no address. Refuses to gather them in memory.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TextIO

import orjson
from django.db import connection, transaction

from outreach.core.spreadsheets import harmless
from outreach.organisation.address_keys import open_actor

_FIELDS = (
    "launch",
    "step",
    "occurrence",
    "delivery",
    "event_id",
    "at",
    "attempt",
    "event",
    "from",
    "to",
    "actor",
    "detail",
)
_EVENTS = """
SELECT l.uuid, r.step_key, r.occurrence_key, e.delivery_id, e.id, e.at, e.attempt, e.event,
  e.from_state, e.to_state, e.actor, e.detail
FROM delivery_deliveryevent e
JOIN campaigns_steprun r ON r.id = e.step_run_id JOIN campaigns_launch l ON l.id = r.launch_id
WHERE %(launch)s::uuid IS NULL OR l.uuid = %(launch)s::uuid
ORDER BY e.step_run_id, e.id
"""


def write_csv(out: TextIO, launch: str | None = None) -> int:
    """Writes a heading and a line per event; `launch`: its uuid, None for all. Returns how many."""
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_FIELDS)
    number = 0
    for row in _rows(launch):
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
        number += 1
    return number


def write_jsonl(out: TextIO, launch: str | None = None) -> int:
    """Writes one JSON object per event and line; see `write_csv`."""
    number = 0
    for row in _rows(launch):
        out.write(orjson.dumps(dict(zip(_FIELDS, row, strict=True))).decode() + "\n")
        number += 1
    return number


def _rows(launch: str | None) -> Iterator[tuple[object, ...]]:
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(_EVENTS, {"launch": launch})
        while rows := cursor.fetchmany(2_000):
            for *before, actor, detail in rows:
                yield (*before, open_actor(actor), detail)
