"""A delivery that failed for good may go out on the person's other channel, where its step
says so: the same row, one attempt on, in a batch of the other channel.

Owns which failures count, the wait before, and the choice of the other address. Refuses to
fall back from anything that may have reached the person, and from anybody who said stop: the
claim of the new attempt judges consent and suppression of the other address as any claim does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import connection, transaction

from outreach.campaigns.definition import Fallback as FallbackRule
from outreach.campaigns.models import LaunchState, StepRun, StepRunState
from outreach.campaigns.versions import definition_for, step_of
from outreach.core.clock import now
from outreach.core.errors import Refusal
from outreach.delivery.ledger import Cursor, Moved, News, move
from outreach.delivery.models import DeliveryState, FallbackDue, Retry
from outreach.delivery.rules import Event, Reason
from outreach.delivery.ways import SENDERS, way_rows
from outreach.organisation.audit import CLOCK

# Receipts come out of order: one that says "delivered" after all must have had time to come.
WAIT = timedelta(minutes=2)
_MOST = 2_000
_FAILED = frozenset({DeliveryState.FAILED, DeliveryState.BOUNCED})
# What says that the address takes no messages. Not here: an opt-out (that is a stop), and what
# is about our sender, our text or the provider's mood, which another channel would not cure.
_HARD = frozenset({Refusal.BAD_ADDRESS, Refusal.CANNOT_RECEIVE})
# After one of these nobody can be sure that the message has not reached its reader.
_MAY_HAVE_ARRIVED = [
    Event.LOSE,
    Event.DECIDE_SENT,
    Event.DECIDE_AGAIN,
    Event.RECEIPT_DELIVERED,
    Event.OLDER_ACCEPTED,
]
_TELLING = [
    Reason.SUPPRESSED,
    Reason.HELD,
    Reason.SHARED_ADDRESS,
    Reason.NO_CONSENT,
    Reason.NO_PRICE,
    Reason.NO_SENDER,
    Reason.NOT_TEXTABLE,
    Reason.NO_ADDRESS,
]

# One row a delivery: its best other address, with the reason when that one cannot be used. Only
# the school it goes through is asked (promise 2), and no address that had its turn in this run
# (promise 1). A few hundred rows at most, so everything is looked up by key.
_CHOOSE = f"""
WITH channels AS (
  SELECT channel, rank FROM unnest(%(channels)s::text[]) WITH ORDINALITY AS c(channel, rank)
),
{SENDERS},
failed AS (
  SELECT d.id, d.person_id, d.school_id, d.batch_id, b.channel, b.topic_id, s.country
  FROM delivery_delivery d JOIN delivery_batch b ON b.id = d.batch_id
  JOIN organisation_school s ON s.id = d.school_id
  WHERE d.step_run_id = %(run)s AND d.id = ANY (%(ids)s)
    AND d.state IN ('failed', 'bounced') AND b.expires_at > %(now)s
    AND NOT EXISTS (SELECT 1 FROM delivery_fallback f
      WHERE f.step_run_id = %(run)s AND f.delivery_id = d.id)
    AND NOT EXISTS (SELECT 1 FROM delivery_deliveryevent e WHERE e.step_run_id = %(run)s
      AND e.delivery_id = d.id AND e.event = ANY (%(may_have_arrived)s))
  ORDER BY d.id FOR UPDATE OF d
),
options AS (
  SELECT f.id, f.batch_id, a.id AS address_id, a.channel, c.rank,
    coalesce(here.id, anywhere.id) AS sender_id, CASE
      WHEN a.id IS NULL THEN '{Reason.NO_ADDRESS}'
      WHEN a.channel = 'sms' AND NOT a.textable THEN '{Reason.NOT_TEXTABLE}'
      WHEN coalesce(here.id, anywhere.id) IS NULL THEN '{Reason.NO_SENDER}'
      WHEN a.channel = 'sms' AND price.country IS NULL THEN '{Reason.NO_PRICE}'
      WHEN k.granted IS NOT TRUE THEN '{Reason.NO_CONSENT}'
      WHEN EXISTS (SELECT 1 FROM delivery_delivery d
        WHERE d.step_run_id = %(run)s AND d.address_id = a.id)
        OR EXISTS (SELECT 1 FROM delivery_fallback x
          WHERE x.step_run_id = %(run)s AND x.address_id = a.id) THEN '{Reason.SHARED_ADDRESS}'
      WHEN EXISTS (SELECT 1 FROM audience_addresshash h JOIN consent_suppression z
        ON z.digest = h.digest AND z.lifted_at IS NULL
          AND (z.topic_id IS NULL OR z.topic_id = f.topic_id)
        WHERE h.address_id = a.id) THEN '{Reason.SUPPRESSED}'
      WHEN EXISTS (SELECT 1 FROM consent_hold o
        WHERE o.address_id = a.id AND o.released_at IS NULL) THEN '{Reason.HELD}'
    END AS reason
  FROM failed f
  LEFT JOIN (audience_personaddress pa JOIN audience_address a ON a.id = pa.address_id
      JOIN channels c ON c.channel = a.channel)
    ON pa.person_id = f.person_id AND a.channel <> f.channel
      AND (pa.school_id IS NULL OR pa.school_id = f.school_id)
  LEFT JOIN senders here ON here.channel = a.channel
    AND here.country = CASE a.channel WHEN 'sms' THEN a.country ELSE f.country END
  LEFT JOIN senders anywhere ON anywhere.channel = a.channel AND anywhere.country = ''
  LEFT JOIN organisation_smsprice price ON price.country = a.country
  LEFT JOIN consent_consentstate k ON k.address_id = a.id AND k.school_id = f.school_id
    AND k.topic_id = f.topic_id
)
SELECT DISTINCT ON (id) id, batch_id, address_id, channel, sender_id, reason FROM options
ORDER BY id, coalesce(array_position(%(telling)s::text[], reason), 0), rank, address_id
"""  # noqa: S608  # built from constants of this package

# What fell back from one batch to one sender shares a batch over the same ids, with the same
# window: a bounce that comes later joins it. Not while somebody works it: when that ends, the
# batch could be taken for done by one who has not seen who joined.
_FIND_BATCH = """
SELECT n.id FROM delivery_batch o JOIN delivery_batch n ON n.step_run_id = o.step_run_id
  AND n.first_id = o.first_id AND n.last_id = o.last_id AND n.channel <> o.channel
  AND n.sender_id = %(sender)s
  AND (n.lease_until IS NULL OR n.lease_until < clock_timestamp())
WHERE o.id = %(batch)s ORDER BY n.id LIMIT 1 FOR UPDATE OF n SKIP LOCKED
"""
_MAKE_BATCH = """
INSERT INTO delivery_batch (step_run_id, channel, sender_id, topic_id, zone, opens_at, closes_at,
  expires_at, first_id, last_id, is_done)
SELECT step_run_id, %(channel)s, %(sender)s, topic_id, zone, opens_at, closes_at, expires_at,
  first_id, last_id, true
FROM delivery_batch WHERE id = %(batch)s RETURNING id
"""
_KEEP = """
INSERT INTO delivery_fallback (step_run_id, delivery_id, attempt, batch_id, address_id, at)
SELECT step_run_id, id, attempt, batch_id, address_id, %(now)s FROM delivery_delivery
WHERE step_run_id = %(run)s AND id = ANY (%(ids)s)
"""
_TURN = """
UPDATE delivery_delivery d SET batch_id = n.batch_id, address_id = n.address_id, call_id = NULL,
  message_id = NULL, segments = NULL, reason = NULL
FROM unnest(%(ids)s::bigint[], %(batches)s::bigint[], %(addresses)s::bigint[])
  AS n(id, batch_id, address_id)
WHERE d.step_run_id = %(run)s AND d.id = n.id
"""
_OPEN = """
UPDATE delivery_batch SET is_done = false, woken_at = NULL, try_after = NULL
WHERE id = ANY (%(batches)s)
"""


@dataclass(frozen=True)
class _Option:
    """One delivery's other way; `reason`: why it is closed."""

    id: int
    batch_id: int
    address_id: int | None
    channel: str | None
    sender_id: int | None
    reason: str | None


def plan_fallbacks(step_run_id: int, moved: Sequence[Moved], refusals: Mapping[int, str]) -> int:
    """Notes those of `moved` that failed for good on their channel, where the step falls back.

    `refusals`: delivery id -> kind of refusal. What `plan_retries` tries again is not final yet,
    so that comes first. In the caller's transaction.
    """
    hard = [
        each.id
        for each in moved
        if each.after in _FAILED
        and each.before not in (_FAILED | {DeliveryState.UNKNOWN, DeliveryState.DELIVERED})
        and refusals.get(each.id) in _HARD | {Refusal.UNREACHABLE}
    ]
    return note_failures(step_run_id, hard)


def note_failures(step_run_id: int, delivery_ids: Sequence[int]) -> int:
    """Notes that these failed for good; returns how many may fall back. Repeatable."""
    if not delivery_ids or not _falls_back(step_run_id):
        return 0
    again = set(
        Retry.objects.filter(step_run_id=step_run_id, delivery_id__in=delivery_ids).values_list(
            "delivery_id", flat=True
        )
    )
    due_at = now() + WAIT
    rows = [
        FallbackDue(step_run_id=step_run_id, delivery_id=each, due_at=due_at)
        for each in delivery_ids
        if each not in again
    ]
    return len(FallbackDue.objects.bulk_create(rows, ignore_conflicts=True))


def is_hard(refusal: str) -> bool:
    """Whether this kind of refusal says that the address takes no messages at all."""
    return refusal in _HARD


def _falls_back(step_run_id: int) -> bool:
    return step_of(_run(step_run_id)).fallback is FallbackRule.AFTER_HARD_FAILURE


def _run(step_run_id: int) -> StepRun:
    return StepRun.objects.select_related("launch").get(pk=step_run_id)


def fall_back_due() -> int:
    """Turns what is due to the other channel; returns how many. A run that is being planned
    is left for the next time, so that two never give one address away twice."""
    due = FallbackDue.objects.filter(due_at__lte=now())
    runs = sorted(set(due.order_by("due_at").values_list("step_run_id", flat=True)[:_MOST]))
    return sum(_turn_run(step_run_id) for step_run_id in runs)


@transaction.atomic
def _turn_run(step_run_id: int) -> int:
    locked = StepRun.objects.select_for_update(skip_locked=True).filter(pk=step_run_id)
    if locked.first() is None:
        return 0
    notes = FallbackDue.objects.filter(step_run_id=step_run_id, due_at__lte=now())[:_MOST]
    ids = sorted(note.delivery_id for note in notes)
    FallbackDue.objects.filter(step_run_id=step_run_id, delivery_id__in=ids).delete()
    run = _run(step_run_id)
    is_open = run.launch.state in (LaunchState.RUNNING, LaunchState.PAUSED)
    if not ids or not is_open or run.state != StepRunState.PLANNED:
        return 0
    with connection.cursor() as cursor:
        return _turn(cursor, run, ids)


def _turn(cursor: Cursor, run: StepRun, ids: Sequence[int]) -> int:
    options = _options(cursor, run, ids)
    going = [each for each in options if each.reason is None]
    news = [
        News(each.id, Event.FALL_BACK, detail=each.channel)
        if each.reason is None
        else News(each.id, Event.NO_FALLBACK, detail=each.reason)
        for each in options
    ]
    # Before they take their other batch: the one they failed in has to count one failure less.
    move(cursor, run.pk, news, now=now(), actor=CLOCK.name, worker="sweeper")
    _move_over(cursor, run.pk, going)
    return len(going)


def _options(cursor: Cursor, run: StepRun, ids: Sequence[int]) -> list[_Option]:
    """The best other way of each; of two who share an address, the first has it."""
    params = {
        "run": run.pk,
        "ids": list(ids),
        "now": now(),
        "channels": [channel.value for channel in step_of(run).channels],
        **way_rows(definition_for(run).senders),
        "may_have_arrived": [event.value for event in _MAY_HAVE_ARRIVED],
        "telling": [reason.value for reason in _TELLING],
    }
    cursor.execute(_CHOOSE, params)
    options = [_Option(*row) for row in cursor.fetchall()]
    first_of = {each.address_id: each.id for each in reversed(options) if each.reason is None}
    return [
        each
        if each.reason is not None or first_of[each.address_id] == each.id
        else replace(each, reason=Reason.SHARED_ADDRESS)
        for each in options
    ]


def _move_over(cursor: Cursor, step_run_id: int, going: Sequence[_Option]) -> None:
    """The rows take their other address and batch; where they were is kept."""
    if not going:
        return
    places = {(each.batch_id, each.channel, each.sender_id): 0 for each in going}
    for place in places:
        places[place] = _batch(cursor, *place)
    batches = [places[each.batch_id, each.channel, each.sender_id] for each in going]
    ids = [each.id for each in going]
    cursor.execute(_KEEP, {"run": step_run_id, "ids": ids, "now": now()})
    addresses = [each.address_id for each in going]
    cursor.execute(
        _TURN, {"run": step_run_id, "ids": ids, "batches": batches, "addresses": addresses}
    )
    cursor.execute(_OPEN, {"batches": batches})


def _batch(cursor: Cursor, batch_id: int, channel: str | None, sender_id: int | None) -> int:
    params = {"batch": batch_id, "channel": channel, "sender": sender_id}
    for query in (_FIND_BATCH, _MAKE_BATCH):
        cursor.execute(query, params)
        rows = cursor.fetchall()
        if rows:
            break
    return int(rows[0][0])
