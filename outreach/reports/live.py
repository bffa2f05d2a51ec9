"""How far a running send is, by school, language and channel, and why messages failed.

Counted from the ledger at times, not on each look: a page of a million messages reads a few
hundred rows. The page says when. A step run is counted again only when its counters have moved, and
never for more than a small share of the time that passes.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from outreach.campaigns.models import Launch
from outreach.core.clock import now
from outreach.delivery.models import DeliveryState
from outreach.organisation.models import School
from outreach.reports.models import LiveCount, LiveDimension, LiveFigure

# Of the time that passes, so much at most goes into counting one run.
_SHARE = 50
_SHORTEST = timedelta(seconds=20)
# Receipts of a run that is over still move its numbers.
_STILL_MOVES = timedelta(days=2)
_MOST_RUNS = 3
_GONE_OUT = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.BOUNCED)
_WAITS = (DeliveryState.PENDING, DeliveryState.SENDING)
# A rate of long ago says nothing of now: twice the time between the counts, and some minutes.
_RATE_HOLDS = timedelta(minutes=3)


@dataclass(frozen=True)
class LiveGroup:
    """One school, language, channel or cause of failure. `micros`: about what its texts cost.

    `key`: a slug, a tag, a channel or a cause (`delivery.failures.cause_of`); "" where none was
    found. `finish_at`: aware UTC, None when nothing goes out.
    """

    key: str
    by_state: Mapping[str, int]
    rate_per_minute: float
    finish_at: datetime | None
    micros: int


@dataclass(frozen=True)
class LiveGroups:
    """`counted_at`: the oldest of the counts, None before the first."""

    groups: tuple[LiveGroup, ...]
    counted_at: datetime | None


_MOVED = """
WITH moving AS (
  SELECT r.id FROM campaigns_steprun r JOIN campaigns_launch l ON l.id = r.launch_id
  WHERE r.planned_at IS NOT NULL AND r.last_close_at > %(since)s
),
stamps AS (
  SELECT t.step_run_id, string_agg(t.state || t.number, ',' ORDER BY t.state) AS stamp
  FROM (SELECT step_run_id, state, sum(number) AS number FROM delivery_tally
        WHERE step_run_id IN (SELECT id FROM moving) GROUP BY 1, 2) t GROUP BY 1
)
SELECT s.step_run_id, s.stamp FROM stamps s
LEFT JOIN reports_livecount c ON c.step_run_id = s.step_run_id
WHERE c.stamp IS DISTINCT FROM s.stamp AND (c.next_at IS NULL OR c.next_at <= %(clock)s)
ORDER BY c.counted_at NULLS FIRST LIMIT %(most)s
"""
# First into small groups, so that the four ways to add them up have little to do. What a provider
# refused is given back; everything that it took has its price, by today's list.
_COUNT = """
WITH groups AS MATERIALIZED (
  SELECT d.school_id, d.language, b.channel, s.provider, d.state, p.micros AS price,
    CASE WHEN d.state IN ('failed', 'bounced') THEN d.reason END AS reason,
    count(*) AS number, sum(d.segments) AS segments
  FROM delivery_delivery d
  LEFT JOIN delivery_batch b ON b.id = d.batch_id
  LEFT JOIN organisation_sender s ON s.id = b.sender_id
  LEFT JOIN audience_address a ON b.channel = 'sms' AND a.id = d.address_id
  LEFT JOIN organisation_smsprice p ON p.country = a.country
  WHERE d.step_run_id = %s GROUP BY 1, 2, 3, 4, 5, 6, 7
),
found AS (
  SELECT school_id, language, coalesce(channel, '') AS channel, state, number,
    CASE WHEN state IN ('failed', 'bounced')
      THEN coalesce(provider, '') || ':' || coalesce(reason, '') END AS cause,
    CASE WHEN state IN ('accepted', 'delivered', 'bounced', 'unknown')
      THEN coalesce(segments * price, 0) ELSE 0 END AS micros
  FROM groups
)
SELECT grouping(school_id, language, channel, cause), school_id, language, channel, cause, state,
  sum(number), sum(micros)
FROM found
GROUP BY GROUPING SETS
  ((state, school_id), (state, language), (state, channel), (state, cause))
"""
_LEVELS = {
    0b0111: LiveDimension.SCHOOL,
    0b1011: LiveDimension.LANGUAGE,
    0b1101: LiveDimension.CHANNEL,
    0b1110: LiveDimension.CAUSE,
}
_LONGEST_KEY = 80


def count_moving_runs() -> int:
    """Counts the step runs whose numbers have moved and whose turn it is; returns how many."""
    since, clock = now() - _STILL_MOVES, timezone.now()
    due = _query(_MOVED, {"since": since, "clock": clock, "most": _MOST_RUNS})
    for step_run_id, stamp in due:
        _count(step_run_id, stamp)
    return len(due)


@dataclass
class _Sum:
    """What one group came to in one count."""

    school_id: int | None
    by_state: Counter[str]
    micros: int = 0


def _count(step_run_id: int, stamp: str) -> None:
    """Replaces the figures of one run; what had gone out before is kept, for the rate."""
    began = time.monotonic()
    with transaction.atomic():
        found = _sums(step_run_id)
        before = {
            (each.dimension, each.key): _gone_out(each.by_state)
            for each in LiveFigure.objects.filter(step_run=step_run_id)
        }
        last = LiveCount.objects.filter(step_run=step_run_id).first()
        LiveFigure.objects.filter(step_run=step_run_id).delete()
        LiveFigure.objects.bulk_create(
            LiveFigure(
                step_run_id=step_run_id,
                dimension=dimension,
                key=key,
                school_id=group.school_id,
                by_state=dict(group.by_state),
                gone_out_before=before.get((dimension, key), 0),
                micros=group.micros,
            )
            for (dimension, key), group in found.items()
        )
        pause = max(_SHORTEST, _SHARE * timedelta(seconds=time.monotonic() - began))
        LiveCount.objects.update_or_create(
            step_run_id=step_run_id,
            defaults={
                "stamp": stamp,
                "before_at": last.counted_at if last else None,
                "counted_at": now(),
                "next_at": timezone.now() + pause,
            },
        )


def _sums(step_run_id: int) -> dict[tuple[str, str], _Sum]:
    slugs = dict(School.objects.values_list("pk", "slug"))
    found: dict[tuple[str, str], _Sum] = {}
    for level, school, language, channel, cause, state, number, micros in _query(
        _COUNT, [step_run_id]
    ):
        dimension = _LEVELS[level]
        if dimension is LiveDimension.CAUSE and cause is None:
            continue  # those that did not fail
        names = {
            LiveDimension.SCHOOL: slugs.get(school, ""),
            LiveDimension.LANGUAGE: language,
            LiveDimension.CHANNEL: channel,
            LiveDimension.CAUSE: cause,
        }
        key = (names[dimension] or "")[:_LONGEST_KEY]
        group = found.setdefault((dimension, key), _Sum(school, Counter()))
        group.by_state[state] += int(number)
        group.micros += int(micros)
    return found


_STATES = """
SELECT f.key, s.key, sum(s.value::bigint) FROM reports_livefigure f
JOIN campaigns_steprun r ON r.id = f.step_run_id CROSS JOIN jsonb_each_text(f.by_state) s
WHERE r.launch_id = %s AND f.dimension = %s GROUP BY 1, 2 ORDER BY 1
"""
# `paced`: the runs of which two counts say how fast they are, and the minutes between the two.
_PACES = """
WITH paced AS (SELECT * FROM unnest(%s::bigint[], %s::float8[]) AS p(run, minutes))
SELECT f.key, sum(f.micros), coalesce(sum(greatest(0, (
    coalesce((f.by_state->>'accepted')::bigint, 0) + coalesce((f.by_state->>'delivered')::bigint, 0)
    + coalesce((f.by_state->>'bounced')::bigint, 0) - f.gone_out_before)) / p.minutes), 0)
FROM reports_livefigure f JOIN campaigns_steprun r ON r.id = f.step_run_id
LEFT JOIN paced p ON p.run = f.step_run_id
WHERE r.launch_id = %s AND f.dimension = %s GROUP BY 1
"""


def live_groups(launch: Launch, dimension: LiveDimension) -> LiveGroups:
    """The send by one thing, over its step runs that were counted; in the order of the keys."""
    counts = list(LiveCount.objects.filter(step_run__launch=launch))
    if not counts:
        return LiveGroups((), None)
    by_key: dict[str, dict[str, int]] = {}
    for key, state, number in _query(_STATES, [launch.pk, dimension]):
        by_key.setdefault(key, {})[state] = int(number)
    paced = {count.step_run_id: minutes for count in counts if (minutes := _minutes(count))}
    params = [list(paced), list(paced.values()), launch.pk, dimension]
    paces = {key: (int(micros), float(rate)) for key, micros, rate in _query(_PACES, params)}
    return LiveGroups(
        tuple(_group(key, states, *paces[key]) for key, states in by_key.items()),
        min(count.counted_at for count in counts),
    )


def _group(key: str, by_state: Mapping[str, int], micros: int, rate: float) -> LiveGroup:
    waiting = sum(by_state.get(state, 0) for state in _WAITS)
    finish = now() + timedelta(minutes=waiting / rate) if waiting and rate else None
    return LiveGroup(key, by_state, rate, finish, micros)


def _minutes(count: LiveCount) -> float:
    """Of business time between the last two counts, 0 where there was one or it was long ago."""
    if count.before_at is None or count.before_at >= count.counted_at:
        return 0.0
    between = count.counted_at - count.before_at
    if now() - count.counted_at > 2 * between + _RATE_HOLDS:
        return 0.0
    return between.total_seconds() / 60


def _gone_out(by_state: Mapping[str, Any]) -> int:
    return sum(by_state.get(state, 0) for state in _GONE_OUT)


def _query(query: str, params: Mapping[str, Any] | Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return list(cursor.fetchall())
