"""Reads of the ledger for pages and commands; numbers come from counters, never from rows."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from outreach.campaigns.models import Launch, StepRun
from outreach.campaigns.versions import step_titles
from outreach.core.clock import now
from outreach.delivery.controls import DECIDE_AFTER
from outreach.delivery.models import DeliveryState

SENT_STATES = (
    DeliveryState.ACCEPTED,
    DeliveryState.DELIVERED,
    DeliveryState.BOUNCED,
    DeliveryState.FAILED,
)
_OPEN_STATES = (DeliveryState.PENDING, DeliveryState.SENDING)
_RATE_OVER = timedelta(minutes=3)


@dataclass(frozen=True)
class StepProgress:
    """One step run. `opens_at`/`closes_at`: over all zones, None before it is planned."""

    step_key: str
    title: str
    uuid: uuid.UUID
    day: str
    state: str
    opens_at: datetime | None
    closes_at: datetime | None
    plan_at: datetime
    by_state: dict[str, int]

    @property
    def planned(self) -> int:
        return sum(self.by_state.values())


@dataclass(frozen=True)
class LaunchProgress:
    """Where a launch stands. `rate_per_minute`: messages handed over, by business time."""

    planned: int
    by_state: dict[str, int]
    steps: list[StepProgress]
    rate_per_minute: float
    finish_estimate_at: datetime | None
    reasons: list[tuple[str, int]]
    spent_micros: int

    def count(self, *states: str) -> int:
        return sum(self.by_state.get(state, 0) for state in states)


@dataclass(frozen=True)
class PaceSeries:
    """For plots: `minutes` (aware UTC) and, per state, how many came into it in each."""

    minutes: list[datetime]
    by_state: dict[str, list[int]]


@dataclass(frozen=True)
class LastDelivery:
    """The newest delivery that went to an address; says in whose name we wrote."""

    step_run_id: int
    delivery_id: int
    school_id: int
    person_id: int
    language: str
    topic_id: int


_TALLIES = """
SELECT t.step_run_id, t.state, t.reason, sum(t.number) FROM delivery_tally t
JOIN campaigns_steprun r ON r.id = t.step_run_id
WHERE r.launch_id = %s GROUP BY 1, 2, 3 HAVING sum(t.number) <> 0
"""
_TALLIES_OF_LAUNCHES = """
SELECT r.launch_id, t.state, sum(t.number) FROM delivery_tally t
JOIN campaigns_steprun r ON r.id = t.step_run_id
WHERE r.launch_id = ANY (%s) GROUP BY 1, 2 HAVING sum(t.number) <> 0
"""
_TALLIES_OF_RUNS = """
SELECT step_run_id, state, sum(number) FROM delivery_tally
WHERE step_run_id = ANY (%s) GROUP BY 1, 2 HAVING sum(number) <> 0
"""
_UNKNOWN_OF_LAUNCHES = """
SELECT r.launch_id, count(*) FROM delivery_unknownoutcome u
JOIN campaigns_steprun r ON r.id = u.step_run_id
WHERE r.launch_id = ANY (%s) AND u.since < %s GROUP BY 1
"""
_WINDOWS = """
SELECT b.step_run_id, min(b.opens_at), max(b.closes_at) FROM delivery_batch b
JOIN campaigns_steprun r ON r.id = b.step_run_id WHERE r.launch_id = %s GROUP BY 1
"""
_RATE = """
SELECT coalesce(sum(p.number), 0), min(p.minute) FROM delivery_pace p
JOIN campaigns_steprun r ON r.id = p.step_run_id
WHERE r.launch_id = %s AND p.state = 'accepted' AND p.minute >= %s
"""
_PACE = """
SELECT p.minute, p.state, sum(p.number) FROM delivery_pace p
JOIN campaigns_steprun r ON r.id = p.step_run_id
WHERE r.launch_id = %s GROUP BY 1, 2 ORDER BY 1
"""


def launch_progress(launch: Launch) -> LaunchProgress:
    """Counts, steps, rate and the reasons why people were left out."""
    by_run, reasons = _counts(launch)
    windows = {run: (opens, closes) for run, opens, closes in _query(_WINDOWS, [launch.pk])}
    runs = list(launch.step_runs.order_by("position"))
    titles = step_titles(launch, runs)
    steps = [_step(run, titles, by_run, windows) for run in runs]
    totals: dict[str, int] = {}
    for counts in by_run.values():
        for state, number in counts.items():
            totals[state] = totals.get(state, 0) + number
    rate = _rate(launch)
    return LaunchProgress(
        planned=sum(totals.values()),
        by_state=totals,
        steps=steps,
        rate_per_minute=rate,
        finish_estimate_at=_estimate(launch, totals, rate, steps),
        reasons=reasons,
        spent_micros=_spent(launch),
    )


def counts_of(launch_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Launch -> how many deliveries in each state, for a list of launches in one query."""
    found: dict[int, dict[str, int]] = {}
    for launch_id, state, number in _query(_TALLIES_OF_LAUNCHES, [list(launch_ids)]):
        found.setdefault(launch_id, {})[state] = int(number)
    return found


def counts_of_runs(run_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Step run -> how many deliveries in each state, for a list of step runs in one query."""
    found: dict[int, dict[str, int]] = {}
    for run_id, state, number in _query(_TALLIES_OF_RUNS, [list(run_ids)]):
        found.setdefault(run_id, {})[state] = int(number)
    return found


def _counts(launch: Launch) -> tuple[dict[int, dict[str, int]], list[tuple[str, int]]]:
    """Step run -> state -> number, and why people were left out, the most frequent first."""
    by_run: dict[int, Counter[str]] = {}
    reasons: Counter[str] = Counter()
    for run, state, reason, number in _query(_TALLIES, [launch.pk]):
        by_run.setdefault(run, Counter())[state] += int(number)
        if state == DeliveryState.SKIPPED:
            reasons[reason] += int(number)
    return {run: dict(states) for run, states in by_run.items()}, reasons.most_common()


def _step(
    run: StepRun,
    titles: dict[str, str],
    by_run: dict[int, dict[str, int]],
    windows: dict[int, tuple[datetime, datetime]],
) -> StepProgress:
    opens_at, closes_at = windows.get(run.pk, (None, None))
    return StepProgress(
        step_key=run.step_key,
        title=titles.get(run.step_key, run.step_key),
        uuid=run.uuid,
        day=run.day.isoformat(),
        state=run.state,
        opens_at=opens_at,
        closes_at=closes_at,
        plan_at=run.plan_at,
        by_state=by_run.get(run.pk, {}),
    )


def _rate(launch: Launch) -> float:
    since = now() - _RATE_OVER
    ((number, first),) = _query(_RATE, [launch.pk, since.replace(second=0, microsecond=0)])
    if not number or first is None:
        return 0.0
    minutes = max((now() - first).total_seconds() / 60, 1.0)
    return float(number) / float(minutes)


def _estimate(
    launch: Launch, totals: dict[str, int], rate: float, steps: Sequence[StepProgress]
) -> datetime | None:
    """When everything is out: by the rate while a step is going, else by the last step's window."""
    waiting = sum(totals.get(state, 0) for state in _OPEN_STATES)
    is_going = any(step.opens_at and step.opens_at <= now() for step in steps) and waiting and rate
    by_rate = now() + timedelta(minutes=waiting / rate) if is_going else None
    last = launch.step_runs.order_by("-last_close_at").first()
    ends = [moment for moment in (by_rate, last.last_close_at if last else None) if moment]
    return max(ends) if ends else None


def _spent(launch: Launch) -> int:
    rows = _query("SELECT micros FROM delivery_spend WHERE key = %s", [f"launch:{launch.pk}"])
    return int(rows[0][0]) if rows else 0


def launch_pace(launch: Launch) -> PaceSeries:
    """How many came into each state per minute of business time, gaps left out."""
    rows = _query(_PACE, [launch.pk])
    minutes = sorted({row[0] for row in rows})
    place = {minute: index for index, minute in enumerate(minutes)}
    series: dict[str, list[int]] = {}
    for minute, state, number in rows:
        series.setdefault(state, [0] * len(minutes))[place[minute]] = int(number)
    return PaceSeries(minutes, series)


def unknown_to_decide(launch: Launch) -> int:
    """How many outcomes have been unknown for ten minutes and wait for a person."""
    rows = _query(
        "SELECT count(*) FROM delivery_unknownoutcome u "
        "JOIN campaigns_steprun r ON r.id = u.step_run_id WHERE r.launch_id = %s AND u.since < %s",
        [launch.pk, now() - DECIDE_AFTER],
    )
    return int(rows[0][0])


def unknown_by_launch(launch_ids: Sequence[int]) -> dict[int, int]:
    """The same for a list of launches in one query; those without any are left away."""
    return dict(_query(_UNKNOWN_OF_LAUNCHES, [list(launch_ids), now() - DECIDE_AFTER]))


_LAST = """
SELECT d.step_run_id, d.id, d.school_id, d.person_id, d.language, b.topic_id
FROM delivery_delivery d JOIN delivery_batch b ON b.id = d.batch_id
WHERE d.address_id = %s AND d.state NOT IN ('pending', 'skipped', 'expired', 'cancelled')
ORDER BY d.state_at DESC LIMIT 1
"""


def last_delivery_to(address_id: int) -> LastDelivery | None:
    """The newest delivery that may have reached this address."""
    rows = _query(_LAST, [address_id])
    return LastDelivery(*rows[0]) if rows else None


def _query(query: str, params: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return list(cursor.fetchall())
