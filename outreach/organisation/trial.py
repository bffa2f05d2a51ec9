"""How many messages mode trial has sent today.

One row a day for campaigns and notices together, locked by the transaction of the claim.
"""

from __future__ import annotations

from django.db import connection

from outreach.core.clock import now

TRIAL_MESSAGES_A_DAY = 50

# Returns a row when the whole number fits below the ceiling, none otherwise.
RESERVE_SQL = """
INSERT INTO organisation_trialday AS t (day, messages)
SELECT %(day)s, %(wanted)s WHERE %(wanted)s <= %(most)s
ON CONFLICT (day) DO UPDATE SET messages = t.messages + excluded.messages
  WHERE t.messages + excluded.messages <= %(most)s
RETURNING messages
"""
GIVE_BACK_SQL = """
UPDATE organisation_trialday SET messages = greatest(0, messages - %(wanted)s)
WHERE day = %(day)s
"""


def reserve_trial_message() -> bool:
    """Counts one message before it is sent; False when today's are used up."""
    with connection.cursor() as cursor:
        cursor.execute(
            RESERVE_SQL, {"day": now().date(), "wanted": 1, "most": TRIAL_MESSAGES_A_DAY}
        )
        return cursor.fetchone() is not None


def give_back_trial_message() -> None:
    """Takes back the count of a message that certainly did not leave."""
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK_SQL, {"day": now().date(), "wanted": 1})
