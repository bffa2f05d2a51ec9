"""Tables of delivery: the ledger, its batches, its side tables and its counters.

`Delivery` and `DeliveryEvent` are partitioned by range of `step_run_id`; their real
shape stands in migration 0002, the classes here only describe it to Django.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from outreach.audience.models import Address, Person
from outreach.campaigns.models import Launch, StepRun
from outreach.consent.models import Topic
from outreach.delivery import answer_models, health_models
from outreach.organisation.models import Channel, School, Sender
from outreach.organisation.sealed_fields import ActorField, SealedCharField

# Django knows the tables that it finds here.
Answer = answer_models.Answer
HealthState = health_models.HealthState
SenderHealth = health_models.SenderHealth
SenderPulse = health_models.SenderPulse


class DeliveryState(models.TextChoices):
    """Where one message stands. The rules of moving stand in `rules.MATRIX`."""

    PENDING = "pending", "Waiting"
    SENDING = "sending", "Being sent"
    ACCEPTED = "accepted", "Sent"
    DELIVERED = "delivered", "Delivered"
    BOUNCED = "bounced", "Came back"
    FAILED = "failed", "Failed"
    UNKNOWN = "unknown", "Outcome unknown"
    EXPIRED = "expired", "Too late"
    SKIPPED = "skipped", "Not sent"
    CANCELLED = "cancelled", "Cancelled"


class Batch(models.Model):
    """Up to 1,000 deliveries alike in zone, channel, sender and topic: the queue's unit of work.

    Its deliveries are those of the step run with `first_id` <= id <= `last_id` that name it:
    what fell back from it stands in a batch of its own, over the same ids.
    `lease_until` is by the database's clock; `opens_at` and `closes_at` are business time.
    `sender`: who writes now; `instead_of`: whom it stands in for, who writes again once it can.
    """

    step_run = models.ForeignKey(StepRun, models.PROTECT)
    channel = models.CharField(max_length=5, choices=Channel)
    sender = models.ForeignKey(Sender, models.PROTECT)
    instead_of = models.ForeignKey(
        Sender, models.PROTECT, null=True, related_name="+", db_index=False
    )
    topic = models.ForeignKey(Topic, models.PROTECT)
    zone = models.CharField(max_length=64)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    is_done = models.BooleanField(default=False)
    lease_token = models.BigIntegerField(null=True)
    lease_until = models.DateTimeField(null=True)
    try_after = models.DateTimeField(null=True)
    woken_at = models.DateTimeField(null=True)
    served_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(opens_at__lt=models.F("closes_at"))
                & models.Q(closes_at__lte=models.F("expires_at")),
                name="batch_window_is_ordered",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["opens_at"], condition=models.Q(is_done=False), name="batch_open"),
            models.Index(fields=["step_run"], name="batch_by_step_run"),
            models.Index(
                fields=["step_run", "closes_at", "id"],
                condition=models.Q(is_done=False),
                name="batch_next",
            ),
            models.Index(
                fields=["sender"],
                condition=models.Q(lease_token__isnull=False),
                name="batch_worked",
            ),
        ]


class Delivery(models.Model):
    """The ledger row: one step run to one person through one school.

    Unique: (step run, person) and (step run, address), promise 1. `attempt` counts
    claims; `call_id` groups what went out in one request, so one proof serves all.
    """

    pk = models.CompositePrimaryKey("step_run_id", "id")
    step_run = models.ForeignKey(StepRun, models.PROTECT, db_index=False)
    id = models.BigIntegerField()
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, db_index=False)
    person = models.ForeignKey(Person, models.PROTECT, db_index=False)
    address = models.ForeignKey(Address, models.PROTECT, null=True, db_index=False)
    school = models.ForeignKey(School, models.PROTECT, db_index=False)
    language = models.CharField(max_length=12)
    state = models.CharField(max_length=9, choices=DeliveryState)
    reason = models.CharField(max_length=40, null=True)
    attempt = models.SmallIntegerField()
    call_id = models.BigIntegerField(null=True)
    message_id = models.CharField(max_length=120, null=True)
    segments = models.SmallIntegerField(null=True)
    state_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "delivery_delivery"


class DeliveryEvent(models.Model):
    """Append-only: every change of a delivery's state, who, when and why."""

    pk = models.CompositePrimaryKey("step_run_id", "id")
    step_run = models.ForeignKey(StepRun, models.PROTECT, db_index=False)
    id = models.BigIntegerField()
    delivery_id = models.BigIntegerField()
    at = models.DateTimeField()
    event = models.CharField(max_length=20)
    from_state = models.CharField(max_length=9)
    to_state = models.CharField(max_length=9)
    attempt = models.SmallIntegerField()
    actor = ActorField(max_length=254)
    detail = models.CharField(max_length=120, null=True)

    class Meta:
        managed = False
        db_table = "delivery_deliveryevent"


class UnknownOutcome(models.Model):
    """The deliveries whose outcome nobody knows yet, where they can be found quickly.

    `sender`: who wrote then; the batch may have another by now.
    """

    step_run = models.ForeignKey(StepRun, models.PROTECT)
    delivery_id = models.BigIntegerField()
    attempt = models.SmallIntegerField()
    call_id = models.BigIntegerField(null=True)
    sender = models.ForeignKey(Sender, models.PROTECT, null=True, db_index=False)
    since = models.DateTimeField()
    looked_up_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["step_run", "delivery_id"], name="unknown_once")
        ]
        indexes: ClassVar = [models.Index(fields=["call_id"], name="unknown_by_call")]


class Retry(models.Model):
    """Failed deliveries that may pass later, and when they are tried again."""

    step_run = models.ForeignKey(StepRun, models.PROTECT)
    delivery_id = models.BigIntegerField()
    due_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["step_run", "delivery_id"], name="retry_once")
        ]
        indexes: ClassVar = [models.Index(fields=["due_at"], name="retry_due")]


class FallbackDue(models.Model):
    """Deliveries that failed for good, and when their person's other channel is tried."""

    step_run = models.ForeignKey(StepRun, models.PROTECT)
    delivery_id = models.BigIntegerField()
    due_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["step_run", "delivery_id"], name="fallback_due_once")
        ]
        indexes: ClassVar = [models.Index(fields=["due_at"], name="fallback_due_at")]


class Fallback(models.Model):
    """Where a delivery went before it fell back: its batch, address and last attempt there.

    A delivery falls back once. Receipts of attempts up to `attempt` belong to that address and
    move nothing any more. No foreign keys into the ledger's neighbours, as in the ledger.
    """

    step_run = models.ForeignKey(StepRun, models.PROTECT, db_index=False)
    delivery_id = models.BigIntegerField()
    attempt = models.SmallIntegerField()
    batch = models.ForeignKey(Batch, models.PROTECT, db_index=False, db_constraint=False)
    address = models.ForeignKey(Address, models.PROTECT, db_index=False, db_constraint=False)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["step_run", "delivery_id"], name="fallback_once"),
            models.UniqueConstraint(fields=["address", "step_run"], name="fallback_address_once"),
        ]


class Tally(models.Model):
    """Counters for pages: how many deliveries of a batch stand in a state, by worker.

    The sum over workers is the number; no row is shared by two workers. `reason`: why, for
    those that are skipped; "" in every other state.
    """

    step_run = models.ForeignKey(StepRun, models.PROTECT, db_index=False)
    batch_key = models.BigIntegerField()  # 0 for the planner's, and for those of finished batches
    worker = models.CharField(max_length=60)
    state = models.CharField(max_length=9, choices=DeliveryState)
    reason = models.CharField(max_length=40, default="", db_default="", blank=True)
    number = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["step_run", "batch_key", "state", "reason", "worker"], name="tally_once"
            )
        ]


class BatchCount(models.Model):
    """How many deliveries of a finished batch stand in a state, for lists of one state.

    What its counters said when they were added up; counters that came later go on top. Never
    `pending` or `sending`, in which only deliveries of open batches are.
    """

    pk = models.CompositePrimaryKey("step_run_id", "state", "batch_id")
    step_run = models.ForeignKey(StepRun, models.PROTECT, db_index=False)
    state = models.CharField(max_length=9, choices=DeliveryState)
    batch = models.ForeignKey(Batch, models.PROTECT, db_index=False, db_constraint=False)
    number = models.BigIntegerField()


class Pace(models.Model):
    """How many deliveries came into a state per minute, by worker, for plots and rates."""

    step_run = models.ForeignKey(StepRun, models.PROTECT, db_index=False)
    minute = models.DateTimeField()
    worker = models.CharField(max_length=60)
    state = models.CharField(max_length=9, choices=DeliveryState)
    number = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["step_run", "minute", "state", "worker"], name="pace_once"
            )
        ]


class Spend(models.Model):
    """Reserved before the send: money per `launch:<id>` and `day:<date>`, messages per
    `sender:<id>:<date>` and `account:<provider>:<date>` where those have a limit."""

    key = models.CharField(max_length=60, primary_key=True)
    micros = models.BigIntegerField(default=0)
    messages = models.BigIntegerField(default=0)


class Spread(models.Model):
    """The even pace of one step run in one zone's window, over all workers.

    By `starts_at` + x % of the way to `ends_at`, x % of `planned` may have been claimed.
    Counted in the claim itself, so that it holds without Redis and across restarts.
    """

    step_run = models.ForeignKey(StepRun, models.PROTECT)
    zone = models.CharField(max_length=64)
    opens_at = models.DateTimeField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    planned = models.BigIntegerField()
    used = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["step_run", "zone", "opens_at"], name="spread_once")
        ]


class Turn(models.Model):
    """When a launch was last served in a channel: who waited longest is next."""

    launch = models.ForeignKey(Launch, models.PROTECT)
    channel = models.CharField(max_length=5, choices=Channel)
    served_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["launch", "channel"], name="turn_once")
        ]


class SchoolStop(models.Model):
    """ "School stopped": nothing goes out in this school's name until it is lifted."""

    school = models.ForeignKey(School, models.PROTECT)
    launch = models.ForeignKey(Launch, models.PROTECT, null=True)
    why = models.CharField(max_length=300)
    actor = ActorField(max_length=254)
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = ActorField(max_length=254, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["school"],
                condition=models.Q(lifted_at__isnull=True),
                name="school_stop_active",
            )
        ]


class SenderSwitch(models.Model):
    """Append-only: from when on another sender wrote a batch, and why."""

    batch = models.ForeignKey(Batch, models.PROTECT)
    before = models.ForeignKey(Sender, models.PROTECT, related_name="+", db_index=False)
    after = models.ForeignKey(Sender, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    why = SealedCharField(max_length=200)


class BlockKind(models.TextChoices):
    """What a block of the ledger's chain says."""

    EVENTS = "events", "These events are so"
    DROPPED = "dropped", "The events of this step run are kept no longer"


class LedgerBlock(models.Model):
    """Append-only: a block of the chain that seals the ledger's events (`sealing`).

    `below_era`, `below_tx`: all transactions before it are sealed. `marks`: which events, packed.
    `digest`: keyed with the key of that fingerprint, over the events and the block before.
    """

    number = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=7, choices=BlockKind)
    step_run = models.ForeignKey(StepRun, models.PROTECT, db_constraint=False)
    below_era = models.IntegerField()
    below_tx = models.BigIntegerField()
    events = models.PositiveIntegerField()
    marks = models.BinaryField()
    digest = models.BinaryField(max_length=32)
    key = models.CharField(max_length=16)
    sealed_at = models.DateTimeField()
