"""What a launch sends when and where, before anything of it is written down.

Owns the bringing together of its schools' calendars: schools with the same days share a plan,
and what falls on the same day at several schools is one occurrence. Says where a step is not
planned, and why.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import QuerySet

from outreach.campaigns.definition import (
    ON,
    CampaignDefinition,
    FreeDay,
    Occurrence,
    needs_calendars,
    plan_joined,
    plan_school,
)
from outreach.campaigns.models import Launch
from outreach.campaigns.school_changes import changes_of, with_moves
from outreach.campaigns.versions import definition_of
from outreach.organisation.calendars import calendars_of
from outreach.organisation.models import School
from outreach.timing import NO_CALENDAR, SchoolCalendar, knows_public_holidays


@dataclass(frozen=True)
class Gap:
    """A step that is not planned at some schools. `why`: "its term dates are not entered"."""

    step_key: str
    why: str
    schools: tuple[School, ...]


@dataclass(frozen=True)
class LaunchPlan:
    """`occurrences`: in order. `gaps`: in the order of the steps."""

    occurrences: list[Occurrence]
    gaps: list[Gap]


@dataclass(frozen=True)
class _Group:
    """Schools with one calendar; `schools` None: all, because no calendar matters."""

    calendar: SchoolCalendar
    schools: tuple[School, ...] | None

    @property
    def ids(self) -> frozenset[int] | None:
        return None if self.schools is None else frozenset(each.pk for each in self.schools)


def launch_schools(launch: Launch) -> QuerySet[School]:
    """The launch's schools; none chosen means all of them."""
    chosen = launch.schools.all()
    return chosen if chosen.exists() else School.objects.all()


def plan_launch(launch: Launch) -> LaunchPlan:
    """Everything that can be known today; who joins later is `plan_newcomers`'.

    Raises BadInput when its starting day breaks the order of its steps.
    """
    plan = plan_for(definition_of(launch.version), launch.starts_on, launch_schools(launch))
    return replace(plan, occurrences=with_moves(plan.occurrences, changes_of(launch)))


def plan_for(definition: CampaignDefinition, start: date, schools: Iterable[School]) -> LaunchPlan:
    """The same for a definition that is no launch yet."""
    planned: list[tuple[_Group, list[Occurrence]]] = []
    gaps: dict[tuple[str, str], list[School]] = defaultdict(list)
    for group in _groups(definition, schools):
        plan = plan_school(definition, start, group.calendar)
        planned.append((group, plan.occurrences))
        for missing in plan.unplanned:
            gaps[missing.step_key, missing.why] += group.schools or ()
    order = [step.key for step in definition.steps]
    return LaunchPlan(
        _merged(planned),
        [
            Gap(key, why, tuple(sorted(where, key=lambda school: school.slug)))
            for (key, why), where in sorted(gaps.items(), key=lambda gap: order.index(gap[0][0]))
        ],
    )


def without_public_holidays(definition: CampaignDefinition, schools: Iterable[School]) -> list[str]:
    """Countries of `schools` whose public holidays are not known, where a step keeps to them: it
    goes out there as if there were none."""
    if not any(FreeDay.PUBLIC_HOLIDAYS in definition.free_days(step) for step in definition.steps):
        return []
    countries = {school.country for school in schools}
    return sorted(each for each in countries if not knows_public_holidays(each))


def plan_newcomers(launch: Launch, joined: Mapping[int, Iterable[date]]) -> list[Occurrence]:
    """What goes to people who first agreed on these days. `joined`: school id -> days."""
    definition = definition_of(launch.version)
    schools = launch_schools(launch).filter(pk__in=list(joined))
    planned = []
    for group in _groups(definition, schools):
        ids = joined if group.ids is None else group.ids
        days = {day for school_id in ids for day in joined[school_id]}
        planned.append((group, plan_joined(definition, launch.starts_on, group.calendar, days)))
    return _merged(planned)


def _groups(definition: CampaignDefinition, schools: Iterable[School]) -> list[_Group]:
    if not needs_calendars(definition):
        return [_Group(NO_CALENDAR, None)]
    schools = list(schools)
    calendars = calendars_of(schools)
    by_calendar: dict[int, list[School]] = defaultdict(list)
    for school in schools:
        by_calendar[id(calendars[school.pk])].append(school)
    return [_Group(calendars[some[0].pk], tuple(some)) for some in by_calendar.values()]


def _merged(planned: Sequence[tuple[_Group, list[Occurrence]]]) -> list[Occurrence]:
    """One occurrence for each key, over the schools of all groups that have it."""
    found: dict[tuple[str, str], Occurrence] = {}
    for group, occurrences in planned:
        for one in occurrences:
            key = (one.step_key, one.occurrence_key)
            here = replace(one, school_ids=group.ids)
            found[key] = _together(found[key], here) if key in found else here
    everywhere = {
        key
        for key, count in Counter(_keys(planned)).items()
        if count == len(planned) and _is_one(key)
    }
    shown = (
        replace(one, school_ids=None) if key in everywhere else one for key, one in found.items()
    )
    return sorted(shown, key=lambda one: (one.number, one.day, one.at))


def _keys(planned: Iterable[tuple[_Group, list[Occurrence]]]) -> Iterator[tuple[str, str]]:
    return ((one.step_key, one.occurrence_key) for _, found in planned for one in found)


def _is_one(key: tuple[str, str]) -> bool:
    """Whether it is on the same day wherever it goes out, also at schools that are added later."""
    return ON not in key[1]


def _together(first: Occurrence, second: Occurrence) -> Occurrence:
    """What is closed to one of the schools is closed to all: days after its own are spare."""
    ids = first.school_ids, second.school_ids
    return replace(
        first,
        at=max(first.at, second.at),
        closed=first.closed | second.closed,
        joined_days=first.joined_days | second.joined_days,
        school_ids=None if ids[0] is None or ids[1] is None else ids[0] | ids[1],
    )
