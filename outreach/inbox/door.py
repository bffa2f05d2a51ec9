"""Whether texts to us may have been missed, and up to when they were read back.

Twilio comes again for fifteen seconds at most; what was texted while nobody could store it
stands in its message list alone. The webhooks' process says every few seconds that it can
store; a longer silence is a gap, open until somebody has read the list. All by the
database's clock: the processes' own may differ, and business time may be a demo's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from outreach.inbox.beat import GAP_SECONDS

_GAP = f"""
SELECT missed_since, coalesce(missed_since, greatest(seen_at, read_back_at)), clock_timestamp()
FROM inbox_door WHERE missed_since IS NOT NULL
  OR greatest(seen_at, read_back_at) < clock_timestamp() - interval '{GAP_SECONDS} seconds'
"""  # noqa: S608  # built from a constant of this package
_CLOSE = """
UPDATE inbox_door SET read_back_at = %s,
  missed_since = CASE WHEN missed_since IS NOT DISTINCT FROM %s THEN NULL ELSE missed_since END
"""
_NOTE = """
INSERT INTO inbox_door (id, seen_at, missed_since) VALUES (1, clock_timestamp(), %(since)s)
ON CONFLICT (id) DO UPDATE SET missed_since = least(inbox_door.missed_since, %(since)s)
"""


@dataclass(frozen=True)
class Gap:
    """Texts may be missing from `since` on. `noticed`: what `close_gap` compares; `at`: now."""

    noticed: datetime | None
    since: datetime
    at: datetime


def open_gap() -> Gap | None:
    """The gap that nobody has read back; None also where no webhooks' process ever ran."""
    with connection.cursor() as cursor:
        cursor.execute(_GAP)
        row = cursor.fetchone()
    return Gap(*row) if row else None


def close_gap(gap: Gap) -> None:
    """Everything up to `gap.at` is read. A gap that was noticed meanwhile stays open."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, [gap.at, gap.noticed])


def note_gap(since: datetime) -> None:
    """Texts may be missing from then on (aware UTC): the database is a copy of that time."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, {"since": since})
