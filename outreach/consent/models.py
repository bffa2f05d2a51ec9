"""Tables of consent: who agreed to what, who said stop, and the proof of both."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from outreach.audience.models import Address
from outreach.organisation.models import Channel, School


class Topic(models.Model):
    """What a person agrees to receive."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)


class ConsentAct(models.TextChoices):
    GRANTED = "granted", "Granted"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Consent(models.Model):
    """Append-only. The newest row for (address, topic, school) is what holds."""

    address = models.ForeignKey(Address, models.CASCADE)
    topic = models.ForeignKey(Topic, models.PROTECT)
    school = models.ForeignKey(School, models.PROTECT)
    act = models.CharField(max_length=9, choices=ConsentAct)
    basis = models.CharField(max_length=20)
    source = models.CharField(max_length=200)
    wording = models.TextField()
    actor = models.CharField(max_length=254)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["address", "topic", "school", "id"], name="consent_history")
        ]


class ConsentState(models.Model):
    """The newest act per (address, topic, school), kept in the same transaction as the act.

    The claim reads this one row by its key; the history stays in `Consent`.
    """

    address = models.ForeignKey(Address, models.CASCADE)
    topic = models.ForeignKey(Topic, models.PROTECT)
    school = models.ForeignKey(School, models.PROTECT)
    granted = models.BooleanField()
    consent = models.ForeignKey(Consent, models.CASCADE)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["address", "topic", "school"], name="consent_state_once"
            )
        ]


class SuppressionReason(models.TextChoices):
    ASKED = "asked", "The person asked us to stop"
    BOUNCE = "bounce", "The address does not exist"
    COMPLAINT = "complaint", "Marked as spam"
    PROVIDER = "provider", "The provider holds an opt-out"
    STAFF = "staff", "Entered by staff"


class Suppression(models.Model):
    """ "Never send here". Keyed by hash, so that it outlives the erasure of the person."""

    channel = models.CharField(max_length=5, choices=Channel)
    digest = models.BinaryField(max_length=32)
    key_version = models.PositiveSmallIntegerField()
    topic = models.ForeignKey(Topic, models.PROTECT, null=True)
    reason = models.CharField(max_length=10, choices=SuppressionReason)
    evidence = models.CharField(max_length=200)
    actor = models.CharField(max_length=254)
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=254, blank=True)
    lifted_evidence = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["channel", "digest", "topic"],
                condition=models.Q(lifted_at__isnull=True),
                nulls_distinct=False,
                name="suppression_once",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["digest"],
                condition=models.Q(lifted_at__isnull=True),
                name="suppression_active",
            )
        ]


class Hold(models.Model):
    """Nothing goes to this address until a person decided."""

    address = models.ForeignKey(Address, models.CASCADE)
    reason = models.CharField(max_length=200)
    actor = models.CharField(max_length=254)
    at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    released_by = models.CharField(max_length=254, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["address"],
                condition=models.Q(released_at__isnull=True),
                name="hold_active",
            )
        ]
