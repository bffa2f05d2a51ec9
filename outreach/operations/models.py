"""The table of operations: what the installation's own upkeep did, and when."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class UpkeepKind(models.TextChoices):
    RETENTION = "retention", "Forgetting what is kept no longer"
    BACKUP = "backup", "Backup"
    RESTORE = "restore", "Restore"


class UpkeepRun(models.Model):
    """One run. `result`: counts, without personal data. `failure`: why it did not come to an end.

    `began_at`, `ended_at`: by the database's clock, also in a time-lapse.
    """

    kind = models.CharField(max_length=9, choices=UpkeepKind)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)
    failure = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["kind", "-began_at"], name="upkeep_latest")]


class StopJournal(models.Model):
    """One row: up to where stops were written to the journal beside the backups."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    suppression_id = models.BigIntegerField(default=0)
    consent_id = models.BigIntegerField(default=0)
