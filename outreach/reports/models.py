"""Tables of reports: what each step run comes to, by one thing at a time.

Never by two: which language at which school would be a group small enough to know people in.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from outreach.campaigns.models import StepRun
from outreach.organisation.models import School


class Dimension(models.TextChoices):
    """By what a step run is counted."""

    ALL = "all", "Together"
    SCHOOL = "school", "School"
    LANGUAGE = "language", "Language"
    CHANNEL = "channel", "Channel"


class RunCount(models.Model):
    """When a finished step run was last counted; `is_final`: nothing more can come to it."""

    step_run = models.OneToOneField(StepRun, models.PROTECT, primary_key=True)
    counted_at = models.DateTimeField()
    is_final = models.BooleanField(default=False)


class RunFigure(models.Model):
    """One group of a step run. `key`: the school's slug, the language's tag or the channel, ""
    for all together and for those for whom no channel was found.

    `planned` = `left_out` + `reached` + `failed` + `unknown`; `delivered` is part of `reached`.
    """

    step_run = models.ForeignKey(StepRun, models.PROTECT, db_index=False)
    dimension = models.CharField(max_length=8, choices=Dimension)
    key = models.CharField(max_length=50, blank=True)
    school = models.ForeignKey(School, models.PROTECT, null=True, db_index=False)
    planned = models.BigIntegerField()
    left_out = models.BigIntegerField()
    reached = models.BigIntegerField()
    delivered = models.BigIntegerField()
    failed = models.BigIntegerField()
    unknown = models.BigIntegerField()
    opted_out = models.BigIntegerField()
    answered = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["step_run", "dimension", "key"], name="figure_once")
        ]


class LiveDimension(models.TextChoices):
    """By what a step run is counted while it goes out."""

    SCHOOL = "school", "School"
    LANGUAGE = "language", "Language"
    CHANNEL = "channel", "Channel"
    CAUSE = "cause", "Why it failed"


class LiveCount(models.Model):
    """When a step run was last counted while it goes out, and the time before that.

    `stamp`: its counters then. `next_at`: not counted again before, by the machine's clock.
    """

    step_run = models.OneToOneField(StepRun, models.PROTECT, primary_key=True)
    counted_at = models.DateTimeField()
    before_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField()
    stamp = models.TextField()


class LiveFigure(models.Model):
    """One group of a step run by state. `gone_out_before`: what had gone out at the count before.

    `micros`: what its texts cost, by the price list of that moment.
    """

    step_run = models.ForeignKey(StepRun, models.PROTECT, db_index=False)
    dimension = models.CharField(max_length=8, choices=LiveDimension)
    key = models.CharField(max_length=80, blank=True)
    school = models.ForeignKey(School, models.PROTECT, null=True, db_index=False)
    by_state = models.JSONField()
    gone_out_before = models.BigIntegerField(default=0)
    micros = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["step_run", "dimension", "key"], name="live_figure_once"
            )
        ]
