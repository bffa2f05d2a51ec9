"""What one school's people will get and when, its own changes laid over the plan.

Reads what that school alone may see: its calendar, its changes, and the step runs that go there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from outreach.campaigns.definition import Occurrence, Recipients, Step
from outreach.campaigns.launch_plan import plan_for
from outreach.campaigns.models import Launch, LaunchState, StepRun, StepRunState
from outreach.campaigns.school_changes import bears_on, occasion_of
from outreach.campaigns.school_models import SchoolBounds, SchoolChange
from outreach.campaigns.versions import definition_for, definition_of
from outreach.core.clock import now
from outreach.core.errors import OutreachError
from outreach.organisation.models import School

STARTED = (LaunchState.RUNNING, LaunchState.PAUSED)
DECIDED = (LaunchState.APPROVED, LaunchState.SCHEDULED, *STARTED)


@dataclass(frozen=True)
class Coming:
    """One step at one school. `day`, `at`: on its clocks, as they stand now; `from_day`: without
    the school's own change. `change`: what the school said. `waits`: nobody is planned yet.
    `is_over`: it has gone out."""

    launch: Launch
    step: Step
    occasion: str
    from_day: date
    day: date
    at: time | None
    waits: bool
    is_for_parents: bool
    bounds: SchoolBounds | None
    change: SchoolChange | None = None
    is_over: bool = False

    @property
    def is_skipped(self) -> bool:
        return self.change is not None and self.change.day is None

    @property
    def may_move(self) -> bool:
        return self.waits and self.bounds is not None and self.bounds.move_days > 0

    @property
    def may_skip(self) -> bool:
        return self.waits and self.bounds is not None and self.bounds.may_skip


def today_at(school: School) -> date:
    """The day that its clocks show."""
    return local_day(now(), school)


def local_day(moment: datetime, school: School) -> date:
    return moment.astimezone(ZoneInfo(school.zone)).date()


def coming_at(school: School) -> list[Coming]:
    """What has been approved and is not over for this school, the soonest first."""
    today = today_at(school)
    found = [one for launch in launches_of(school) for one in at_school(launch, school)]
    return sorted(
        (one for one in found if max(one.day, one.from_day) >= today),
        key=lambda one: (one.day, one.at or time.min, one.step.key),
    )


def at_school(launch: Launch, school: School) -> list[Coming]:
    """Every step of one launch at one school, those that are over too."""
    changes = list(launch.school_changes.filter(school=school, undone_at=None))
    bounds = SchoolBounds.objects.filter(launch=launch).first()
    if launch.state in STARTED:
        found = [_of_run(run, bounds) for run in _runs(launch, school)]
    else:
        found = [_of_plan(launch, one, bounds) for one in _plan(launch, school)]
    return _changed(found, changes)


def launches_of(school: School) -> QuerySet[Launch]:
    """Those in which the school takes part; a launch that names no school is for all."""
    mine = Q(schools=school) | Q(schools__isnull=True)
    found = Launch.objects.filter(mine, state__in=DECIDED).distinct()
    return found.select_related("version__campaign").order_by("pk")


def _runs(launch: Launch, school: School) -> QuerySet[StepRun]:
    here = Q(school_ids__isnull=True) | Q(school_ids__contains=[school.pk])
    found = launch.step_runs.filter(here).select_related("launch__version")
    return found.order_by("day", "position")


def _of_run(run: StepRun, bounds: SchoolBounds | None) -> Coming:
    step = definition_for(run).step(run.step_key)
    return Coming(
        launch=run.launch,
        step=step,
        occasion=occasion_of(run.occurrence_key),
        from_day=run.day,
        day=run.day,
        at=run.at,
        waits=run.state == StepRunState.WAITING and not run.joined_days,
        is_for_parents=step.recipients is Recipients.GUARDIANS,
        bounds=bounds,
        is_over=run.state == StepRunState.FINISHED,
    )


def _plan(launch: Launch, school: School) -> list[Occurrence]:
    """Of a launch that has not started; nothing where it cannot be planned, which its manager
    sees."""
    try:
        return plan_for(definition_of(launch.version), launch.starts_on, [school]).occurrences
    except OutreachError:
        return []


def _of_plan(launch: Launch, one: Occurrence, bounds: SchoolBounds | None) -> Coming:
    step = definition_of(launch.version).step(one.step_key)
    return Coming(
        launch=launch,
        step=step,
        occasion=occasion_of(one.occurrence_key),
        from_day=one.day,
        day=one.day,
        at=one.at,
        waits=True,
        is_for_parents=step.recipients is Recipients.GUARDIANS,
        bounds=bounds,
    )


def _changed(found: Iterable[Coming], changes: Iterable[SchoolChange]) -> list[Coming]:
    """One line for each step: the run that a school has left and the one that it has come to
    are the same to its people."""
    lines = list(found)
    for change in changes:
        own = [one for one in lines if _is_of(change, one)]
        if not own:
            continue
        first = min(own, key=lambda one: abs(one.day - change.from_day))
        lines = [one for one in lines if one not in own]
        lines.append(_as_changed(first, change, waits=all(one.waits for one in own)))
    return lines


def _is_of(change: SchoolChange, one: Coming) -> bool:
    return bears_on(change, one.step.key, one.occasion, one.day)


def _as_changed(one: Coming, change: SchoolChange, *, waits: bool) -> Coming:
    changed = {
        "from_day": change.from_day,
        "day": change.day or change.from_day,
        "change": change,
        "waits": waits,
    }
    return Coming(**(one.__dict__ | changed))
