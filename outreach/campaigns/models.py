"""Tables of campaigns: frozen versions, launches, step runs."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from outreach.campaigns import school_models
from outreach.core.ids import uuid7
from outreach.organisation.models import School, Staff
from outreach.organisation.sealed_fields import ActorField

# Django knows the tables that it finds here.
SchoolBounds = school_models.SchoolBounds
SchoolChange = school_models.SchoolChange


class Campaign(models.Model):
    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=120)
    created_at = models.DateTimeField()


class CampaignVersion(models.Model):
    """A definition with its templates, as imported. Never changed: a change is a new row."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, unique=True)
    definition = models.TextField()
    files = models.JSONField()
    imported_at = models.DateTimeField()
    imported_by = ActorField(max_length=254)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["campaign", "number"], name="version_number_once")
        ]


class KeptCheck(models.Model):
    """What the checks found in a version or a message, by the content of both: kept_checks.py."""

    key = models.CharField(max_length=120, primary_key=True)
    answer = models.JSONField()


class LaunchState(models.TextChoices):
    DRAFT = "draft", "Draft"
    IN_REVIEW = "in_review", "Waiting for a decision"
    APPROVED = "approved", "Approved"
    SCHEDULED = "scheduled", "Scheduled"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    FINISHED = "finished", "Finished"
    CANCELLED = "cancelled", "Cancelled"


class Launch(models.Model):
    """An approved version running over an audience. No `schools`: all of them."""

    uuid = models.UUIDField(unique=True, default=uuid7)
    name = models.CharField(max_length=120)
    version = models.ForeignKey(CampaignVersion, models.PROTECT)
    state = models.CharField(max_length=10, choices=LaunchState, default=LaunchState.DRAFT)
    state_reason = models.CharField(max_length=300, blank=True)
    starts_on = models.DateField()
    schools = models.ManyToManyField(School)
    created_by = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    approved_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    cap_micros = models.BigIntegerField()
    unreviewed_languages_accepted = models.BooleanField(default=False)
    # Each step at an even pace over so long, None for as fast as its senders may.
    spread_minutes = models.PositiveIntegerField(null=True)
    paced_at = models.DateTimeField(null=True)  # when the even pace was last to be counted anew
    is_urgent = models.BooleanField(default=False)
    # A launch with steps that come again: when its days were last looked at.
    renewed_at = models.DateTimeField(null=True)
    # Nobody else may approve: when its maker asked, a day before they may do it alone.
    alone_asked_at = models.DateTimeField(null=True)
    # What the campaign allows all workers together, None for as fast as its senders may.
    rate_per_second = models.FloatField(null=True)
    urgent_asked_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    urgent_why = models.CharField(max_length=300, blank=True)
    urgent_approved_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(is_urgent=False)
                | (
                    models.Q(urgent_asked_by__isnull=False, urgent_approved_by__isnull=False)
                    & ~models.Q(urgent_approved_by=models.F("urgent_asked_by"))
                ),
                name="urgent_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True)
                | ~models.Q(approved_by=models.F("created_by"))
                | models.Q(
                    approved_at__gte=models.F("alone_asked_at") + timedelta(hours=24),
                    alone_asked_at__isnull=False,
                ),
                name="approved_by_a_second_person",
            ),
        ]


class LaunchEvent(models.Model):
    """Append-only: each change of a launch's state, who, when and why."""

    launch = models.ForeignKey(Launch, models.PROTECT, related_name="events")
    from_state = models.CharField(max_length=10)
    to_state = models.CharField(max_length=10)
    actor = ActorField(max_length=254)
    why = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()


class MoveState(models.TextChoices):
    ASKED = "asked", "Waiting for a decision"
    APPROVED = "approved", "Approved"
    DECLINED = "declined", "Declined"


class LaunchMove(models.Model):
    """A launch that runs goes on with another version: who asked, and who decided."""

    launch = models.ForeignKey(Launch, models.PROTECT, related_name="moves")
    from_version = models.ForeignKey(CampaignVersion, models.PROTECT, related_name="+")
    to_version = models.ForeignKey(CampaignVersion, models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=MoveState, default=MoveState.ASKED)
    asked_by = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    why = models.CharField(max_length=300)
    decided_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_why = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["launch"], condition=models.Q(state="asked"), name="one_open_move"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="approved")
                | (
                    models.Q(decided_by__isnull=False)
                    & (
                        ~models.Q(decided_by=models.F("asked_by"))
                        | models.Q(decided_at__gte=models.F("asked_at") + timedelta(hours=24))
                    )
                ),
                name="moved_by_a_second_person",
            ),
        ]


class StepRunState(models.TextChoices):
    WAITING = "waiting", "Not planned yet"
    PLANNED = "planned", "Planned"
    FINISHED = "finished", "Finished"


class StepRun(models.Model):
    """One occurrence of one step; unique, so it fires once whatever happens (promise 3).

    `version`: by which it was planned, for good; None while it waits, and then its launch's counts.
    `most_messages` in `most_in_days` days: what one person may get, asked again at the claim.
    """

    uuid = models.UUIDField(unique=True, default=uuid7)
    launch = models.ForeignKey(Launch, models.PROTECT, related_name="step_runs")
    step_key = models.CharField(max_length=60)
    occurrence_key = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=StepRunState, default=StepRunState.WAITING)
    version = models.ForeignKey(CampaignVersion, models.PROTECT, null=True, related_name="+")
    most_messages = models.PositiveSmallIntegerField(null=True)
    most_in_days = models.PositiveSmallIntegerField(null=True)
    position = models.PositiveSmallIntegerField()
    # "Tip 2 of 5" as its readers count; number 0 for a step that they do not count.
    number = models.PositiveSmallIntegerField(default=1)
    total = models.PositiveSmallIntegerField(default=1)
    day = models.DateField()
    at = models.TimeField(null=True)  # on the wall clock; None in rows of before
    # Where it goes out on this day, None for all schools of the launch.
    school_ids = ArrayField(models.BigIntegerField(), null=True)
    # Days from then on on which it may not go out.
    closed_days = ArrayField(models.DateField(), default=list)
    # The days on which its readers first agreed, for a step after the opt-in.
    joined_days = ArrayField(models.DateField(), default=list)
    spread_minutes = models.PositiveIntegerField(null=True)
    plan_at = models.DateTimeField()
    last_close_at = models.DateTimeField()
    planned_at = models.DateTimeField(null=True)
    topped_up_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["launch", "step_key", "occurrence_key"], name="step_run_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["plan_at"],
                condition=models.Q(state="waiting"),
                name="step_run_due",
            )
        ]
