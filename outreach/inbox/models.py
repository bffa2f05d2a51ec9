"""Tables of the inbox: what providers told us, stored once, before anyone asks what it means."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from outreach.organisation.models import Channel
from outreach.organisation.sealed_fields import SealedJSONField, WordsField, WrittenAddressField


class Door(models.Model):
    """One row: whether the webhooks' process can store, by the database's clock.

    `seen_at`: it last could. `missed_since`: it could not from then on, for longer than Twilio
    comes again, and nobody has read the texts of that time from Twilio's list yet.
    `read_back_at`: somebody last began to.
    """

    id = models.SmallIntegerField(primary_key=True)
    seen_at = models.DateTimeField()
    missed_since = models.DateTimeField(null=True)
    read_back_at = models.DateTimeField(null=True)


class ProviderEvent(models.Model):
    """A status callback. `token` is our own opaque token, as it came back."""

    provider = models.CharField(max_length=20)
    event_key = models.CharField(max_length=200)
    token = models.CharField(max_length=120, blank=True)
    message_id = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=20, blank=True)
    provider_code = models.CharField(max_length=40, blank=True)
    refusal = models.CharField(max_length=20, blank=True)
    permanent = models.BooleanField(default=False)
    occurred_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "event_key"], name="provider_event_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["id"],
                condition=models.Q(processed_at__isnull=True),
                name="provider_event_waiting",
            )
        ]


class InboundMessage(models.Model):
    """What somebody wrote to us. Files are never stored, only counted."""

    provider = models.CharField(max_length=20)
    message_id = models.CharField(max_length=250)
    channel = models.CharField(max_length=5, choices=Channel)
    from_address = WrittenAddressField(max_length=320)
    to_address = models.CharField(max_length=320)
    subject = WordsField(blank=True)
    text = WordsField(blank=True)
    headers = SealedJSONField(default=dict)
    opt_out_type = models.CharField(max_length=10, blank=True)
    files_dropped = models.PositiveSmallIntegerField(default=0)
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "message_id"], name="inbound_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["id"],
                condition=models.Q(processed_at__isnull=True),
                name="inbound_waiting",
            )
        ]
