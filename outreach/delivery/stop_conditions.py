"""A launch stops itself when more goes wrong than its campaign allows, and says what.

Owns the counting of `stop_if`: complaints and opt-outs of people to whom this launch sent
something, and failures, each as a share of what went out. Counts since the launch last began to
run, as `trouble` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection

from outreach.campaigns.actions import pause_launch
from outreach.campaigns.definition import StopIf
from outreach.campaigns.models import Launch
from outreach.campaigns.versions import definition_with_id
from outreach.core.errors import NotNow
from outreach.organisation.audit import CLOCK

# Of fewer a share says nothing.
FEWEST_WENT_OUT = 100

# Every two seconds, so one statement for all launches and not one for each.
_RUNS = """
SELECT r.id, l.id, l.version_id,
  (SELECT max(at) FROM campaigns_launchevent e WHERE e.launch_id = l.id AND to_state = 'running')
FROM campaigns_launch l JOIN campaigns_steprun r ON r.launch_id = l.id AND r.state <> 'waiting'
WHERE l.state = 'running' ORDER BY l.id
"""
_OF_RUNS = "unnest(%(runs)s::bigint[], %(launches)s::bigint[], %(begun)s::timestamptz[])"
_WENT = f"""
SELECT r.launch_id, coalesce(sum(number) FILTER (WHERE state = 'accepted'), 0)::bigint,
  coalesce(sum(number) FILTER (WHERE state IN ('failed', 'bounced')), 0)::bigint
FROM {_OF_RUNS} AS r(id, launch_id, begun_at)
JOIN delivery_pace p ON p.step_run_id = r.id AND p.minute >= r.begun_at
WHERE p.step_run_id = ANY (%(runs)s) GROUP BY 1
"""  # noqa: S608  # built from constants of this module
# From the opt-outs, which are few, to the deliveries, by their own index.
_STOPPED = f"""
SELECT r.launch_id, count(DISTINCT d.address_id) FILTER (WHERE s.reason = 'complaint'),
  count(DISTINCT d.address_id) FILTER (WHERE s.reason = 'asked')
FROM consent_suppression s
JOIN audience_addresshash h ON h.digest = s.digest
CROSS JOIN LATERAL (
  SELECT address_id, step_run_id FROM delivery_delivery
  WHERE step_run_id = ANY (%(runs)s) AND address_id = h.address_id
    AND state IN ('accepted', 'delivered', 'unknown') OFFSET 0
) d
JOIN {_OF_RUNS} AS r(id, launch_id, begun_at) ON r.id = d.step_run_id AND s.at >= r.begun_at
WHERE s.reason IN ('complaint', 'asked') AND s.at >= %(first)s GROUP BY 1
"""  # noqa: S608  # as above


@dataclass(frozen=True)
class _Run:
    """A step run of a running launch. `begun_at`: since when the launch runs."""

    pk: int
    launch_id: int
    version_id: int
    begun_at: datetime


@dataclass(frozen=True)
class Ends:
    """What became of a launch's messages. `went_out`: taken by a provider, or refused by it."""

    went_out: int
    complaints: int
    opt_outs: int
    failures: int


def stop_by_conditions() -> int:
    """Pauses every running launch whose campaign says so; returns how many."""
    runs = [_Run(*row) for row in _rows(_RUNS)]
    limits = {run.launch_id: _limits(run.version_id) for run in runs}
    counted = _ends([run for run in runs if limits[run.launch_id]])
    return sum(_stop(launch, limits[launch], ends) for launch, ends in counted.items())


@lru_cache(maxsize=10_000)
def _limits(version_id: int) -> StopIf | None:
    """Kept beside the definitions: of those only some are, and reading one takes milliseconds."""
    return definition_with_id(version_id).stop_if


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


def _stop(launch_id: int, limits: StopIf | None, ends: Ends) -> bool:
    why = why_stop(limits, ends) if limits else ""
    if not why:
        return False
    try:
        pause_launch(Launch.objects.get(pk=launch_id), actor=CLOCK, why=why)
    except NotNow:
        return False  # somebody paused or cancelled it meanwhile
    return True


def _ends(runs: Sequence[_Run]) -> dict[int, Ends]:
    """By launch, of those of which enough went out to say anything."""
    if not runs:
        return {}
    went = {
        launch: (accepted + failed, failed)
        for launch, accepted, failed in _rows(_WENT, runs)
        if accepted + failed >= FEWEST_WENT_OUT
    }
    looked_at = [run for run in runs if run.launch_id in went]
    stopped = {launch: (c, o) for launch, c, o in _rows(_STOPPED, looked_at)} if looked_at else {}
    found = {}
    for launch, (out, failed) in went.items():
        complaints, opt_outs = stopped.get(launch, (0, 0))
        found[launch] = Ends(out, complaints, opt_outs, failed)
    return found


def _rows(statement: str, runs: Sequence[_Run] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "runs": [run.pk for run in runs],
                "launches": [run.launch_id for run in runs],
                "begun": [run.begun_at for run in runs],
                "first": min((run.begun_at for run in runs), default=None),
            },
        )
        return list(cursor.fetchall())
