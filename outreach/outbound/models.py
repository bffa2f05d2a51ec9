"""Tables of outgoing webhooks."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from outreach.core.ids import uuid7
from outreach.organisation.sealed_fields import ActorField


class HookEvent(models.TextChoices):
    """What an endpoint can be told."""

    DELIVERY = "delivery.changed", "What became of messages"
    CONSENT = "consent.changed", "What people agreed to, and stops"
    CASE = "case.opened", "That a reply waits for a person"


class HookState(models.TextChoices):
    ACTIVE = "active", "In use"
    PAUSED = "paused", "Paused"
    ENDED = "ended", "Ended"


class Hook(models.Model):
    """An endpoint. `secret`, `old_secret`: sealed; the old one signs too until `old_until`.

    `failing_since`: nothing has reached it since then, None while it answers. `problem`: why the
    last try failed. `why`: of its state.
    """

    uuid = models.UUIDField(unique=True, default=uuid7)
    url = models.CharField(max_length=500)
    events = ArrayField(models.CharField(max_length=20, choices=HookEvent))
    state = models.CharField(max_length=6, choices=HookState, default=HookState.ACTIVE)
    why = models.CharField(max_length=300, blank=True)
    secret = models.BinaryField()
    old_secret = models.BinaryField(null=True)
    old_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = ActorField(max_length=254)
    delivered_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["url"], condition=~models.Q(state="ended"), name="hook_once"
            )
        ]


class MessageState(models.TextChoices):
    WAITING = "waiting", "To be delivered"
    DEAD = "dead", "Given up"


class HookMessage(models.Model):
    """One request to one endpoint; gone when it was delivered. `body`: as it is signed and sent.

    `due_at`, `give_up_at`: of the machine's clock, as receivers live by a real one.
    """

    uuid = models.UUIDField(unique=True, default=uuid7)
    hook = models.ForeignKey(Hook, models.CASCADE)
    event = models.CharField(max_length=20, choices=HookEvent)
    body = models.TextField()
    state = models.CharField(max_length=7, choices=MessageState, default=MessageState.WAITING)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    give_up_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["hook", "event", "id"],
                condition=models.Q(state="waiting"),
                name="hook_message_next",
            ),
            models.Index(
                fields=["hook", "id"], condition=models.Q(state="dead"), name="hook_message_dead"
            ),
        ]


class Happening(models.Model):
    """A change of consent or a new case that is still to be said, noted by a trigger of its table.

    `row_id`: the key there. `tx`: the transaction that wrote it, as PostgreSQL counts.
    """

    source = models.CharField(max_length=20)
    act = models.CharField(max_length=7)
    row_id = models.BigIntegerField()
    tx = models.BigIntegerField()


class LedgerMark(models.Model):
    """One row: the ledger's events of all transactions below it have been said."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    era = models.IntegerField()
    tx = models.BigIntegerField()
