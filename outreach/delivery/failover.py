"""Who writes a batch when it is sent: its sender, or the one that stands in while that one is
out of order.

Owns the choice and the turning of batches. A batch turns only while nobody works it and none
of its calls is open, so what may have been taken by the one provider never goes to the other:
an unknown outcome stays with whom it happened, and only what certainly was not sent goes on.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.core.errors import BadInput, NotAllowed
from outreach.delivery.health import health_of, is_out_of_order, take_probe, trip
from outreach.delivery.models import Batch, HealthState
from outreach.delivery.sending.work import TASK_SECONDS
from outreach.organisation import lanes
from outreach.organisation.address_keys import seal
from outreach.organisation.models import Sender

_MOST = 1_000
# A probe is made where a pass begins, so a stand-in's passes are short.
_STAND_IN_SECONDS = 5.0
# Of each batch; what a sender that works never asks for is loaded where it is asked for.
WITH_SENDERS = ("sender__health",)

# The lease goes with it: a process that was frozen and comes back must not claim with the
# adapter of the sender before.
_TURN = """
WITH free AS (
  SELECT b.id, b.sender_id FROM delivery_batch b
  WHERE (%(batch)s::bigint IS NULL OR b.id = %(batch)s) AND NOT b.is_done
    AND coalesce(b.instead_of_id, b.sender_id) = %(own)s AND b.sender_id <> %(to)s
    AND b.opens_at <= %(now)s
    AND (b.lease_until IS NULL OR b.lease_until < clock_timestamp())
    AND NOT EXISTS (SELECT 1 FROM delivery_delivery d WHERE d.step_run_id = b.step_run_id
      AND d.id BETWEEN b.first_id AND b.last_id AND d.batch_id = b.id AND d.state = 'sending')
  ORDER BY b.closes_at, b.id LIMIT %(most)s FOR UPDATE OF b SKIP LOCKED
),
turned AS (
  UPDATE delivery_batch b SET sender_id = %(to)s, instead_of_id = nullif(%(own)s, %(to)s),
    lease_token = NULL, lease_until = NULL, try_after = NULL, woken_at = NULL
  FROM free WHERE b.id = free.id
)
INSERT INTO delivery_senderswitch (batch_id, before_id, after_id, at, why)
SELECT id, sender_id, %(to)s, %(now)s, %(why)s FROM free RETURNING batch_id
"""


@dataclass(frozen=True)
class Choice:
    """Who writes now. `is_probe`: a few messages only, to see whether the sender works again.

    `most_seconds`: for how long at once.
    """

    sender: Sender
    is_probe: bool = False
    most_seconds: float = TASK_SECONDS


def choose_sender(batch: Batch) -> Choice | None:
    """Decides, and turns the batch where that changes its sender; `batch` read WITH_SENDERS.

    None: it cannot turn at this moment, so nobody sends. Without a stand-in nothing is asked.
    """
    own = batch.instead_of or batch.sender
    choice = _choice(own)
    if choice.sender.pk == batch.sender_id:
        return choice
    return choice if _turn(own, choice.sender, batch.pk) else None


def _choice(own: Sender) -> Choice:
    other = own.stand_in if is_out_of_order(own) else None
    if other is None or not can_stand_in(other):
        return Choice(own)
    health = health_of(own)
    is_left_alone = not own.is_active or (health is not None and bool(health.forced))
    if not is_left_alone and take_probe(own):
        return Choice(own, is_probe=True)
    return Choice(other, most_seconds=_STAND_IN_SECONDS)


def can_stand_in(other: Sender) -> bool:
    """Whether it could write now. One that is itself out of order could not, unless staff say so
    or its rest is over."""
    if not other.is_active or not _is_set_up(other):
        return False
    health = health_of(other)
    if not is_out_of_order(other) or health is None:
        return True
    return health.forced == "" and take_probe(other)


def _is_set_up(sender: Sender) -> bool:
    try:
        if sender.channel == Channel.SMS:
            lanes.sms_provider(sender)
        else:
            lanes.email_provider(sender)
    except (BadInput, NotAllowed):
        return False
    return True


def give_up_on(sender: Sender, why: str) -> bool:
    """For what one answer proves, like refused credentials. True when another can write."""
    other = sender.stand_in
    if other is None or not can_stand_in(other):
        return False
    trip(sender, why)
    return True


def turn_batches() -> int:
    """Lets every open batch be written by whom it should be now; returns how many turned.

    So that a batch does not wait for the limit or pause of a sender that cannot send anyway.
    """
    related = ("health", "stand_in__health")
    senders = Sender.objects.filter(stand_in__isnull=False).select_related(*related)
    return sum(_turn(own, _writer(own)) for own in senders.order_by("pk"))


def _writer(own: Sender) -> Sender:
    """Without probing: who would be asked for one is the process that can send it."""
    other = own.stand_in
    if other is None or not is_out_of_order(own) or not other.is_active:
        return own
    return own if is_out_of_order(other) or not _is_set_up(other) else other


def _turn(own: Sender, to: Sender, batch_id: int | None = None) -> int:
    params = {
        "batch": batch_id,
        "own": own.pk,
        "to": to.pk,
        "now": now(),
        "why": seal(_why(own), "delivery_senderswitch.why"),
        "most": _MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TURN, params)
        return len(cursor.fetchall())


def _why(own: Sender) -> str:
    health = health_of(own)
    if not own.is_active:
        return f"{own.identity} is out of use."[:200]
    if health is None or not is_out_of_order(own):
        return "It works again."
    if health.forced == HealthState.TRIPPED:
        return f"Decided by {health.forced_by}: {health.forced_why}"[:200]
    return health.why
