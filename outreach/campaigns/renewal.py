"""Launches that go on: newcomers, days that schools enter later, what comes again.

Run by the sweeper. Looks at each such launch every few minutes and makes the step runs that are
new; a step run is unique, so two sweepers at once make each once. What is planned stays: only
schools and days that were added are added to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from outreach.campaigns.definition import (
    ON,
    Occurrence,
    after_opt_in,
    ends_on,
    needs_calendars,
)
from outreach.campaigns.launch_plan import plan_launch, plan_newcomers
from outreach.campaigns.models import Launch, LaunchState, StepRun, StepRunState
from outreach.campaigns.moving import still_to_come
from outreach.campaigns.newcomers import joined_days
from outreach.campaigns.schedule import step_runs
from outreach.campaigns.versions import definition_of
from outreach.core.clock import now

EVERY = timedelta(minutes=10)
# The day before: somewhere it is still yesterday when the launch starts.
_DAY = timedelta(days=1)


def renew_launches() -> int:
    """Makes the step runs that have become known; returns how many."""
    moment = now()
    due = Launch.objects.filter(
        Q(renewed_at__isnull=True) | Q(renewed_at__lt=moment - EVERY),
        state__in=[LaunchState.RUNNING, LaunchState.PAUSED],
    ).select_related("version")
    return sum(_renew(launch, moment) for launch in due)


def _renew(launch: Launch, moment: datetime) -> int:
    definition = definition_of(launch.version)
    made = 0
    with transaction.atomic():
        # A conditional UPDATE: of two sweepers one goes on.
        # Nor does one that has read the version of before a move.
        mine = Launch.objects.filter(
            pk=launch.pk, renewed_at=launch.renewed_at, version=launch.version_id
        )
        if not mine.update(renewed_at=moment):
            return 0
        occurrences: list[Occurrence] = []
        if needs_calendars(definition) or launch.school_changes.exists():
            occurrences += plan_launch(launch).occurrences
            _forget(launch, occurrences)
        if after_opt_in(definition):
            occurrences += plan_newcomers(launch, joined_days(launch))
        made = _follow(launch, occurrences, moment)
    return made


def goes_on(launch: Launch) -> bool:
    """Whether something new may still come, although nothing waits at this moment."""
    last = ends_on(definition_of(launch.version), launch.starts_on)
    return last is not None and now().date() <= last + _DAY


def _follow(launch: Launch, occurrences: Sequence[Occurrence], moment: datetime) -> int:
    """New rows for what is new and still to come; the others take what was added to them."""
    there = {(run.step_key, run.occurrence_key): run for run in launch.step_runs.all()}
    lead = timedelta(minutes=settings.PLAN_LEAD_MINUTES)
    new: list[StepRun] = []
    for row in step_runs(launch, still_to_come(launch, occurrences), lead):
        run = there.get((row.step_key, row.occurrence_key))
        if run is not None:
            _add(run, row)
        elif row.last_close_at > moment:
            new.append(row)
    StepRun.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def _add(run: StepRun, row: StepRun) -> None:
    """A run that waits becomes `row`; one that is planned only grows."""
    if run.state == StepRunState.FINISHED:
        return
    if run.state == StepRunState.PLANNED:
        ids = None if run.school_ids is None else {*(row.school_ids or ()), *run.school_ids}
        row.school_ids = None if ids is None or row.school_ids is None else sorted(ids)
        row.joined_days = sorted({*row.joined_days, *run.joined_days})
        row.last_close_at = max(row.last_close_at, run.last_close_at)
        row.plan_at = run.plan_at
    fields = ("school_ids", "joined_days", "closed_days", "plan_at", "last_close_at")
    if any(getattr(run, field) != getattr(row, field) for field in fields):
        StepRun.objects.filter(pk=run.pk, state=run.state).update(
            **{field: getattr(row, field) for field in fields}
        )


def _forget(launch: Launch, occurrences: Iterable[Occurrence]) -> None:
    """Days of a school's calendar that are no longer so, as long as nobody is planned for them."""
    known = {(one.step_key, one.occurrence_key) for one in occurrences}
    joined = {step.key for step in after_opt_in(definition_of(launch.version))}
    waiting = launch.step_runs.filter(state=StepRunState.WAITING, occurrence_key__contains=ON)
    gone = [
        run.pk
        for run in waiting.exclude(step_key__in=joined)
        if (run.step_key, run.occurrence_key) not in known
    ]
    StepRun.objects.filter(pk__in=gone, state=StepRunState.WAITING).delete()
