"""What a change of one school's term dates does to what it will get, before it is made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from outreach.campaigns.coming import launches_of, today_at
from outreach.campaigns.definition import needs_calendars
from outreach.campaigns.launch_plan import plan_for
from outreach.campaigns.models import Launch
from outreach.campaigns.school_changes import occasion_of
from outreach.campaigns.versions import definition_of
from outreach.core.errors import OutreachError
from outreach.organisation.models import School

_Plan = dict[tuple[int, str, str], set[date]]


@dataclass(frozen=True)
class Shift:
    """A step at the school: on which days from today on it stood, and on which it then stands;
    empty where it is not planned."""

    launch: Launch
    title: str
    before: tuple[date, ...]
    after: tuple[date, ...]


def shifts_of(school: School, change: Callable[[], object]) -> list[Shift]:
    """Makes `change`, compares the plans of every send of the school, and takes it back.

    Steps that keep to no calendar are never in it. Must not run inside a transaction.
    """
    launches = {each.pk: each for each in launches_of(school) if _keeps_to_calendar(each)}
    before = _planned(launches, school)
    with transaction.atomic():
        change()
        after = _planned(launches, school)
        transaction.set_rollback(True)
    found = []
    for key in sorted({*before, *after}):
        if before.get(key) != after.get(key):
            launch = launches[key[0]]
            title = definition_of(launch.version).step(key[1]).title
            was, will = (tuple(sorted(days.get(key, ()))) for days in (before, after))
            found.append(Shift(launch, title, was, will))
    return sorted(found, key=lambda shift: (shift.after or shift.before, shift.title))


def _keeps_to_calendar(launch: Launch) -> bool:
    return needs_calendars(definition_of(launch.version))


def _planned(launches: dict[int, Launch], school: School) -> _Plan:
    """A send that cannot be planned has no days: its manager sees why."""
    found: _Plan = defaultdict(set)
    today = today_at(school)
    for launch in launches.values():
        try:
            plan = plan_for(definition_of(launch.version), launch.starts_on, [school])
        except OutreachError:
            continue
        for one in plan.occurrences:
            if one.day >= today:
                found[launch.pk, one.step_key, occasion_of(one.occurrence_key)].add(one.day)
    return dict(found)
