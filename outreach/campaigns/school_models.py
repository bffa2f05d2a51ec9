"""Tables of what schools may change of a send, and what they changed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from outreach.organisation.models import School
from outreach.organisation.sealed_fields import ActorField


class SchoolBounds(models.Model):
    """What the manager of a launch lets its schools do with a step that is still to come.

    `move_days`: so many days earlier or later, 0 for not at all. No row: nothing.
    """

    launch = models.OneToOneField("campaigns.Launch", models.CASCADE, related_name="school_bounds")
    move_days = models.PositiveSmallIntegerField(default=0)
    may_skip = models.BooleanField(default=False)
    set_by = ActorField(max_length=254)
    set_at = models.DateTimeField()


class SchoolChange(models.Model):
    """A school leaves a step out, or has it on another day: who, when and why.

    `occasion`: the step run's occurrence key without its day, which a calendar may change.
    `from_day`: on which it stood there. `day`: on which it goes out, None for never.
    """

    launch = models.ForeignKey(
        "campaigns.Launch", models.PROTECT, related_name="school_changes", db_index=False
    )
    school = models.ForeignKey(School, models.PROTECT)
    step_key = models.CharField(max_length=60)
    occasion = models.CharField(max_length=60)
    from_day = models.DateField()
    day = models.DateField(null=True)
    why = models.CharField(max_length=300)
    actor = ActorField(max_length=254)
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = ActorField(max_length=254, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["launch", "school", "step_key", "occasion", "from_day"],
                condition=models.Q(undone_at__isnull=True),
                name="school_change_once",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["launch", "step_key"], name="school_change_of")]
