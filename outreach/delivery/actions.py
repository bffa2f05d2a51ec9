"""The verbs of this room, as doors and tasks call them."""

from __future__ import annotations

from dataclasses import replace

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
from outreach.delivery.failover import (
    WITH_SENDERS,
    Choice,
    choose_sender,
    give_up_on,
    turn_batches,
)
from outreach.delivery.fallback import is_hard, note_failures
from outreach.delivery.health import note_pass
from outreach.delivery.models import Batch
from outreach.delivery.planning import plan_step_run
from outreach.delivery.receipts import apply_receipts, block_address
from outreach.delivery.sending import Lane, Pass, work_batch
from outreach.delivery.sending.aftermath import Aftermath
from outreach.delivery.spending import why_to_pause
from outreach.delivery.turns import take_turn
from outreach.inbox.door import open_gap
from outreach.organisation import lanes
from outreach.organisation.audit import WORKER
from outreach.organisation.models import Channel, Sender
from outreach.organisation.standstill import standstill

__all__ = [
    "DECIDE_AFTER",
    "Verdict",
    "apply_receipts",
    "decide_unknown",
    "lift_school_stop",
    "plan_step_run",
    "retry_failed",
    "send_batch",
    "send_next",
    "stop_school",
]

NO_CREDENTIALS = "The provider does not accept our credentials."


def send_next(batch_id: int) -> Pass:
    """Works the batch whose turn it is in the channel of `batch_id`; raises what `send_batch` does.

    The wake-up is for the channel: it may lead to another launch's batch.
    """
    chosen = lanes.run_async(take_turn(batch_id))
    return send_batch(chosen) if chosen is not None else Pass()


def send_batch(batch_id: int) -> Pass:
    """Works a batch, then does what its answers ask for outside the ledger.

    Raises Unavailable, NotAllowed (the mode forbids), BadInput (provider not set up).
    """
    batch = Batch.objects.select_related(*WITH_SENDERS).filter(pk=batch_id, is_done=False).first()
    if batch is None or standstill() is not None:
        return Pass()
    if batch.channel == Channel.SMS and open_gap():
        # A STOP may stand in the provider's list alone: read that first (promise 7).
        wake(queues.READ_MISSED_TEXTS, queues.CONTROL)
        return Pass()
    choice = choose_sender(batch)
    if choice is None:
        return Pass()
    result = lanes.run_async(work_batch(batch_id, _lane(choice)))
    _tidy_up(result.aftermath, choice.sender)
    if note_pass(choice.sender, result.pulse):
        turn_batches()
    if result.is_left:
        queue = queues.SMS if batch.channel == Channel.SMS else queues.EMAIL
        wake(queues.SEND_BATCH, queue, batch_id)
    return result


def _lane(choice: Choice) -> Lane:
    sender = choice.sender
    lane = Lane(sender_id=sender.pk, is_probe=choice.is_probe, most_seconds=choice.most_seconds)
    if sender.channel == Channel.SMS:
        return replace(lane, sms=lanes.sms_provider(sender))
    return replace(lane, email=lanes.email_provider(sender))


def _tidy_up(aftermath: Aftermath, sender: Sender) -> None:
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
    hard = [delivery_id for delivery_id, kind, _ in aftermath.refused if is_hard(kind)]
    note_failures(aftermath.step_run_id, hard)
    if aftermath.unauthorised:
        if give_up_on(sender, NO_CREDENTIALS):
            turn_batches()
        else:
            _pause(aftermath.launch_id, NO_CREDENTIALS)
    elif why := why_to_pause(aftermath.full_ceiling):
        _pause(aftermath.launch_id, why)


def _pause(launch_id: int, why: str) -> None:
    """The launch stops by itself and says why; a person resumes it."""
    try:
        pause_launch(Launch.objects.get(pk=launch_id), actor=WORKER, why=why)
    except NotNow:
        return  # somebody paused or cancelled it meanwhile
