"""The sweeper's verbs: everything that must happen although nobody was woken for it.

Run every few seconds by `clock`, and safe to run twice at once: each verb is a
conditional UPDATE or a move by the matrix. With Redis flushed, a worker killed or the
clock restarted, these find what is open and wake somebody for it (promise 4).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet

from outreach.campaigns.actions import finish_launch
from outreach.campaigns.models import Launch, LaunchState, StepRun, StepRunState
from outreach.campaigns.renewal import renew_launches
from outreach.campaigns.schedule import occurrence_of, window_after
from outreach.core import queues
from outreach.core.clock import now
from outreach.core.errors import NotNow
from outreach.core.wake import wake
from outreach.delivery.cap_warnings import warn_of_caps
from outreach.delivery.counters import fold_tallies
from outreach.delivery.failover import turn_batches
from outreach.delivery.fallback import fall_back_due
from outreach.delivery.health import forget_old_pulses
from outreach.delivery.ledger import News, move
from outreach.delivery.models import Batch, Delivery, DeliveryState
from outreach.delivery.readiness import READY
from outreach.delivery.reconcile import LOOK_UP_AFTER
from outreach.delivery.retries import retry_due
from outreach.delivery.rules import Event, Reason
from outreach.delivery.stop_conditions import stop_by_conditions
from outreach.delivery.trouble import pause_failing_launches
from outreach.organisation.audit import CLOCK
from outreach.organisation.models import Channel

_MOST_WAKES = 200
# A wake-up that led to nothing (lost with Redis, or its worker was killed) is repeated after this.
_WAKE_AGAIN_SECONDS = 10
_MOVE_CHUNK = 5_000

# Launches in turn, the urgent ones first: one that came late is woken beside the others. The rows
# are locked in a second step because a ranked query cannot lock.
_DUE = f"""
WITH ranked AS (
  SELECT b.id, l.is_urgent, b.closes_at,
    row_number() OVER (PARTITION BY l.id, b.channel ORDER BY b.closes_at, b.id) AS place
  FROM delivery_batch b
  JOIN organisation_sender s ON s.id = b.sender_id
  JOIN campaigns_steprun r ON r.id = b.step_run_id
  JOIN campaigns_launch l ON l.id = r.launch_id
  WHERE {READY} AND (b.woken_at IS NULL
    OR b.woken_at < clock_timestamp() - make_interval(secs => %(again)s))
),
due AS (
  SELECT b.id FROM delivery_batch b JOIN (
    SELECT id, row_number() OVER (ORDER BY is_urgent DESC, place, closes_at, id) AS turn
    FROM ranked ORDER BY turn LIMIT %(most)s) x ON x.id = b.id
  ORDER BY x.turn FOR UPDATE OF b SKIP LOCKED
)
UPDATE delivery_batch b SET woken_at = clock_timestamp()
FROM due WHERE b.id = due.id RETURNING b.id, b.channel
"""  # noqa: S608  # built from constants of this package

# A lease that ran out while calls were open: their process is dead or lost.
_ORPHANED = """
SELECT b.step_run_id, d.id, d.attempt, b.id
FROM delivery_batch b
JOIN delivery_delivery d ON d.step_run_id = b.step_run_id
  AND d.id BETWEEN b.first_id AND b.last_id AND d.batch_id = b.id AND d.state = 'sending'
WHERE NOT b.is_done AND (b.lease_until IS NULL OR b.lease_until < clock_timestamp())
ORDER BY 1, 2 LIMIT %(most)s
"""

# Closed, cancelled: what still waits can no longer go out through this batch.
_CLOSED = """
SELECT b.id, l.state = 'cancelled' AS is_cancelled
FROM delivery_batch b
JOIN campaigns_steprun r ON r.id = b.step_run_id
JOIN campaigns_launch l ON l.id = r.launch_id
WHERE NOT b.is_done AND (l.state = 'cancelled' OR least(b.closes_at, b.expires_at) <= %(now)s)
  AND (b.lease_until IS NULL OR b.lease_until < clock_timestamp())
ORDER BY b.id LIMIT %(most)s FOR UPDATE OF b SKIP LOCKED
"""

_WAITING = """
SELECT EXISTS (SELECT 1 FROM inbox_providerevent WHERE processed_at IS NULL),
  EXISTS (SELECT 1 FROM inbox_inboundmessage WHERE processed_at IS NULL),
  EXISTS (SELECT 1 FROM notices_notice WHERE state IN ('pending', 'sending')
    AND not_before_at <= %(now)s AND (lease_until IS NULL OR lease_until < clock_timestamp())),
  EXISTS (SELECT 1 FROM delivery_unknownoutcome
    WHERE coalesce(looked_up_at, since) < %(quiet_since)s),
  EXISTS (SELECT 1 FROM inbox_door WHERE missed_since IS NOT NULL)
"""


def wake_due_batches() -> int:
    """Asks workers for every batch that could be sent now; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"now": now(), "again": _WAKE_AGAIN_SECONDS, "most": _MOST_WAKES})
        due = cursor.fetchall()
    for batch_id, channel in due:
        queue = queues.SMS if channel == Channel.SMS else queues.EMAIL
        wake(queues.SEND_BATCH, queue, batch_id)
    return len(due)


def lose_orphans() -> int:
    """Claimed by a process that is gone: the outcome is unknown, never sent again by itself."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ORPHANED, {"most": _MOVE_CHUNK})
        by_run: dict[int, list[News]] = {}
        for step_run_id, delivery_id, attempt, _ in cursor.fetchall():
            by_run.setdefault(step_run_id, []).append(
                News(delivery_id, Event.LOSE, attempt, "worker_lost")
            )
        for step_run_id, news in by_run.items():
            move(cursor, step_run_id, news, now=now(), actor=CLOCK.name, worker="sweeper")
    return sum(len(news) for news in by_run.values())


def close_batches() -> int:
    """Past their window: the next day's window where the message is still worth it, else expired.

    A cancelled launch's waiting deliveries become `cancelled`.
    """
    moved = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLOSED, {"now": now(), "most": _MOST_WAKES})
        for batch_id, is_cancelled in cursor.fetchall():
            batch = Batch.objects.select_related("step_run__launch__version").get(pk=batch_id)
            if is_cancelled:
                moved += _close(batch, Event.CANCEL)
            elif not _move_to_next_window(batch):
                moved += _close(batch, Event.EXPIRE)
    return moved


def _move_to_next_window(batch: Batch) -> bool:
    """Moves the batch to the next day's window, if that opens before its expiry."""
    window = window_after(occurrence_of(batch.step_run), batch.zone, now())
    if window is None or not _waiting(batch).exists():
        return False
    Batch.objects.filter(pk=batch.pk).update(
        opens_at=window.opens_at, closes_at=window.closes_at, woken_at=None, try_after=None
    )
    return True


def _waiting(batch: Batch) -> QuerySet[Delivery]:
    return Delivery.objects.filter(
        step_run_id=batch.step_run_id,
        id__range=(batch.first_id, batch.last_id),
        batch_id=batch.pk,
        state=DeliveryState.PENDING,
    )


def _close(batch: Batch, event: Event) -> int:
    detail = Reason.TOO_LATE if event is Event.EXPIRE else None
    ids = _waiting(batch).values_list("id", flat=True)
    news = [News(each, event, detail=detail) for each in ids]
    with connection.cursor() as cursor:
        move(cursor, batch.step_run_id, news, now=now(), actor=CLOCK.name, worker="sweeper")
    Batch.objects.filter(pk=batch.pk).update(is_done=True)
    return len(news)


def wake_due_plans() -> int:
    """Step runs whose time to be planned has come."""
    due = StepRun.objects.filter(
        state=StepRunState.WAITING,
        plan_at__lte=now(),
        launch__state__in=[LaunchState.RUNNING, LaunchState.PAUSED],
    ).values_list("pk", flat=True)
    for step_run_id in due:
        wake(queues.PLAN_STEP_RUN, queues.PLAN, step_run_id)
    return len(due)


def top_up_plans() -> int:
    """Lets newcomers join a step run whose windows are still to open or open."""
    moment = now()
    due = StepRun.objects.filter(
        state=StepRunState.PLANNED,
        last_close_at__gt=moment,
        topped_up_at__lt=moment - timedelta(minutes=15),
        launch__state=LaunchState.RUNNING,
    ).values_list("pk", flat=True)
    for step_run_id in due:
        wake(queues.PLAN_STEP_RUN, queues.PLAN, step_run_id)
    return len(due)


def finish_runs() -> int:
    """Step runs past their last window with nothing open, and launches whose runs are all done."""
    moment = now()
    done = StepRun.objects.filter(state=StepRunState.PLANNED, last_close_at__lte=moment).exclude(
        pk__in=Batch.objects.filter(is_done=False).values("step_run_id")
    )
    finished = done.update(state=StepRunState.FINISHED, finished_at=moment)
    _finish_never_planned(moment)
    for launch in Launch.objects.filter(state=LaunchState.RUNNING).exclude(
        step_runs__state__in=[StepRunState.WAITING, StepRunState.PLANNED]
    ):
        _finish(launch)
    return finished


def _finish_never_planned(moment: datetime) -> None:
    """Runs of a cancelled launch that were never planned have nothing to wait for."""
    StepRun.objects.filter(state=StepRunState.WAITING, launch__state=LaunchState.CANCELLED).update(
        state=StepRunState.FINISHED, finished_at=moment
    )


def _finish(launch: Launch) -> None:
    try:
        finish_launch(launch, actor=CLOCK)
    except NotNow:
        return  # paused or cancelled at this moment: theirs to decide


def wake_control() -> int:
    """Receipts, replies, notices and unknown outcomes that wait although nobody was woken."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"now": now(), "quiet_since": now() - LOOK_UP_AFTER})
        row = cursor.fetchone()
    tasks = (
        queues.APPLY_RECEIPTS,
        queues.READ_REPLIES,
        queues.SEND_NOTICES,
        queues.RECONCILE,
        queues.READ_MISSED_TEXTS,
    )
    due = [task for task, is_waiting in zip(tasks, row, strict=True) if is_waiting]
    for task in due:
        wake(task, queues.CONTROL)
    return len(due)


def sweep() -> None:
    """All of it, in the order in which one makes work for the next."""
    lose_orphans()
    retry_due()
    fall_back_due()
    close_batches()
    turn_batches()
    pause_failing_launches()
    stop_by_conditions()
    warn_of_caps()
    renew_launches()
    wake_due_plans()
    top_up_plans()
    wake_due_batches()
    wake_control()
    fold_tallies()
    forget_old_pulses()
    finish_runs()
