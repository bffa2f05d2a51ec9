"""Keeps the record of upkeep: a run is noted when it begins, and again when it ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db.models.functions import Now

from outreach.core.errors import OutreachError
from outreach.operations.models import UpkeepKind, UpkeepRun

_LONGEST_FAILURE = 300


@contextmanager
def noted(kind: UpkeepKind) -> Iterator[dict[str, object]]:
    """Notes a run; the block fills in what it did. A failure is noted and goes on its way."""
    result: dict[str, object] = {}
    run = UpkeepRun.objects.create(kind=kind, began_at=Now())
    try:
        yield result
    except (OutreachError, OSError) as error:
        _end(run, result, str(error)[:_LONGEST_FAILURE])
        raise
    _end(run, result, "")


def latest(kind: UpkeepKind) -> UpkeepRun | None:
    return UpkeepRun.objects.filter(kind=kind).order_by("-began_at").first()


def latest_good(kind: UpkeepKind) -> UpkeepRun | None:
    good = UpkeepRun.objects.filter(kind=kind, ended_at__isnull=False, failure="")
    return good.order_by("-began_at").first()


def _end(run: UpkeepRun, result: Mapping[str, object], failure: str) -> None:
    UpkeepRun.objects.filter(pk=run.pk).update(ended_at=Now(), result=dict(result), failure=failure)
