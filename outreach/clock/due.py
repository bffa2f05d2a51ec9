"""The coming moments at which something opens or has to be planned."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet

from outreach.campaigns.models import LaunchState, StepRun, StepRunState
from outreach.core.clock import now
from outreach.delivery.models import Batch

_MOST = 500


def coming_moments(ahead: timedelta) -> list[datetime]:
    """Openings, closings and plans due in the next `ahead` of business time, each once."""
    moment = now()
    until = moment + ahead
    running = {"step_run__launch__state": LaunchState.RUNNING}
    batches = Batch.objects.filter(is_done=False, **running)
    found = {
        *_between(batches, "opens_at", moment, until),
        *_between(batches, "closes_at", moment, until),
        *StepRun.objects.filter(
            state=StepRunState.WAITING,
            plan_at__gt=moment,
            plan_at__lte=until,
            launch__state__in=[LaunchState.RUNNING, LaunchState.PAUSED],
        ).values_list("plan_at", flat=True)[:_MOST],
    }
    return sorted(found)


def _between(
    batches: QuerySet[Batch], field: str, start: datetime, end: datetime
) -> list[datetime]:
    span = batches.filter(**{f"{field}__gt": start, f"{field}__lte": end})
    return list(span.values_list(field, flat=True).distinct()[:_MOST])
