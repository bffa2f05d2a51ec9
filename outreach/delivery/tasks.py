"""Celery bodies of this room: ids in, one action, nothing else.

A task that fails is not retried by Celery: the sweeper finds the row that is still open
and wakes somebody again, so there is one way back and not two.
"""

from __future__ import annotations

import logging

from celery import shared_task

from outreach.core import queues
from outreach.core.errors import OutreachError
from outreach.core.wake import wake
from outreach.delivery.actions import send_next
from outreach.delivery.planning import plan_step_run
from outreach.delivery.receipts import apply_receipts
from outreach.delivery.reconcile import reconcile_unknown
from outreach.delivery.upkeep import wake_due_batches

_LOG = logging.getLogger(__name__)
_RECEIPTS = 500


@shared_task(name=queues.SEND_BATCH)
def send_batch_task(batch_id: int) -> None:
    """Works a batch of this one's channel for some twenty seconds, then asks for more."""
    try:
        send_next(batch_id)
    except OutreachError as error:
        _LOG.warning("a batch beside %s stays open: %s", batch_id, error.code)


@shared_task(name=queues.PLAN_STEP_RUN)
def plan_step_run_task(step_run_id: int) -> None:
    """Plans one step run and wakes workers for what is open already."""
    planned = plan_step_run(step_run_id)
    if planned.people:
        _LOG.info("step run %s: %s people planned", step_run_id, planned.people)
        wake_due_batches()


@shared_task(name=queues.APPLY_RECEIPTS)
def apply_receipts_task() -> None:
    """Applies waiting receipts until there are none; a full round asks for another."""
    if apply_receipts(_RECEIPTS) == _RECEIPTS:
        wake(queues.APPLY_RECEIPTS, queues.CONTROL)


@shared_task(name=queues.RECONCILE)
def reconcile_task() -> None:
    """Looks up outcomes that nobody knows."""
    reconcile_unknown()
