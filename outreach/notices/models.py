"""The table of notices: single messages outside campaigns."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from outreach.core.ids import uuid7
from outreach.organisation.models import Channel, School, Sender
from outreach.organisation.sealed_fields import ActorField, WordsField, WrittenAddressField


class NoticeKind(models.TextChoices):
    STOP_CONFIRMATION = "stop_confirmation", "Confirmation of a stop"
    START_CONFIRMATION = "start_confirmation", "Confirmation of coming back"
    HELP_REPLY = "help_reply", "Answer to HELP"
    TEST_SEND = "test_send", "Test message to staff"
    JOIN_CONFIRMATION = "join_confirmation", "Question whether a sign-up is meant"
    INVITATION = "invitation", "Invitation in a school's name"
    CONSENT_RECEIPT = "consent_receipt", "Receipt of a consent"
    OWN_DATA_LINK = "own_data_link", "Link to what we hold"
    CRISIS_HELP = "crisis_help", "Help lines for somebody in distress"
    CRISIS_ALERT = "crisis_alert", "Alert about a call for help"
    TEST_ALERT = "test_alert", "Test of the alert about a call for help"
    CASE_REMINDER = "case_reminder", "Reminder of replies that wait for a decision"
    CAP_WARNING = "cap_warning", "Warning that a spending cap is nearly reached"
    HOOK_FAILING = "hook_failing", "Warning that a webhook endpoint does not answer"
    SIGN_UP_ALERT = "sign_up_alert", "Alert to staff about a flood of sign-ups"
    STAFF_INVITATION = "staff_invitation", "Invitation of staff"
    PASSWORD_RESET = "password_reset", "Link for a new password"  # a kind of notice


class NoticeState(models.TextChoices):
    PENDING = "pending", "Pending"
    SENDING = "sending", "Sending"
    ACCEPTED = "accepted", "Accepted by the provider"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Failed"
    UNKNOWN = "unknown", "Outcome unknown"
    EXPIRED = "expired", "Too late"
    SKIPPED = "skipped", "Not sent"


class Notice(models.Model):
    """One message to one destination; `dedupe_key` makes it happen once.

    Personal data (destination, text) stays in this row: tasks carry its id only.
    """

    uuid = models.UUIDField(unique=True, default=uuid7)
    kind = models.CharField(max_length=20, choices=NoticeKind)
    dedupe_key = models.CharField(max_length=120, unique=True)
    channel = models.CharField(max_length=5, choices=Channel)
    destination = WrittenAddressField(max_length=320)
    sender = models.ForeignKey(Sender, models.PROTECT, null=True)
    school = models.ForeignKey(School, models.PROTECT, null=True)
    subject = WordsField(blank=True)
    html = WordsField(blank=True)
    text = WordsField()
    segments = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=NoticeState, default=NoticeState.PENDING)
    reason = models.CharField(max_length=200, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    message_id = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    not_before_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["not_before_at"],
                condition=models.Q(state__in=["pending", "sending"]),
                name="notice_open",
            )
        ]


class NoticeEvent(models.Model):
    """Append-only: each change of a notice's state, who, when and why (`detail`)."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="events")
    at = models.DateTimeField()
    from_state = models.CharField(max_length=10)
    to_state = models.CharField(max_length=10)
    attempt = models.PositiveSmallIntegerField()
    actor = ActorField(max_length=254)
    detail = models.CharField(max_length=200, blank=True)
