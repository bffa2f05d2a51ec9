"""Tables of senders' health: how each fares, and how its chunks went."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from outreach.organisation.models import Sender
from outreach.organisation.sealed_fields import ActorField


class HealthState(models.TextChoices):
    """Whether messages go through a sender. By the database's clock: it is about the real world."""

    HEALTHY = "healthy", "Works"
    TRIPPED = "tripped", "Does not work"
    PROBING = "probing", "Being tried again"


class SenderHealth(models.Model):
    """How a sender fares, as all workers see it. No row: nothing was ever wrong with it.

    `probe_at`: when a few messages try it again. `rest_seconds`: how long it was left alone the
    last time. `forced`: what staff decided in place of it all, "" while it is automatic.
    """

    sender = models.OneToOneField(Sender, models.CASCADE, primary_key=True, related_name="health")
    state = models.CharField(max_length=8, choices=HealthState, default=HealthState.HEALTHY)
    since = models.DateTimeField()
    why = models.CharField(max_length=200, blank=True)
    probe_at = models.DateTimeField(null=True)
    good_probes = models.PositiveSmallIntegerField(default=0)
    rest_seconds = models.PositiveIntegerField(default=0)
    forced = models.CharField(max_length=8, choices=HealthState, blank=True)
    forced_by = ActorField(max_length=254, blank=True)
    forced_why = models.CharField(max_length=300, blank=True)


class SenderPulse(models.Model):
    """How the chunks of a stretch of time went, by sender and worker; old ones are swept away.

    `failing`: chunks of which the provider did not take half. `milliseconds`: their waiting time
    together.
    """

    sender = models.ForeignKey(Sender, models.CASCADE, db_index=False)
    slot_at = models.DateTimeField()
    worker = models.CharField(max_length=60)
    chunks = models.PositiveIntegerField()
    failing = models.PositiveIntegerField()
    milliseconds = models.PositiveBigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sender", "slot_at", "worker"], name="pulse_once")
        ]
