"""Tables of campaigns: frozen versions, launches, step runs."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from outreach.core.ids import uuid7
from outreach.organisation.models import School, Staff


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
    imported_by = models.CharField(max_length=254)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["campaign", "number"], name="version_number_once")
        ]


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

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True)
                | ~models.Q(approved_by=models.F("created_by")),
                name="approved_by_a_second_person",
            )
        ]


class LaunchEvent(models.Model):
    """Append-only: each change of a launch's state, who, when and why."""

    launch = models.ForeignKey(Launch, models.PROTECT, related_name="events")
    from_state = models.CharField(max_length=10)
    to_state = models.CharField(max_length=10)
    actor = models.CharField(max_length=254)
    why = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()


class StepRunState(models.TextChoices):
    WAITING = "waiting", "Not planned yet"
    PLANNED = "planned", "Planned"
    FINISHED = "finished", "Finished"


class StepRun(models.Model):
    """One occurrence of one step; unique, so it fires once whatever happens (promise 3)."""

    uuid = models.UUIDField(unique=True, default=uuid7)
    launch = models.ForeignKey(Launch, models.PROTECT, related_name="step_runs")
    step_key = models.CharField(max_length=60)
    occurrence_key = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=StepRunState, default=StepRunState.WAITING)
    position = models.PositiveSmallIntegerField()
    # "Tip 2 of 5" as its readers count: among the steps that go to the same people.
    number = models.PositiveSmallIntegerField(default=1)
    total = models.PositiveSmallIntegerField(default=1)
    day = models.DateField()
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
