"""What schools changed of a launch, laid over its plan.

Owns which change bears on which step run. Changes nothing: see `changing_for_schools`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from outreach.campaigns.definition import ON, Occurrence
from outreach.campaigns.models import Launch, StepRun
from outreach.campaigns.school_models import SchoolChange
from outreach.timing import Every

# Occasions that come again under one name are at least four weeks apart.
_ONE_SEASON = timedelta(days=27)
_OF_SCHOOL = {str(Every.TERM), str(Every.HOLIDAY)}


def occasion_of(occurrence_key: str) -> str:
    """What a person gets once, without the day on which a school has it."""
    return occurrence_key.partition(ON)[0]


def bears_on(change: SchoolChange, step_key: str, occurrence_key: str, day: date) -> bool:
    """Whether `change` is about what this key and day stand for."""
    occasion = occasion_of(occurrence_key)
    if (change.step_key, change.occasion) != (step_key, occasion):
        return False
    return occasion not in _OF_SCHOOL or abs(day - change.from_day) <= _ONE_SEASON


def changes_of(launch: Launch) -> list[SchoolChange]:
    """Those that hold, in the order in which they were made."""
    return list(launch.school_changes.filter(undone_at=None).order_by("pk"))


def have_left(run: StepRun) -> set[int]:
    """Schools that have what `run` stands for on another day."""
    return {each.school_id for each in _of_run(run) if each.day not in {None, run.day}}


def leave_out(run: StepRun) -> set[int]:
    """Schools that leave it out altogether."""
    return {each.school_id for each in _of_run(run) if each.day is None}


def _of_run(run: StepRun) -> list[SchoolChange]:
    if run.joined_days:
        return []
    found = SchoolChange.objects.filter(
        launch_id=run.launch_id, step_key=run.step_key, undone_at=None
    )
    return [each for each in found if bears_on(each, run.step_key, run.occurrence_key, run.day)]


def with_moves(
    occurrences: Sequence[Occurrence], changes: Iterable[SchoolChange]
) -> list[Occurrence]:
    """The plan of a launch with its schools' moves: each such school has a day of its own."""
    found = {(one.step_key, one.occurrence_key): one for one in occurrences}
    for change in changes:
        one = _named(found.values(), change)
        if change.day is None or one is None:
            continue
        _leave(found, one, change.school_id)
        _come(found, one, change.day, change.school_id)
    return sorted(found.values(), key=lambda one: (one.number, one.day, one.at))


_Plan = dict[tuple[str, str], Occurrence]


def _named(occurrences: Iterable[Occurrence], change: SchoolChange) -> Occurrence | None:
    """Where the school would have it without the change; the nearest, in case of two."""
    there = (
        one
        for one in occurrences
        if not one.joined_days
        and bears_on(change, one.step_key, one.occurrence_key, one.day)
        and (one.school_ids is None or change.school_id in one.school_ids)
    )
    return min(there, key=lambda one: abs(one.day - change.from_day), default=None)


def _leave(found: _Plan, one: Occurrence, school_id: int) -> None:
    """An occurrence of all schools stays so; planning leaves out who has left it."""
    if one.school_ids is None:
        return
    rest = one.school_ids - {school_id}
    key = (one.step_key, one.occurrence_key)
    if rest:
        found[key] = replace(one, school_ids=rest)
    else:
        del found[key]


def _come(found: _Plan, one: Occurrence, day: date, school_id: int) -> None:
    key = (one.step_key, f"{occasion_of(one.occurrence_key)}{ON}{day}")
    there = found.get(key)
    ids = there.school_ids if there and there.school_ids else frozenset()
    found[key] = replace(there or one, occurrence_key=key[1], day=day, school_ids=ids | {school_id})
