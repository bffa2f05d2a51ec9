"""The ledger's two statements: `MOVE_SQL` for everything that happened, `CLAIM_SQL` before a call.

Each is one statement and one round trip: it locks the rows in the order of their ids,
moves them by the matrix, appends an event for each, keeps the side table of unknown
outcomes and the counters. Plain SQL because this is the hot path: 64 rows cost about what
one ORM update with its event costs (bench/ shows both).
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from outreach.delivery.rules import Event, Reason, matrix_values
from outreach.organisation.address_keys import seal_actor

# What every moving statement does after `judged` knows (id, batch_id, from_state, from_reason,
# to_state, attempt, event, detail).
_NOTE_AND_COUNT = """
noted AS (
  INSERT INTO delivery_deliveryevent
    (step_run_id, delivery_id, at, attempt, event, from_state, to_state, actor, detail)
  SELECT %(run)s, id, %(now)s, attempt, event, from_state, to_state, %(actor)s, detail
  FROM judged ORDER BY id
),
changes AS (
  SELECT coalesce(batch_id, 0) AS batch_key, from_state AS state,
    CASE from_state WHEN 'skipped' THEN from_reason ELSE '' END AS reason, -count(*) AS number
  FROM judged WHERE from_state <> to_state GROUP BY 1, 2, 3
  UNION ALL
  SELECT coalesce(batch_id, 0), to_state,
    CASE to_state WHEN 'skipped' THEN left(detail, 40) ELSE '' END, count(*)
  FROM judged WHERE from_state <> to_state GROUP BY 1, 2, 3
),
tallied AS (
  INSERT INTO delivery_tally (step_run_id, batch_key, worker, state, reason, number)
  SELECT %(run)s, batch_key, %(worker)s, state, reason, sum(number) FROM changes
  GROUP BY batch_key, state, reason ORDER BY batch_key, state, reason
  ON CONFLICT (step_run_id, batch_key, state, reason, worker)
  DO UPDATE SET number = delivery_tally.number + excluded.number
)
"""

# And what a claim cannot bring about, so that it does not pay for it.
_KEEP_UNKNOWN_AND_PACE = """
forgotten AS (
  DELETE FROM delivery_unknownoutcome u USING judged j
  WHERE u.step_run_id = %(run)s AND u.delivery_id = j.id
    AND j.from_state = 'unknown' AND j.to_state <> 'unknown'
),
remembered AS (
  INSERT INTO delivery_unknownoutcome
    (step_run_id, delivery_id, attempt, call_id, sender_id, since)
  SELECT %(run)s, id, attempt, call_id,
    (SELECT b.sender_id FROM delivery_batch b WHERE b.id = batch_id), %(now)s FROM judged
  WHERE to_state = 'unknown' AND from_state <> 'unknown'
  ON CONFLICT (step_run_id, delivery_id) DO NOTHING
),
paced AS (
  INSERT INTO delivery_pace (step_run_id, minute, worker, state, number)
  SELECT %(run)s, date_trunc('minute', %(now)s::timestamptz), %(worker)s, to_state, count(*)
  FROM judged WHERE from_state <> to_state
    AND to_state IN ('accepted', 'delivered', 'bounced', 'failed')
  GROUP BY to_state ORDER BY to_state
  ON CONFLICT (step_run_id, minute, state, worker)
  DO UPDATE SET number = delivery_pace.number + excluded.number
)
"""

MOVE_SQL = f"""
WITH news AS (
  SELECT * FROM unnest(%(ids)s::bigint[], %(attempts)s::smallint[], %(events)s::text[],
    %(details)s::text[], %(messages)s::text[], %(segments)s::smallint[])
    AS n(id, attempt, event, detail, message_id, segments)
),
locked AS (
  SELECT d.id, d.batch_id, d.call_id, d.state, d.reason, d.attempt FROM delivery_delivery d
  WHERE d.step_run_id = %(run)s AND d.id = ANY (%(ids)s::bigint[])
  ORDER BY d.id FOR UPDATE
),
understood AS (
  SELECT l.id, l.batch_id, l.call_id, l.state, l.reason, n.attempt, n.detail,
    n.message_id, n.segments,
    CASE WHEN n.attempt < 0 OR (n.attempt = l.attempt AND l.state <> 'pending') THEN n.event
         WHEN EXISTS (SELECT 1 FROM delivery_fallback f WHERE f.step_run_id = %(run)s
           AND f.delivery_id = l.id AND n.attempt <= f.attempt) THEN 'older_settled'
         WHEN n.attempt = l.attempt THEN n.event
         WHEN n.event LIKE 'receipt%%' OR n.event = 'accept' THEN 'older_accepted'
         ELSE 'receipt_other' END AS event,
    l.attempt AS now_at
  FROM locked l JOIN news n ON n.id = l.id
),
judged AS (
  SELECT u.id, u.batch_id, u.call_id, u.state AS from_state, u.reason AS from_reason,
    coalesce(m.after, u.state) AS to_state,
    CASE WHEN u.attempt < 0 THEN u.now_at ELSE u.attempt END AS attempt,
    u.event, u.detail, u.segments,
    CASE WHEN u.event <> 'older_settled' THEN u.message_id END AS message_id
  FROM understood u
  LEFT JOIN (VALUES {matrix_values()}) AS m(event, before, after)
    ON m.event = u.event AND m.before = u.state
),
moved AS (
  UPDATE delivery_delivery d SET
    state = j.to_state, state_at = %(now)s,
    reason = CASE WHEN j.to_state IN ('skipped', 'failed', 'bounced', 'expired', 'unknown')
                    AND j.to_state <> j.from_state
                  THEN left(j.detail, 40) ELSE d.reason END,
    message_id = coalesce(j.message_id, d.message_id),
    segments = coalesce(j.segments, d.segments)
  FROM judged j
  WHERE d.step_run_id = %(run)s AND d.id = j.id AND d.id = ANY (%(ids)s::bigint[])
    AND (j.to_state <> j.from_state OR j.message_id IS NOT NULL)
),
{_NOTE_AND_COUNT},
{_KEEP_UNKNOWN_AND_PACE}
SELECT id, from_state, to_state, event FROM judged
"""  # noqa: S608  # built from constants of this package

# Why a delivery `l` (person, school, address) of context `c` (topic, channel) may not go, NULL
# where it may: judged in the claim, and beforehand in a rehearsal.
REFUSAL = f"""CASE
    WHEN NOT EXISTS (SELECT 1 FROM audience_membership m WHERE m.person_id = l.person_id
      AND m.school_id = l.school_id AND m.state = 'current') THEN '{Reason.MEMBERSHIP_ENDED}'
    WHEN NOT EXISTS (SELECT 1 FROM consent_consentstate k WHERE k.address_id = l.address_id
      AND k.topic_id = c.topic_id AND k.school_id = l.school_id AND k.granted
      AND (k.ends_at IS NULL OR k.ends_at > %(now)s))
      THEN '{Reason.NO_CONSENT}'
    -- Of no hash, or of none under the newest key, suppressions cannot be looked up: fail closed.
    WHEN (SELECT coalesce(bool_or(EXISTS (SELECT 1 FROM consent_suppression s
        WHERE s.digest = h.digest AND s.channel = c.channel AND s.lifted_at IS NULL
          AND (s.topic_id IS NULL OR s.topic_id = c.topic_id))), true)
        OR NOT bool_or(h.key_version = %(key_version)s)
      FROM audience_addresshash h WHERE h.address_id = l.address_id) THEN '{Reason.SUPPRESSED}'
    WHEN EXISTS (SELECT 1 FROM consent_hold o WHERE o.address_id = l.address_id
      AND o.released_at IS NULL) THEN '{Reason.HELD}'
    WHEN %(trial)s AND NOT EXISTS (SELECT 1 FROM audience_address a
      JOIN organisation_staff t ON t.is_active AND CASE a.channel
        WHEN 'email' THEN t.email_verified_at IS NOT NULL
          AND a.match_key IN (t.email, lower(t.email))
        ELSE t.phone_verified_at IS NOT NULL AND t.phone = a.match_key END
      WHERE a.id = l.address_id) THEN '{Reason.TRIAL}'
    END"""  # noqa: S608  # built from constants of this package

# Promise 2 in one statement, whose snapshot is taken after the shared lock is held: consent
# of the chosen school, suppression under every key version, holds, membership, the window,
# the launch's state, stopped schools and, in trial mode, the list of those who may be reached.
# Money is reserved last, and messages are counted where a sender, its account or the launch has
# a limit of them: a full ceiling raises OR001 and the whole claim with it is undone.
# The ids, or their bounds, stand in the conditions themselves, so that rows are found by key
# whatever the statistics say; MATERIALIZED because the planner would judge each row once for
# every use of the reason.
_CLAIM = f"""
WITH context AS (
  SELECT b.id AS batch_id, b.topic_id, b.channel, b.sender_id,
    l.state = 'running' AND s.is_active
      AND b.opens_at <= %(now)s AND %(now)s < least(b.closes_at, b.expires_at)
      AND (s.paused_until IS NULL OR s.paused_until <= clock_timestamp())
      AND (y.paused_until IS NULL OR y.paused_until <= clock_timestamp())
      AND b.lease_token = %(lease)s AS is_open,
    l.id AS launch_id, coalesce(l.spread_minutes, r.spread_minutes) AS spread_minutes,
    b.zone, b.opens_at, s.provider,
    y.most_a_day AS account_most,
    outreach_most_today(s.most_a_day, s.warm_up, s.warm_up_from, %(today)s::date) AS sender_most
    CAP_CONTEXT
  FROM delivery_batch b
  JOIN organisation_sender s ON s.id = b.sender_id
  LEFT JOIN organisation_accountlimit y ON y.provider = s.provider
  JOIN campaigns_steprun r ON r.id = b.step_run_id
  JOIN campaigns_launch l ON l.id = r.launch_id
  WHERE b.id = %(batch)s
),
CAP_RUNS
wanted AS (
  SELECT * FROM unnest(%(ids)s::bigint[], %(attempts)s::smallint[], %(segments)s::smallint[],
    %(micros)s::bigint[]) AS w(id, attempt, segments, micros)
),
locked AS (
  SELECT d.id, d.batch_id, d.address_id, d.person_id, d.school_id, d.attempt
  FROM delivery_delivery d
  WHERE d.step_run_id = %(run)s AND d.id = ANY (%(ids)s::bigint[])
    AND d.state = 'pending' AND d.batch_id = %(batch)s
    AND (SELECT is_open FROM context)
    AND NOT EXISTS (SELECT 1 FROM delivery_schoolstop x
      WHERE x.school_id = d.school_id AND x.lifted_at IS NULL
        AND (x.launch_id IS NULL OR x.launch_id = (SELECT launch_id FROM context)))
  ORDER BY d.id FOR UPDATE SKIP LOCKED
),
reasons AS MATERIALIZED (
  SELECT l.*, w.segments, w.micros, REFUSAL AS reason
  FROM locked l JOIN wanted w ON w.id = l.id AND w.attempt = l.attempt CROSS JOIN context c
),
judged AS (
  SELECT id, batch_id, %(call)s::bigint AS call_id, 'pending' AS from_state, '' AS from_reason,
    CASE WHEN reason IS NULL THEN 'sending' ELSE 'skipped' END AS to_state,
    CASE WHEN reason IS NULL THEN attempt + 1 ELSE attempt END AS attempt,
    CASE WHEN reason IS NULL THEN 'claim' ELSE 'skip' END AS event,
    reason AS detail, segments, micros
  FROM reasons
),
moved AS (
  UPDATE delivery_delivery d SET state = j.to_state, state_at = %(now)s, attempt = j.attempt,
    call_id = j.call_id, reason = j.detail, segments = j.segments
  FROM judged j
  WHERE d.step_run_id = %(run)s AND d.id = j.id AND d.id BETWEEN %(low)s AND %(high)s
),
{_NOTE_AND_COUNT}
SELECT id, to_state, attempt, (
  SELECT (t.micros = 0
      OR outreach_reserve(%(launch_key)s, t.micros, t.number, %(launch_cap)s)
        AND outreach_reserve(%(day_key)s, t.micros, t.number, %(day_cap)s))
    AND (c.account_most IS NULL OR outreach_count_day(
      'account:' || c.provider || ':' || %(today)s::date, t.number, c.account_most))
    AND (c.sender_most IS NULL OR outreach_count_day(
      'sender:' || c.sender_id || ':' || %(today)s::date, t.number, c.sender_most))
    AND (c.spread_minutes IS NULL OR outreach_count_spread(
      %(run)s, c.zone, c.opens_at, t.number, %(now)s))
    AND (NOT %(trial)s OR outreach_reserve_trial(%(today)s::date, t.number, %(trial_most)s))
  FROM (SELECT coalesce(sum(micros), 0)::bigint AS micros, count(*) AS number
        FROM judged WHERE to_state = 'sending') t CROSS JOIN context c)
FROM judged
"""  # noqa: S608  # built from constants of this package


def _claim_sql(cap_context: str, cap_runs: str, refusal: str) -> str:
    parts = {"CAP_CONTEXT": cap_context, "CAP_RUNS\n": cap_runs, "REFUSAL AS": f"{refusal} AS"}
    statement = _CLAIM
    for place, part in parts.items():
        statement = statement.replace(place, part)
    return statement


CLAIM_SQL = _claim_sql("", "", REFUSAL)

_TOO_OFTEN = f"""WHEN (SELECT count(*) FROM delivery_delivery x
      WHERE x.step_run_id = ANY (ARRAY(SELECT id FROM recent)) AND x.person_id = l.person_id
        AND x.state IN ('accepted', 'delivered', 'sending', 'unknown')) >= c.most_messages
      THEN '{Reason.TOO_OFTEN}'
    END"""  # noqa: S608  # as above

# And of a campaign that has a limit to how often (`at_most`): what went out to the person since
# planning, by whichever launch, counts too. A statement of its own, so that launches without a
# limit pay nothing. `day` as planning counts; a message that was held back counts from the day
# on which it goes out. An urgent launch keeps to no limit.
CLAIM_CAPPED_SQL = _claim_sql(
    """, r.most_messages, r.most_in_days, l.is_urgent,
    greatest(r.day, (%(now)s::timestamptz AT TIME ZONE b.zone)::date) AS counted_from""",
    """recent AS MATERIALIZED (
  SELECT r.id FROM campaigns_steprun r CROSS JOIN context c
  WHERE r.id <> %(run)s AND r.state <> 'waiting' AND NOT c.is_urgent
    AND r.day > c.counted_from - c.most_in_days::int
),""",
    REFUSAL.removesuffix("END") + _TOO_OFTEN,
)


class News(NamedTuple):
    """Something that happened to one delivery.

    `attempt`: the attempt that it is about; -1 means whichever the row is at (staff, sweeper).
    `detail`: a provider code or a reason, no personal data.
    """

    id: int
    event: Event
    attempt: int = -1
    detail: str | None = None
    message_id: str | None = None
    segments: int | None = None


@dataclass(frozen=True)
class Moved:
    """What a move did: the row went `before` → `after` (equal when nothing moved)."""

    id: int
    before: str
    after: str
    event: str


class Cursor(Protocol):
    """The part of a database cursor that is needed; Django's and psycopg's both fit."""

    def execute(self, query: Any, params: Any = ..., /) -> Any: ...
    def fetchall(self) -> Sequence[Any]: ...


def worker_name(role: str) -> str:
    """The key of this process's counters: no row of them is shared by two workers."""
    from billiard.process import current_process

    index = getattr(current_process(), "index", 0)
    return f"{role}@{socket.gethostname()}#{index}"[:60] if role else f"pid{os.getpid()}"


def move_params(
    step_run_id: int, news: Sequence[News], *, now: datetime, actor: str, worker: str
) -> dict[str, object]:
    """The parameters of MOVE_SQL for one step run; each id at most once."""
    return {
        "run": step_run_id,
        "now": now,
        "actor": seal_actor(actor),
        "worker": worker,
        "ids": array_of(item.id for item in news),
        "attempts": array_of(item.attempt for item in news),
        "events": text_array_of(item.event for item in news),
        "details": text_array_of(item.detail for item in news),
        "messages": text_array_of(item.message_id for item in news),
        "segments": array_of(item.segments for item in news),
    }


def array_of(numbers: Iterable[int | None]) -> str:
    """PostgreSQL's own way of writing an array of numbers, for a parameter with a cast.

    The driver takes 0.7 microseconds for each element of a list, this a tenth.
    """
    return f"{{{','.join(['NULL' if each is None else str(each) for each in numbers])}}}"


def text_array_of(texts: Iterable[str | None]) -> str:
    """As `array_of`; quotes and backslashes are escaped as the array's syntax asks.

    Source: PostgreSQL 18, "Array Input and Output Syntax".
    """
    return f"{{{','.join(['NULL' if each is None else _quoted(each) for each in texts])}}}"


def _quoted(text: str) -> str:
    if text.isalnum():
        return f'"{text}"'
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def move(
    cursor: Cursor,
    step_run_id: int,
    news: Iterable[News],
    *,
    now: datetime,
    actor: str,
    worker: str,
) -> list[Moved]:
    """Applies `news` to one step run in order, inside the caller's transaction."""
    done: list[Moved] = []
    for group in _once_each(news):
        cursor.execute(
            MOVE_SQL, move_params(step_run_id, group, now=now, actor=actor, worker=worker)
        )
        done += [Moved(*row) for row in cursor.fetchall()]
    return done


def _once_each(news: Iterable[News]) -> list[list[News]]:
    """Splits into groups in which each id stands once; the order per id is kept."""
    groups: list[dict[int, News]] = []
    seen: dict[int, int] = {}
    for item in news:
        place = seen.get(item.id, -1) + 1
        seen[item.id] = place
        if place == len(groups):
            groups.append({})
        groups[place][item.id] = item
    return [list(group.values()) for group in groups]
