"""The sign that what comes in can be stored; see `door`. Free of Django, as the webhooks are."""

from __future__ import annotations

# Two beats may come late; Twilio still comes again after this.
GAP_SECONDS = 10
BEAT_SECONDS = 3.0

# Said by the process that stores what comes in; a silence that was too long is written down.
BEAT_SQL = f"""
INSERT INTO inbox_door AS d (id, seen_at) VALUES (1, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET seen_at = clock_timestamp(),
  missed_since = CASE WHEN d.seen_at < clock_timestamp() - interval '{GAP_SECONDS} seconds'
    THEN least(d.missed_since, d.seen_at) ELSE d.missed_since END
"""  # noqa: S608  # built from a constant of this module
