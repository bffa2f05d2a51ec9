"""Loads the next deliveries of a batch with what their messages are made of."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from outreach.core.errors import CannotOpen
from outreach.delivery.connections import Connection
from outreach.delivery.sending.lease import LeasedBatch
from outreach.organisation.address_key_register import opened_if_whole
from outreach.organisation.address_keys import ADDRESS, open_address

# Deliveries of stopped schools are passed over here and refused again at the claim. A chunk
# stays within one language, so that an email chunk is as few requests as can be.
_LOAD = """
WITH rows AS (
  SELECT d.* FROM delivery_delivery d
  WHERE d.step_run_id = %(run)s AND d.id > %(after)s AND d.id <= %(last)s
    AND d.batch_id = %(batch)s AND d.state = 'pending'
    AND d.school_id <> ALL (ARRAY(SELECT x.school_id FROM delivery_schoolstop x
      WHERE x.lifted_at IS NULL AND (x.launch_id IS NULL OR x.launch_id = %(launch)s)))
  ORDER BY d.id LIMIT %(limit)s
)
SELECT d.id, d.attempt, d.language, a.value, a.country, s.id, s.name, s.country,
  (SELECT m.name FROM audience_membership m WHERE m.person_id = d.person_id
     AND m.school_id = d.school_id AND m.state = 'current' ORDER BY m.id LIMIT 1)
FROM rows d
JOIN audience_address a ON a.id = d.address_id
JOIN organisation_school s ON s.id = d.school_id
ORDER BY d.id
"""


class Candidate(NamedTuple):
    """One delivery that may be claimed next. `address`: E.164 or a mail address, which nobody has
    where it does not open (`is_whole`)."""

    id: int
    attempt: int
    language: str
    address: str
    country: str
    school_id: int
    school_name: str
    school_country: str
    name: str | None
    is_whole: bool = True

    @property
    def next_attempt(self) -> int:
        return self.attempt + 1


async def load(
    connection: Connection, batch: LeasedBatch, after_id: int, limit: int
) -> list[Candidate]:
    """Up to `limit` pending deliveries with id > `after_id`, in order, of one language.

    Raises BadInput where addresses stand under a key that this process lacks.
    """
    cursor = await connection.execute(
        _LOAD,
        {
            "run": batch.step_run_id,
            "after": after_id,
            "last": batch.last_id,
            "batch": batch.id,
            "launch": batch.launch_id,
            "limit": limit,
        },
    )
    return await _opened(_one_language([Candidate(*row) for row in await cursor.fetchall()]))


async def _opened(rows: list[Candidate]) -> list[Candidate]:
    try:
        return [row._replace(address=open_address(row.address)) for row in rows]
    except CannotOpen:  # a thread, because the database is asked, by Django
        return await asyncio.to_thread(_opened_where_whole, rows)


def _opened_where_whole(rows: list[Candidate]) -> list[Candidate]:
    opened = [opened_if_whole(row.address, ADDRESS) for row in rows]
    return [
        row._replace(address=address or "", is_whole=address is not None)
        for row, address in zip(rows, opened, strict=True)
    ]


def _one_language(rows: list[Candidate]) -> list[Candidate]:
    for place, row in enumerate(rows):
        if row.language != rows[0].language:
            return rows[:place]
    return rows
