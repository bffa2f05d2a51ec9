"""A launch that goes wrong stops by itself and says why.

Owns the threshold. Counts since the launch last began to run, so that a person who has
looked and resumed is not overruled by what was before.
"""

from __future__ import annotations

from django.db import connection

from outreach.campaigns.actions import pause_launch
from outreach.campaigns.models import Launch
from outreach.core.errors import NotNow
from outreach.organisation.audit import CLOCK

# One in five is a broken lane or a bad list, never the ordinary loss of old numbers; below
# this many a share says nothing.
MOST_FAILED_SHARE = 0.2
FEWEST_FAILED = 25

_FAILING = """
SELECT l.id, sum(p.number) FILTER (WHERE p.state IN ('failed', 'bounced')) AS failed,
  sum(p.number) FILTER (WHERE p.state = 'accepted') AS accepted
FROM campaigns_launch l
JOIN campaigns_steprun r ON r.launch_id = l.id
JOIN delivery_pace p ON p.step_run_id = r.id
WHERE l.state = 'running' AND p.minute >= (
  SELECT max(e.at) FROM campaigns_launchevent e
  WHERE e.launch_id = l.id AND e.to_state = 'running')
GROUP BY l.id
HAVING sum(p.number) FILTER (WHERE p.state IN ('failed', 'bounced')) >= %(fewest)s
  AND sum(p.number) FILTER (WHERE p.state IN ('failed', 'bounced')) > %(share)s *
    sum(p.number) FILTER (WHERE p.state IN ('accepted', 'failed', 'bounced'))
"""


def pause_failing_launches() -> int:
    """Pauses every running launch of which more fails than may; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_FAILING, {"fewest": FEWEST_FAILED, "share": MOST_FAILED_SHARE})
        failing = cursor.fetchall()
    return sum(_pause(*row) for row in failing)


def _pause(launch_id: int, failed: int, accepted: int | None) -> bool:
    why = (
        f"{failed} messages failed, {accepted or 0} were taken by the provider. "
        "Look at the reasons before you resume."
    )
    try:
        pause_launch(Launch.objects.get(pk=launch_id), actor=CLOCK, why=why)
    except NotNow:
        return False  # somebody paused or cancelled it meanwhile
    return True
