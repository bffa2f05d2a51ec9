"""Tables of replies: what we understood, and what a human still has to decide."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from outreach.audience.models import Address
from outreach.core.ids import uuid7
from outreach.inbox.models import InboundMessage
from outreach.organisation.models import School, Sender


class Reply(models.Model):
    """One inbound message, read. `why` names the rule and the words it matched."""

    inbound = models.OneToOneField(InboundMessage, models.PROTECT)
    address = models.ForeignKey(Address, models.SET_NULL, null=True)
    sender = models.ForeignKey(Sender, models.PROTECT, null=True)
    school = models.ForeignKey(School, models.PROTECT, null=True)
    meaning = models.CharField(max_length=20)
    why = models.CharField(max_length=200)
    at = models.DateTimeField()


class CaseState(models.TextChoices):
    OPEN = "open", "Waiting for a decision"
    CLOSED = "closed", "Closed"


class Case(models.Model):
    uuid = models.UUIDField(unique=True, default=uuid7)
    reply = models.OneToOneField(Reply, models.PROTECT)
    state = models.CharField(max_length=6, choices=CaseState, default=CaseState.OPEN)
    priority = models.PositiveSmallIntegerField(default=5)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=254, blank=True)
    outcome = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["priority", "opened_at"],
                condition=models.Q(state="open"),
                name="case_open",
            )
        ]
