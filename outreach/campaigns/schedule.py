"""From a launch and its version to step runs: which step, on which day, planned when.

Refuses time zones of its own making: windows come from `timing`, zones from the audience.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count

from django.db.models import QuerySet

from outreach.audience.models import MembershipState, Person
from outreach.campaigns.definition import (
    Occurrence,
    WhoseClock,
    plan_occurrences,
)
from outreach.campaigns.models import Launch, StepRun
from outreach.campaigns.versions import definition_of
from outreach.core.errors import BadInput
from outreach.organisation.models import School
from outreach.timing import Window


@dataclass(frozen=True)
class StepWindow:
    """When one step run goes out in one zone; past `expires_at` it is not worth sending."""

    zone: str
    window: Window
    expires_at: datetime


def zones_of(launch: Launch) -> list[str]:
    """The time zones of the launch's schools and, by the recipient's clock, of its people."""
    schools = launch_schools(launch)
    zones = set(schools.values_list("zone", flat=True))
    if definition_of(launch.version).clock is WhoseClock.RECIPIENT:
        people = Person.objects.filter(
            memberships__school__in=schools, memberships__state=MembershipState.CURRENT
        )
        zones |= set(people.exclude(zone="").values_list("zone", flat=True).distinct())
    return sorted(zones)


def launch_schools(launch: Launch) -> QuerySet[School]:
    """The launch's schools; none chosen means all of them."""
    chosen = launch.schools.all()
    return chosen if chosen.exists() else School.objects.all()


def step_windows(occurrence: Occurrence, zones: Iterable[str]) -> list[StepWindow]:
    """The window of this occurrence in each zone."""
    return [_step_window(occurrence, zone) for zone in zones]


def _step_window(occurrence: Occurrence, zone: str) -> StepWindow:
    window = occurrence.window(zone)
    return StepWindow(zone, window, max(window.closes_at, occurrence.expires_at(window)))


def window_after(occurrence: Occurrence, zone: str, moment: datetime) -> Window | None:
    """The next day's window that is still open after `moment`, None past the expiry.

    For what could not go out in its own window (a pause, an outage) and is still worth reading.
    """
    expires_at = _step_window(occurrence, zone).expires_at
    for days in count(1):
        later = replace(occurrence, day=occurrence.day + timedelta(days=days)).window(zone)
        if later.opens_at >= expires_at:
            return None
        if later.closes_at > moment:
            return Window(later.opens_at, min(later.closes_at, expires_at))
    return None


def occurrences_of(launch: Launch) -> list[Occurrence]:
    """Every step run that the launch will have, in order."""
    return plan_occurrences(definition_of(launch.version), launch.starts_on)


def occurrence_of(run: StepRun) -> Occurrence:
    """What a step run's row stands for. Raises LookupError when its version has no such step."""
    for occurrence in occurrences_of(run.launch):
        if (occurrence.step_key, occurrence.occurrence_key) == (run.step_key, run.occurrence_key):
            return occurrence
    raise LookupError(f"step run {run.pk} is not in its version")


def build_step_runs(launch: Launch, lead: timedelta) -> list[StepRun]:
    """The rows for a launch that starts now, unsaved. Raises BadInput when nobody is there."""
    zones = zones_of(launch)
    if not zones:
        raise BadInput("This launch has no school.", remedy="Add a school first.")
    runs = [
        _step_run(launch, position, occurrence, zones, lead)
        for position, occurrence in enumerate(occurrences_of(launch), start=1)
    ]
    return _numbered(launch, runs)


def _numbered(launch: Launch, runs: list[StepRun]) -> list[StepRun]:
    """Counts as the readers do: a staff brief is not the parents' first tip."""
    definition = definition_of(launch.version)
    readers = [definition.step(run.step_key).recipients for run in runs]
    for place, run in enumerate(runs):
        run.number = readers[: place + 1].count(readers[place])
        run.total = readers.count(readers[place])
    return runs


def _step_run(
    launch: Launch, position: int, occurrence: Occurrence, zones: list[str], lead: timedelta
) -> StepRun:
    windows = step_windows(occurrence, zones)
    return StepRun(
        launch=launch,
        step_key=occurrence.step_key,
        occurrence_key=occurrence.occurrence_key,
        position=position,
        day=occurrence.day,
        plan_at=min(each.window.opens_at for each in windows) - lead,
        last_close_at=max(each.expires_at for each in windows),
    )
