"""Failed for a reason that passes: tried again later, a few times, within its window.

Owns the delays and the budget. A delivery that is tried again goes through the same claim as
the first time, so whoever said stop meanwhile is skipped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.db import connection, transaction

from outreach.core.clock import now
from outreach.core.errors import Refusal
from outreach.delivery.controls import REOPEN_SQL
from outreach.delivery.ledger import Moved, News, move
from outreach.delivery.models import DeliveryState, Retry
from outreach.delivery.rules import Event
from outreach.organisation.audit import CLOCK

# By the kind of the failure: the wait after the first attempt, after the second …; the failure
# after that is the last. A kind that is not here would fail again: a landline (30006) stays one,
# a text that a carrier filtered stays that text, an opt-out is obeyed.
DELAYS: Mapping[str, tuple[timedelta, ...]] = {
    Refusal.UNREACHABLE: (timedelta(minutes=15), timedelta(minutes=60)),  # 30003: switched off
    Refusal.PASSING: (timedelta(minutes=60), timedelta(hours=4)),  # 30001: a full queue empties
}
# Spread over this share, so that a thousand phones of one dead cell are not tried at once.
_JITTER_SHARE = 0.4
_MOST = 2_000

# Only while the delivery is still failed and its batch may still send then.
_DUE = """
DELETE FROM delivery_retry t USING delivery_delivery d, delivery_batch b
WHERE t.due_at <= %(now)s AND d.step_run_id = t.step_run_id AND d.id = t.delivery_id
  AND b.id = d.batch_id
  AND t.id IN (SELECT id FROM delivery_retry WHERE due_at <= %(now)s ORDER BY due_at
    LIMIT %(most)s FOR UPDATE SKIP LOCKED)
RETURNING t.step_run_id, t.delivery_id, d.state = 'failed' AND b.expires_at > %(now)s
"""

# An attempt that a busy provider gave back was none, so it uses up nothing of the budget.
_TRIED = """
SELECT d.id, (SELECT count(*) FROM delivery_deliveryevent e
  WHERE e.step_run_id = d.step_run_id AND e.delivery_id = d.id AND e.event = 'retry')
FROM delivery_delivery d WHERE d.step_run_id = %(run)s AND d.id = ANY (%(ids)s)
"""


def plan_retries(step_run_id: int, moved: Sequence[Moved], refusals: Mapping[int, str]) -> int:
    """Notes a time for each delivery that just failed for a passing reason and has budget left.

    `refusals`: delivery id -> kind of refusal, of the receipts that moved it. In the caller's
    transaction.
    """
    failed = [
        each.id
        for each in moved
        if each.after == DeliveryState.FAILED
        and each.before != DeliveryState.FAILED
        and refusals.get(each.id) in DELAYS
    ]
    if not failed:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_TRIED, {"run": step_run_id, "ids": failed})
        found = [(each, DELAYS[refusals[each]], tried) for each, tried in cursor.fetchall()]
    rows = [
        Retry(
            step_run_id=step_run_id,
            delivery_id=each,
            due_at=now() + _spread(delays[tried], each),
        )
        for each, delays, tried in found
        if tried < len(delays)
    ]
    return len(Retry.objects.bulk_create(rows, ignore_conflicts=True))


def _spread(delay: timedelta, delivery_id: int) -> timedelta:
    """The same for the same delivery each time; neighbours differ."""
    share = (delivery_id * 7919 % 1000) / 1000 - 0.5
    return delay * (1 + _JITTER_SHARE * share)


def retry_due() -> int:
    """Puts what is due back to waiting and opens its batch again; returns how many."""
    by_run: dict[int, list[News]] = {}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_DUE, {"now": now(), "most": _MOST})
        for step_run_id, delivery_id, may_go in cursor.fetchall():
            if may_go:
                by_run.setdefault(step_run_id, []).append(News(delivery_id, Event.RETRY))
        for step_run_id, news in sorted(by_run.items()):
            move(cursor, step_run_id, news, now=now(), actor=CLOCK.name, worker="sweeper")
            cursor.execute(REOPEN_SQL, [step_run_id, [each.id for each in news]])
    return sum(len(news) for news in by_run.values())
