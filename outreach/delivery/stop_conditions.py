"""A launch stops itself when more goes wrong than its campaign allows, and says what.

Owns the counting of `stop_if`: complaints and opt-outs of people to whom this launch sent
something, and failures, each as a share of what went out. Counts since the launch last began to
run, as `trouble` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from outreach.campaigns.actions import pause_launch
from outreach.campaigns.definition import StopIf
from outreach.campaigns.models import Launch, LaunchState, StepRunState
from outreach.campaigns.versions import definition_of
from outreach.core.errors import NotNow
from outreach.organisation.audit import CLOCK

# Of fewer a share says nothing.
FEWEST_WENT_OUT = 100

_SINCE = """
SELECT max(at) FROM campaigns_launchevent WHERE launch_id = %(launch)s AND to_state = 'running'
"""
_WENT = f"""
SELECT coalesce(sum(number) FILTER (WHERE state = 'accepted'), 0),
  coalesce(sum(number) FILTER (WHERE state IN ('failed', 'bounced')), 0)
FROM delivery_pace WHERE step_run_id = ANY (%(runs)s) AND minute >= ({_SINCE})
"""  # noqa: S608  # built from constants of this module
# From the opt-outs, which are few, to the deliveries, by their own index.
_STOPPED = f"""
SELECT count(DISTINCT d.address_id) FILTER (WHERE s.reason = 'complaint'),
  count(DISTINCT d.address_id) FILTER (WHERE s.reason = 'asked')
FROM consent_suppression s
JOIN audience_addresshash h ON h.digest = s.digest
JOIN delivery_delivery d ON d.step_run_id = ANY (%(runs)s) AND d.address_id = h.address_id
  AND d.state IN ('accepted', 'delivered', 'unknown')
WHERE s.reason IN ('complaint', 'asked') AND s.at >= ({_SINCE})
"""  # noqa: S608  # as above


@dataclass(frozen=True)
class Ends:
    """What became of a launch's messages. `went_out`: taken by a provider, or refused by it."""

    went_out: int
    complaints: int
    opt_outs: int
    failures: int


def stop_by_conditions() -> int:
    """Pauses every running launch whose campaign says so; returns how many."""
    running = Launch.objects.filter(state=LaunchState.RUNNING).select_related("version")
    return sum(_stop(launch) for launch in running)


def why_stop(limits: StopIf, ends: Ends) -> str:
    """The sentence for what is too much, "" while nothing is. Pure."""
    if ends.went_out < FEWEST_WENT_OUT:
        return ""
    found = {
        "complained": (ends.complaints, limits.complaints),
        "opted out": (ends.opt_outs, limits.opt_outs),
        "failed": (ends.failures, limits.failures),
    }
    for what, (number, share) in found.items():
        if share is not None and number > share * ends.went_out:
            return (
                f"Of {ends.went_out:,} messages {number:,} {what}; the campaign stops above "
                f"{share:.4g} of them. Look at the reasons before you resume."
            )
    return ""


def _stop(launch: Launch) -> bool:
    limits = definition_of(launch.version).stop_if
    if limits is None:
        return False
    why = why_stop(limits, _ends(launch))
    if not why:
        return False
    try:
        pause_launch(launch, actor=CLOCK, why=why)
    except NotNow:
        return False  # somebody paused or cancelled it meanwhile
    return True


def _ends(launch: Launch) -> Ends:
    runs = launch.step_runs.exclude(state=StepRunState.WAITING).values_list("pk", flat=True)
    params = {"launch": launch.pk, "runs": list(runs)}
    accepted, failed = _row(_WENT, params)
    complaints, opt_outs = _row(_STOPPED, params)
    return Ends(int(accepted + failed), complaints, opt_outs, int(failed))


def _row(statement: str, params: Mapping[str, Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchone()
