"""From a launch and its version to step runs: which step, on which day, planned when.

Refuses time zones of its own making: windows come from `timing`, zones from the audience.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count

from outreach.audience.models import Membership, MembershipState, Person
from outreach.campaigns.definition import (
    Occurrence,
    WhoseClock,
    ends_on,
    place_of,
    plan_occurrences,
)
from outreach.campaigns.launch_plan import launch_schools, plan_launch
from outreach.campaigns.models import Launch, StepRun
from outreach.campaigns.versions import definition_for, definition_of
from outreach.core.errors import BadInput
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
    """Every step run that the launch has, or will have as far as is known, in order."""
    runs = list(launch.step_runs.order_by("position", "day", "pk"))
    if runs and all(run.at is not None for run in runs):
        return [occurrence_of(run) for run in runs]
    return plan_launch(launch).occurrences


def occurrence_of(run: StepRun) -> Occurrence:
    """What a step run's row stands for. Raises LookupError when its version has no such step."""
    if run.at is None:
        return _planned_anew(run)
    definition = definition_for(run)
    step = definition.step(run.step_key)
    return Occurrence(
        step_key=run.step_key,
        occurrence_key=run.occurrence_key,
        day=run.day,
        at=run.at,
        within=step.when.within,
        quiet=definition.quiet_hours.hours(),
        weekdays=step.weekday_numbers(),
        expires_after=step.expires_after,
        number=definition.steps.index(step) + 1,
        total=len(definition.steps),
        closed=frozenset(run.closed_days),
        joined_days=frozenset(run.joined_days),
        school_ids=None if run.school_ids is None else frozenset(run.school_ids),
    )


def _planned_anew(run: StepRun) -> Occurrence:
    """Of a row that does not say its hour: it was made before steps had days of schools."""
    for occurrence in plan_occurrences(definition_for(run), run.launch.starts_on):
        if (occurrence.step_key, occurrence.occurrence_key) == (run.step_key, run.occurrence_key):
            return occurrence
    raise LookupError(f"step run {run.pk} is not in its version")


def build_step_runs(launch: Launch, lead: timedelta) -> list[StepRun]:
    """The rows for a launch that starts now, unsaved, in order.

    Raises BadInput when there is no school, or nothing can be planned at any.
    """
    if not launch_schools(launch).exists():
        raise BadInput("This launch has no school.", remedy="Add a school first.")
    plan = plan_launch(launch)
    if not plan.occurrences and ends_on(definition_of(launch.version), launch.starts_on) is None:
        raise BadInput(
            "No step of this launch can be planned at any of its schools.",
            remedy="`outreach launch calendar` says why.",
        )
    return step_runs(launch, plan.occurrences, lead)


def step_runs(launch: Launch, occurrences: Sequence[Occurrence], lead: timedelta) -> list[StepRun]:
    """A row for each, unsaved."""
    zones = _zones_by_school(launch) if occurrences else {}
    return [_step_run(launch, occurrence, zones, lead) for occurrence in occurrences]


def _step_run(
    launch: Launch, occurrence: Occurrence, zones: Mapping[int, set[str]], lead: timedelta
) -> StepRun:
    ids = zones if occurrence.school_ids is None else occurrence.school_ids
    windows = step_windows(occurrence, {zone for each in ids for zone in zones.get(each, ())})
    definition = definition_of(launch.version)
    place = place_of(definition, occurrence.step_key)
    spread = definition.step(occurrence.step_key).when.spread
    return StepRun(
        launch=launch,
        step_key=occurrence.step_key,
        occurrence_key=occurrence.occurrence_key,
        position=occurrence.number,
        number=place.number,
        total=place.total,
        day=occurrence.day,
        at=occurrence.at,
        school_ids=None if occurrence.school_ids is None else sorted(occurrence.school_ids),
        closed_days=sorted(occurrence.closed),
        joined_days=sorted(occurrence.joined_days),
        spread_minutes=None if spread is None else int(spread.total_seconds()) // 60,
        plan_at=min(each.window.opens_at for each in windows) - lead,
        last_close_at=max(each.expires_at for each in windows),
    )


def _zones_by_school(launch: Launch) -> dict[int, set[str]]:
    """School id -> the zones of `zones_of` for its people."""
    schools = launch_schools(launch)
    zones = {pk: {zone} for pk, zone in schools.values_list("pk", "zone")}
    if definition_of(launch.version).clock is WhoseClock.RECIPIENT:
        people = Membership.objects.filter(school__in=schools, state=MembershipState.CURRENT)
        moved = people.exclude(person__zone="").values_list("school_id", "person__zone")
        for school_id, zone in moved.distinct():
            zones[school_id].add(zone)
    return zones
