"""The verbs of this room, as doors and tasks call them."""

from __future__ import annotations

from outreach.campaigns.actions import pause_launch
from outreach.campaigns.models import Launch
from outreach.consent.rules import reason_of_refusal
from outreach.core import queues
from outreach.core.errors import NotNow
from outreach.core.wake import wake
from outreach.delivery.controls import (
    DECIDE_AFTER,
    Verdict,
    decide_unknown,
    lift_school_stop,
    retry_failed,
    stop_school,
)
from outreach.delivery.models import Batch
from outreach.delivery.planning import plan_step_run
from outreach.delivery.receipts import apply_receipts, block_address
from outreach.delivery.sending import Lane, Pass, work_batch
from outreach.delivery.sending.aftermath import Aftermath
from outreach.inbox.door import open_gap
from outreach.organisation import lanes
from outreach.organisation.audit import WORKER
from outreach.organisation.models import Channel, Sender

__all__ = [
    "DECIDE_AFTER",
    "Verdict",
    "apply_receipts",
    "decide_unknown",
    "lift_school_stop",
    "plan_step_run",
    "retry_failed",
    "send_batch",
    "stop_school",
]

_CEILING_WORDS = {
    "launch": "The spending cap of this send is reached.",
    "day": "The spending cap of today is reached.",
    "trial": "Trial mode has sent its 50 messages of today.",
}


def send_batch(batch_id: int) -> Pass:
    """Works a batch, then does what its answers ask for outside the ledger.

    Raises Unavailable, NotAllowed (the mode forbids), BadInput (provider not set up).
    """
    batch = Batch.objects.select_related("sender").filter(pk=batch_id, is_done=False).first()
    if batch is None:
        return Pass()
    if batch.channel == Channel.SMS and open_gap():
        # A STOP may stand in the provider's list alone: read that first (promise 7).
        wake(queues.READ_MISSED_TEXTS, queues.CONTROL)
        return Pass()
    result = lanes.run_async(work_batch(batch_id, _lane(batch.sender)))
    _tidy_up(result.aftermath)
    if result.is_left:
        queue = queues.SMS if batch.channel == Channel.SMS else queues.EMAIL
        wake(queues.SEND_BATCH, queue, batch_id)
    return result


def _lane(sender: Sender) -> Lane:
    if sender.channel == Channel.SMS:
        return Lane(sms=lanes.sms_provider(sender))
    return Lane(email=lanes.email_provider(sender))


def _tidy_up(aftermath: Aftermath) -> None:
    for delivery_id, kind, code in aftermath.refused:
        reason = reason_of_refusal(kind)
        if reason is None:
            continue
        block_address(
            aftermath.step_run_id,
            delivery_id,
            reason,
            evidence=f"refused {code} for delivery {aftermath.step_run_id}/{delivery_id}",
        )
    if aftermath.unauthorised:
        _pause(aftermath.launch_id, "The provider does not accept our credentials.")
    elif aftermath.full_ceiling:
        kind = aftermath.full_ceiling.partition(":")[0]
        _pause(aftermath.launch_id, _CEILING_WORDS[kind])


def _pause(launch_id: int, why: str) -> None:
    """The launch stops by itself and says why; a person resumes it."""
    try:
        pause_launch(Launch.objects.get(pk=launch_id), actor=WORKER, why=why)
    except NotNow:
        return  # somebody paused or cancelled it meanwhile
