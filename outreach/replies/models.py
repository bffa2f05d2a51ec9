"""Tables of replies: what we understood, and what a human still has to decide."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from outreach.audience.models import Address
from outreach.core.ids import uuid7
from outreach.inbox.models import InboundMessage
from outreach.notices.models import Notice
from outreach.organisation.models import Channel, School, Sender, Staff
from outreach.organisation.sealed_fields import ActorField


class Reply(models.Model):
    """One inbound message, read. `why` names the rule, `matched` the words that it met.

    `language`: in which it seems to be written, "" unknown. `confidence`: in percent, None where
    it was not measured. `case`: which it belongs to.
    `answer`: what we wrote back.
    """

    inbound = models.OneToOneField(InboundMessage, models.PROTECT)
    address = models.ForeignKey(Address, models.SET_NULL, null=True)
    sender = models.ForeignKey(Sender, models.PROTECT, null=True)
    school = models.ForeignKey(School, models.PROTECT, null=True)
    case = models.ForeignKey("Case", models.PROTECT, null=True, related_name="replies")
    answer = models.ForeignKey(Notice, models.SET_NULL, null=True, related_name="+")
    meaning = models.CharField(max_length=20)
    why = models.CharField(max_length=200)
    matched = ArrayField(models.TextField(), default=list)
    language = models.CharField(max_length=12, blank=True)
    confidence = models.PositiveSmallIntegerField(null=True)
    stop_requested = models.BooleanField(default=False)
    at = models.DateTimeField()


class CaseState(models.TextChoices):
    OPEN = "open", "Waiting for a decision"
    CLOSED = "closed", "Closed"


class CaseKind(models.TextChoices):
    """What a case is about; the gravest of its replies decides."""

    CRISIS = "crisis", "Somebody may be in distress"
    HOLD = "hold", "Held: we are not sure what is meant"
    QUESTION = "question", "Something to read"


class Case(models.Model):
    """`reply`: the one that opened it; later ones of the same writer join it.

    `taken_by`: who has said that they see to it, None while nobody has.
    `next_alert_at`: nobody has opened the call for help, so people are alerted again then.
    `reminded_at`: when staff were last reminded of it. `text_erased_at`: its words are gone.
    """

    uuid = models.UUIDField(unique=True, default=uuid7)
    reply = models.OneToOneField(Reply, models.PROTECT, related_name="opened_case")
    kind = models.CharField(max_length=8, choices=CaseKind, default=CaseKind.QUESTION)
    state = models.CharField(max_length=6, choices=CaseState, default=CaseState.OPEN)
    priority = models.PositiveSmallIntegerField(default=5)
    stop_requested = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    taken_by = models.ForeignKey(Staff, models.PROTECT, null=True, db_index=False, related_name="+")
    taken_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    seen_by = ActorField(max_length=254, blank=True)
    alerts = models.PositiveSmallIntegerField(default=0)
    next_alert_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = ActorField(max_length=254, blank=True)
    outcome = models.CharField(max_length=300, blank=True)
    text_erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["priority", "opened_at"],
                condition=models.Q(state="open"),
                name="case_open",
            ),
            models.Index(
                fields=["next_alert_at"],
                condition=models.Q(next_alert_at__isnull=False),
                name="case_to_alert",
            ),
            models.Index(
                fields=["closed_at"],
                condition=models.Q(state="closed", text_erased_at__isnull=True),
                name="case_with_text",
            ),
        ]


class CaseAlert(models.Model):
    """Append-only: whom a round of alerts tried to reach. `notice` empty: nothing could carry it,
    for the reason in `problem`."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="sent_alerts")
    staff = models.ForeignKey(Staff, models.PROTECT)
    channel = models.CharField(max_length=5, choices=Channel)
    round = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    notice = models.ForeignKey(Notice, models.PROTECT, null=True, related_name="+")
    problem = models.CharField(max_length=200, blank=True)
