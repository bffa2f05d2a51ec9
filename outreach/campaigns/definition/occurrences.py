"""From a definition and a starting day to the list of what goes out when.

Owns the days and the keys of occurrences. Refuses zones and people: `Occurrence.window`
gives the instants for one zone, and who is in it is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from outreach.campaigns.definition.fields import time_text
from outreach.campaigns.definition.spec import CampaignDefinition, Step
from outreach.core.errors import BadInput
from outreach.timing import QuietHours, Window, send_window, settle, step_day

# The key of a step that goes out once. It names no date: a launch that is moved to another
# day keeps its step runs, so no step can be sent a second time under a new key.
ONCE = "once"


@dataclass(frozen=True)
class Occurrence:
    """One going-out of one step.

    `day`, `at`: what the wall clock shows when its window opens, quiet hours and weekdays
    already respected. `number` of `total`: its place among the steps, counted from 1.
    `expires_after`: counted from the opening; None means until the window closes.
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

    def window(self, zone: str) -> Window:
        """When it may be sent to people in `zone` (IANA name). Raises BadInput for no zone."""
        return send_window(
            day=self.day,
            at=self.at,
            within=self.within,
            zone=zone,
            quiet=self.quiet,
            weekdays=self.weekdays,
        )

    def expires_at(self, window: Window) -> datetime:
        """When a message of this window is no longer worth reading (aware UTC)."""
        if self.expires_after is None:
            return window.closes_at
        return window.opens_at + self.expires_after


def plan_occurrences(definition: CampaignDefinition, start: date) -> list[Occurrence]:
    """Every occurrence of a launch that starts on `start`, in the order of the steps.

    Raises BadInput when a fixed date lies before the start, or when the steps would go out
    in another order than they are written (a fixed date against counted days).
    """
    quiet = definition.quiet_hours.hours()
    days: dict[str, date] = {}
    planned: list[Occurrence] = []
    for number, step in enumerate(definition.steps, start=1):
        day = step_day(step.when.rule(), start=start, days=days)
        if day < start:
            raise _before_the_start(step, day, start)
        moment = settle(day, step.when.at, quiet=quiet, weekdays=step.weekday_numbers())
        days[step.key] = moment.day
        planned.append(
            Occurrence(
                step_key=step.key,
                occurrence_key=ONCE,
                day=moment.day,
                at=moment.at,
                within=step.when.within,
                quiet=quiet,
                weekdays=step.weekday_numbers(),
                expires_after=step.expires_after,
                number=number,
                total=len(definition.steps),
            )
        )
    _refuse_disorder(planned, start)
    return planned


def _before_the_start(step: Step, day: date, start: date) -> BadInput:
    return BadInput(
        f"The step `{step.key}` is on {day}, before the launch starts ({start}).",
        remedy=f"Start on {day} or earlier, or change the step's date.",
    )


def _refuse_disorder(planned: list[Occurrence], start: date) -> None:
    for before, after in pairwise(planned):
        if (after.day, after.at) < (before.day, before.at):
            raise BadInput(
                f"With a start on {start}, `{after.step_key}` ({_shown(after)}) would go out "
                f"before `{before.step_key}` ({_shown(before)}).",
                remedy="Start on another day, or change the order or the dates of the steps.",
            )


def _shown(occurrence: Occurrence) -> str:
    return f"{occurrence.day} {time_text(occurrence.at)}"
