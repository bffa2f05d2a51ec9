"""What of a launch failed and why, before staff decide to send it again.

Reads the rows of those batches alone that hold failed messages and are still in time, each until
all of its failed ones are found; of the others the counters say enough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from outreach.campaigns.models import Launch
from outreach.core.clock import now
from outreach.core.errors import Refusal
from outreach.delivery.finding import places
from outreach.delivery.history import why_words
from outreach.delivery.models import DeliveryState
from outreach.providers.registry import kind_of_code

# It would fail again: the address takes no messages, or its owner said no.
HOPELESS = frozenset(
    {Refusal.BAD_ADDRESS, Refusal.CANNOT_RECEIVE, Refusal.OPTED_OUT, Refusal.COMPLAINED}
)
# It would fail again until something of ours is mended.
TO_MEND = frozenset({Refusal.NOT_ENABLED, Refusal.UNAUTHORISED, Refusal.CONTENT})


@dataclass(frozen=True)
class FailedGroup:
    """Failed messages of one reason. `cause`: names the group, as `retry_failed` takes it.

    `kind`: a `Refusal`, "" not known. `why`: in words. `in_time`: how many may still go out.
    """

    cause: str
    channel: str
    kind: str
    why: str
    number: int
    in_time: int

    @property
    def is_hopeless(self) -> bool:
        return self.kind in HOPELESS

    @property
    def is_to_mend(self) -> bool:
        return self.kind in TO_MEND


@dataclass(frozen=True)
class Failures:
    """`too_late`: failed messages of steps whose time is over; nothing sends those again."""

    groups: tuple[FailedGroup, ...]
    too_late: int

    @property
    def in_time(self) -> int:
        return sum(group.in_time for group in self.groups)


_RUNS = """
SELECT t.step_run_id, sum(t.number),
  EXISTS (SELECT 1 FROM delivery_batch b WHERE b.step_run_id = t.step_run_id
    AND b.expires_at > %s)
FROM delivery_tally t JOIN campaigns_steprun r ON r.id = t.step_run_id
WHERE r.launch_id = %s AND t.state = 'failed' GROUP BY 1 HAVING sum(t.number) > 0
"""
_GROUPS = """
SELECT s.provider, b.channel, coalesce(d.reason, ''), count(*),
  count(*) FILTER (WHERE b.expires_at > %(now)s)
FROM unnest(%(batches)s::bigint[], %(firsts)s::bigint[], %(lasts)s::bigint[], %(holds)s::bigint[])
  AS p(batch_id, first_id, last_id, holds)
JOIN delivery_batch b ON b.id = p.batch_id JOIN organisation_sender s ON s.id = b.sender_id
CROSS JOIN LATERAL (
  SELECT d.reason FROM delivery_delivery d
  WHERE d.step_run_id = %(run)s AND d.id BETWEEN p.first_id AND p.last_id
    AND d.batch_id = p.batch_id AND d.state = 'failed' LIMIT p.holds
) d GROUP BY 1, 2, 3
"""


def failures_of(launch: Launch) -> Failures:
    """By reason, the most frequent first."""
    runs = _query(_RUNS, [now(), launch.pk])
    counted: Counter[tuple[str, str, str]] = Counter()
    in_time: Counter[tuple[str, str, str]] = Counter()
    for run in (run for run, _, is_open in runs if is_open):
        for *group, number, number_in_time in _query(_GROUPS, _where_failed(run)):
            counted[tuple(group)] += number
            in_time[tuple(group)] += number_in_time
    ranked = sorted(counted, key=lambda group: (-counted[group], group[0], group[2]))
    groups = tuple(_group(*each, counted[each], in_time[each]) for each in ranked)
    gone = sum(int(number) for _, number, is_open in runs if not is_open)
    return Failures(groups, gone + sum(each.number - each.in_time for each in groups))


def _where_failed(run: int) -> dict[str, Any]:
    holding = places(run, DeliveryState.FAILED)
    return {
        "run": run,
        "now": now(),
        "batches": [place.batch_id for place in holding],
        "firsts": [place.first_id for place in holding],
        "lasts": [place.last_id for place in holding],
        "holds": [place.holds for place in holding],
    }


def cause_of(provider: str, reason: str) -> str:
    """The name of a group of failures: who refused, and the reason or code."""
    return f"{provider}:{reason}"


def _group(provider: str, channel: str, reason: str, number: int, in_time: int) -> FailedGroup:
    return FailedGroup(
        cause=cause_of(provider, reason),
        channel=channel,
        kind=kind_of_code(provider, reason),
        why=why_words(provider, reason),
        number=number,
        in_time=in_time,
    )


def _query(query: str, params: Sequence[Any] | dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return list(cursor.fetchall())
