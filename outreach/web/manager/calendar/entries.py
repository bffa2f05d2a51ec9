"""What stands on each day: steps of sends, those that run and those that are only planned.

Refuses plans of its own: days come from step runs, or from the plan of a send that has none yet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, time

from django.db.models import QuerySet

from outreach.campaigns.models import Launch, LaunchState, StepRun, StepRunState
from outreach.campaigns.schedule import occurrences_of
from outreach.campaigns.versions import step_titles
from outreach.core.errors import OutreachError
from outreach.delivery.queries import counts_of_runs
from outreach.web.manager.bar import Bar, bar_of
from outreach.web.manager.runs import run_badge, runs_with_launch, title_of
from outreach.web.words import Badge, launch_badge

_NOT_STARTED = (
    LaunchState.DRAFT,
    LaunchState.IN_REVIEW,
    LaunchState.APPROVED,
    LaunchState.SCHEDULED,
)
_RUNS = (LaunchState.RUNNING, LaunchState.PAUSED)
_MOST_PLANS = 30
_MOST_RUNS = 2_000


@dataclass(frozen=True)
class Entry:
    """One step of one send on one day. `at`: on each school's clock, None where not kept.

    `school_ids`: where it goes out, None for all schools. `can_move`: to another day.
    """

    day: date
    at: time | None
    title: str
    launch: Launch
    step_key: str
    badge: Badge
    school_ids: frozenset[int] | None
    can_move: bool = False


@dataclass(frozen=True)
class Entries:
    """`unplanned`: sends whose plan cannot be made, with why. `is_cut`: there are more than a page
    can show."""

    by_day: dict[date, list[Entry]]
    unplanned: tuple[tuple[Launch, str], ...]
    is_cut: bool = False


def entries(first: date, last: date, schools: Collection[int] | None) -> Entries:
    """The steps on these days. `schools`: only what goes out at one of them, None for all."""
    unplanned: list[tuple[Launch, str]] = []
    runs = list(_runs(first, last)[: _MOST_RUNS + 1])
    waiting = list(_not_started()[: _MOST_PLANS + 1])
    is_cut = len(runs) > _MOST_RUNS or len(waiting) > _MOST_PLANS
    counts = counts_of_runs([run.pk for run in runs])
    found = [_of_run(run, bar_of(counts.get(run.pk, {}))) for run in runs[:_MOST_RUNS]]
    for launch in waiting[:_MOST_PLANS]:
        found += _of_plan(launch, first, last, unplanned)
    chosen = _schools_by_launch({each.launch.pk for each in found})
    by_day: dict[date, list[Entry]] = {}
    for entry in _once(found):
        where = entry.school_ids if entry.school_ids is not None else chosen.get(entry.launch.pk)
        if schools is None or where is None or not where.isdisjoint(schools):
            by_day.setdefault(entry.day, []).append(entry)
    for day in by_day.values():
        day.sort(key=lambda entry: (entry.at or time.min, entry.title))
    return Entries(by_day, tuple(unplanned), is_cut)


def _runs(first: date, last: date) -> QuerySet[StepRun]:
    return runs_with_launch().filter(day__range=(first, last)).order_by("day", "pk")


def _not_started() -> QuerySet[Launch]:
    found = Launch.objects.filter(state__in=_NOT_STARTED).select_related("version__campaign")
    return found.defer("version__files", "version__definition").order_by("-pk")


def _of_run(run: StepRun, bar: Bar) -> Entry:
    return Entry(
        day=run.day,
        at=run.at,
        title=title_of(run),
        launch=run.launch,
        step_key=run.step_key,
        badge=run_badge(run, bar),
        school_ids=None if run.school_ids is None else frozenset(run.school_ids),
        can_move=run.state == StepRunState.WAITING and run.launch.state in _RUNS,
    )


def _of_plan(
    launch: Launch, first: date, last: date, unplanned: list[tuple[Launch, str]]
) -> list[Entry]:
    """Of a send that has not started: as it stands today, it would go out then."""
    titles = step_titles(launch, ())
    try:
        occurrences = occurrences_of(launch)
    except OutreachError as error:
        unplanned.append((launch, str(error)))
        return []
    return [
        Entry(
            day=one.day,
            at=one.at,
            title=titles[one.step_key],
            launch=launch,
            step_key=one.step_key,
            badge=launch_badge(launch.state),
            school_ids=one.school_ids,
            can_move=launch.state == LaunchState.DRAFT,
        )
        for one in occurrences
        if first <= one.day <= last
    ]


def _once(found: Iterable[Entry]) -> list[Entry]:
    """Step runs of one step on one day, of schools with different calendars, are one line."""
    merged: dict[tuple[date, int, str], Entry] = {}
    for entry in found:
        key = (entry.day, entry.launch.pk, entry.step_key)
        before = merged.get(key)
        merged[key] = _together(before, entry) if before else entry
    return list(merged.values())


def _together(before: Entry, entry: Entry) -> Entry:
    if before.school_ids is None or entry.school_ids is None:
        return before if before.school_ids is None else entry
    ids = before.school_ids | entry.school_ids
    return Entry(**(before.__dict__ | {"school_ids": ids}))


def _schools_by_launch(launches: Collection[int]) -> dict[int, frozenset[int]]:
    """Launch -> the schools chosen for it; a launch of all schools is not there."""
    rows = Launch.objects.filter(pk__in=launches, schools__isnull=False)
    found: dict[int, set[int]] = {}
    for launch, school in rows.values_list("pk", "schools"):
        found.setdefault(launch, set()).add(school)
    return {launch: frozenset(ids) for launch, ids in found.items()}
