"""From a definition, a starting day and a school's calendar to the list of what goes out when.

Owns the days and the keys of occurrences, and why a step has none. Refuses zones and people:
`Occurrence.window` gives the instants for one zone, and who is in it is not known here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from outreach.campaigns.definition.dependence import on_the_calendar
from outreach.campaigns.definition.fields import time_text
from outreach.campaigns.definition.good_days import GoodDay, good_day
from outreach.campaigns.definition.spec import CampaignDefinition, Step
from outreach.core.errors import BadInput
from outreach.timing import (
    NO_CALENDAR,
    NO_DAYS,
    AfterOptIn,
    AfterStep,
    Every,
    FromEdge,
    LocalMoment,
    Missing,
    NextWeekday,
    OnNamedDay,
    QuietHours,
    SchoolCalendar,
    Window,
    every_day,
    repeated,
    send_window,
    step_day,
)

# The key of a step that goes out once. It names no date: a launch that is moved to another
# day keeps its step runs, so no step can be sent a second time under a new key.
ONCE = "once"
# Of a step that goes out so long after each person's consent.
JOINED = "joined"
# Before the day, in the key of what falls on different days at different schools.
ON = "@"
LONGEST_RUN = timedelta(days=366)


@dataclass(frozen=True)
class Occurrence:
    """One going-out of one step.

    `occurrence_key`: its occasion and, where schools differ, `@` and its day. `day`, `at`: what
    the wall clock shows when its window opens, quiet hours and weekdays already respected.
    `number` of `total`: its place among the steps, counted from 1. `expires_after`: counted from
    the opening; None means until the window closes. `closed`: days from then on on which it may
    not go out. `joined_days`: for a step after the opt-in, the days on which its readers first
    agreed. `school_ids`: where it goes out on this day; None for all schools.
    """

    step_key: str
    occurrence_key: str
    day: date
    at: time
    within: timedelta
    quiet: QuietHours
    weekdays: frozenset[int]
    expires_after: timedelta | None
    number: int
    total: int
    closed: frozenset[date] = NO_DAYS
    joined_days: frozenset[date] = NO_DAYS
    school_ids: frozenset[int] | None = None

    def window(self, zone: str) -> Window:
        """When it may be sent to people in `zone` (IANA name). Raises BadInput for no zone."""
        return send_window(
            day=self.day,
            at=self.at,
            within=self.within,
            zone=zone,
            quiet=self.quiet,
            weekdays=self.weekdays,
            closed=self.closed,
        )

    def expires_at(self, window: Window) -> datetime:
        """When a message of this window is no longer worth reading (aware UTC)."""
        if self.expires_after is None:
            return window.closes_at
        return window.opens_at + self.expires_after


@dataclass(frozen=True)
class Unplanned:
    """A step that does not go out at a school, or not on all of its days. `why`: the end of a
    sentence, "its term dates are not entered"."""

    step_key: str
    why: str


@dataclass(frozen=True)
class SchoolPlan:
    """What goes out at one school, in order, and what does not."""

    occurrences: list[Occurrence]
    unplanned: list[Unplanned]


def plan_occurrences(
    definition: CampaignDefinition, start: date, calendar: SchoolCalendar = NO_CALENDAR
) -> list[Occurrence]:
    """The occurrences alone of `plan_school`."""
    return plan_school(definition, start, calendar).occurrences


def plan_school(
    definition: CampaignDefinition, start: date, calendar: SchoolCalendar
) -> SchoolPlan:
    """Every occurrence of a launch that starts on `start` at a school with this calendar.

    Steps that go out once keep the order in which they are written: a named day or a holiday is
    the first after the step above, and what the school's own days put out of order is not planned
    there. Raises BadInput when a fixed date lies before the start, or when steps that no calendar
    moves would go out in another order than they are written.
    """
    return _Planner(definition, start, calendar).plan()


def plan_joined(
    definition: CampaignDefinition,
    start: date,
    calendar: SchoolCalendar,
    joined: Collection[date],
) -> list[Occurrence]:
    """The occurrences of steps after the opt-in, for people who first agreed on `joined`.

    Who agreed before `start` is no newcomer.
    """
    return _Planner(definition, start, calendar).joined(joined)


@dataclass
class _Planner:
    definition: CampaignDefinition
    start: date
    calendar: SchoolCalendar
    days: dict[str, date] = field(default_factory=dict)
    planned: list[Occurrence] = field(default_factory=list)
    unplanned: list[Unplanned] = field(default_factory=list)
    last: tuple[Step, LocalMoment] | None = None
    differing: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.differing = on_the_calendar(self.definition)

    def plan(self) -> SchoolPlan:
        for number, step in enumerate(self.definition.steps, start=1):
            if isinstance(step.when.rule(), AfterOptIn):
                continue
            if step.when.repeats():
                self._plan_repeating(number, step)
            else:
                self._plan_once(number, step)
        return SchoolPlan(self.planned, self.unplanned)

    def joined(self, joined: Collection[date]) -> list[Occurrence]:
        for number, step in enumerate(self.definition.steps, start=1):
            rule = step.when.rule()
            if isinstance(rule, AfterOptIn):
                self._plan_joined(number, step, rule.days, joined)
        return self.planned

    def _plan_once(self, number: int, step: Step) -> None:
        good = self._once(step)
        if isinstance(good, Missing):
            self.unplanned.append(Unplanned(step.key, good.why))
            return
        self.days[step.key] = good.moment.day
        self.last = (step, good.moment)
        self.planned.append(self._occurrence(number, step, good, ONCE))

    def _once(self, step: Step) -> GoodDay | Missing:
        rule = step.when.rule()
        without_day = {each.step_key for each in self.unplanned}
        if isinstance(rule, AfterStep | NextWeekday) and rule.step_key in without_day:
            return Missing(f"it counts from `{rule.step_key}`, which is not planned there")
        day = step_day(
            rule,
            start=self.start,
            days=self.days,
            not_before=self._floor(step),
            calendar=self.calendar,
            named=self.definition.named_days,
        )
        if isinstance(day, Missing):
            return day
        if day < self.start:
            raise _before_the_start(step, day, self.start)
        return self._in_order(step, self._good(step, day))

    def _floor(self, step: Step) -> date | None:
        """From where on a day that comes again is looked for: after the step above."""
        if self.last is None:
            return None
        _, moment = self.last
        return moment.day if step.when.at >= moment.at else moment.day + timedelta(days=1)

    def _in_order(self, step: Step, good: GoodDay | Missing) -> GoodDay | Missing:
        if self.last is None or isinstance(good, Missing):
            return good
        before, moment = self.last
        if (good.moment.day, good.moment.at) >= (moment.day, moment.at):
            return good
        if not self.differing & {step.key, before.key}:
            raise _disorder(self.start, (before, moment), (step, good.moment))
        return Missing(f"it would go out before `{before.key}` there")

    def _good(self, step: Step, day: date) -> GoodDay | Missing:
        return good_day(self.definition, step, day, self.calendar)

    def _plan_repeating(self, number: int, step: Step) -> None:
        days = self._every_day(step)
        if isinstance(days, Missing):
            self.unplanned.append(Unplanned(step.key, days.why))
            return
        for place, day in enumerate(days):
            good = self._good(step, day)
            if isinstance(good, Missing):
                if good.is_unknown:
                    self.unplanned.append(Unplanned(step.key, f"from {day} on, {good.why}"))
                    return
            # What a long holiday pushes to the day of the next one gives way to it.
            elif place + 1 == len(days) or good.moment.day < days[place + 1]:
                self.planned.append(self._occurrence(number, step, good, _occasion(step, day)))

    def _every_day(self, step: Step) -> list[date] | Missing:
        rule = step.when.rule()
        until = min(step.when.last_day() or date.max, self.start + LONGEST_RUN)
        if isinstance(rule, OnNamedDay | FromEdge):
            found = every_day(
                rule, start=self.start, calendar=self.calendar, named=self.definition.named_days
            )
            return found if isinstance(found, Missing) else [day for day in found if day <= until]
        first = step_day(rule, start=self.start, days={})
        every = step.when.repeats()
        if isinstance(first, Missing) or every is None:
            raise TypeError(f"`{step.key}` does not come again")
        return [day for day in repeated(first, every, until) if day >= self.start]

    def _plan_joined(self, number: int, step: Step, wait: int, joined: Collection[date]) -> None:
        until = min(step.when.last_day() or date.max, self.start + LONGEST_RUN)
        readers: dict[LocalMoment, tuple[GoodDay, set[date]]] = {}
        for day in sorted(each for each in joined if each >= self.start):
            good = self._good(step, day + timedelta(days=wait))
            if isinstance(good, Missing) or good.moment.day > until:
                continue
            readers.setdefault(good.moment, (good, set()))[1].add(day)
        for good, days in readers.values():
            self.planned.append(self._occurrence(number, step, good, JOINED, frozenset(days)))

    def _occurrence(
        self,
        number: int,
        step: Step,
        good: GoodDay,
        occasion: str,
        joined_days: frozenset[date] = NO_DAYS,
    ) -> Occurrence:
        differs = step.key in self.differing or joined_days
        return Occurrence(
            step_key=step.key,
            occurrence_key=f"{occasion}{ON}{good.moment.day}" if differs else occasion,
            day=good.moment.day,
            at=good.moment.at,
            within=step.when.within,
            quiet=self.definition.quiet_hours.hours(),
            weekdays=step.weekday_numbers(),
            expires_after=step.expires_after,
            number=number,
            total=len(self.definition.steps),
            closed=good.closed,
            joined_days=joined_days,
        )


def _occasion(step: Step, day: date) -> str:
    """What a person gets once: of a school's calendar each, else by its day or year."""
    every = step.when.repeats()
    if every in {Every.TERM, Every.HOLIDAY}:
        return str(every)
    return str(day.year) if isinstance(step.when.rule(), OnNamedDay) else str(day)


def ends_on(definition: CampaignDefinition, start: date) -> date | None:
    """The last day on which something new may still come: None when all days are known."""
    open_ended: Iterator[Step] = (
        step
        for step in definition.steps
        if step.when.repeats() or isinstance(step.when.rule(), AfterOptIn)
    )
    last_days = [min(step.when.last_day() or date.max, start + LONGEST_RUN) for step in open_ended]
    return max(last_days, default=None)


def _before_the_start(step: Step, day: date, start: date) -> BadInput:
    return BadInput(
        f"The step `{step.key}` is on {day}, before the launch starts ({start}).",
        remedy=f"Start on {day} or earlier, or change the step's date.",
    )


def _disorder(
    start: date, before: tuple[Step, LocalMoment], after: tuple[Step, LocalMoment]
) -> BadInput:
    return BadInput(
        f"With a start on {start}, `{after[0].key}` ({_shown(after[1])}) would go out "
        f"before `{before[0].key}` ({_shown(before[1])}).",
        remedy="Start on another day, or change the order or the dates of the steps.",
    )


def _shown(moment: LocalMoment) -> str:
    return f"{moment.day} {time_text(moment.at)}"
