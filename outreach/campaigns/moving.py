"""A launch that runs goes on with another version of its campaign.

Owns what the move does to its step runs: what is planned or over stays with the version it was
planned by, what waits takes the new one, and no step is sent again to those whom it went to.
Asking and deciding are `moves`'. Refuses to send.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings

from outreach.campaigns.definition import ON, Occurrence, after_opt_in
from outreach.campaigns.launch_plan import plan_launch, plan_newcomers
from outreach.campaigns.models import CampaignVersion, Launch, MoveState, StepRun, StepRunState
from outreach.campaigns.newcomers import joined_days
from outreach.campaigns.schedule import step_runs
from outreach.campaigns.versions import definition_of
from outreach.core.clock import now
from outreach.timing import Every

# How far apart two occasions of a step are, at the least, that its readers take for two.
_APART: Mapping[Every, timedelta] = {
    Every.WEEK: timedelta(days=7),
    Every.MONTH: timedelta(days=28),
    Every.TERM: timedelta(days=28),
    Every.HOLIDAY: timedelta(days=28),
    Every.YEAR: timedelta(days=350),
}
# Everything about a waiting step run that its version decides.
_DECIDED = (
    "position",
    "number",
    "total",
    "day",
    "at",
    "school_ids",
    "closed_days",
    "joined_days",
    "spread_minutes",
    "plan_at",
    "last_close_at",
)


@dataclass(frozen=True)
class MovedRun:
    """A step run of a launch that moves. `before`, `after`: its day, None where there is none."""

    step_key: str
    occurrence_key: str
    before: date | None
    after: date | None


@dataclass(frozen=True)
class MoveEffect:
    """`stay`: planned or over, they keep their version. `go_on`: they wait and take the new one,
    on the day that it says. `come`: new. `go`: they wait and are given up. `not_again`: the new
    version would send them, and they ran before in another rhythm."""

    stay: tuple[MovedRun, ...]
    go_on: tuple[MovedRun, ...]
    come: tuple[MovedRun, ...]
    go: tuple[MovedRun, ...]
    not_again: tuple[MovedRun, ...]


@dataclass
class _Change:
    """The rows to write."""

    effect: MoveEffect
    new: list[StepRun]
    changed: list[StepRun]
    gone: list[int]


def effect_of_move(launch: Launch, version: CampaignVersion) -> MoveEffect:
    """What a move to `version` would do to the step runs. Raises BadInput where it cannot be
    planned with the launch's first day."""
    return _change(launch, version).effect


def carry_over(launch: Launch, version: CampaignVersion) -> MoveEffect:
    """Does it, in the caller's transaction, which has locked the launch. The version of the
    launch itself is the caller's to set."""
    # Whoever plans holds the run that it plans, and reads the version after it has it.
    list(launch.step_runs.select_for_update().order_by("pk").values_list("pk", flat=True))
    change = _change(launch, version)
    waiting = StepRun.objects.filter(launch=launch, state=StepRunState.WAITING)
    waiting.filter(pk__in=change.gone).delete()
    StepRun.objects.bulk_update(change.changed, _DECIDED)
    StepRun.objects.bulk_create(change.new)
    return change.effect


def still_to_come(launch: Launch, occurrences: Sequence[Occurrence]) -> list[Occurrence]:
    """Without what would send a step again that ran before the launch moved to its version."""
    if not launch.moves.filter(state=MoveState.APPROVED).exists():
        return list(occurrences)
    ran = _ran(launch)
    return [one for one in occurrences if not _is_again(launch, one, ran)]


def _change(launch: Launch, version: CampaignVersion) -> _Change:
    moved = Launch.objects.get(pk=launch.pk)
    moved.version = version
    planned = _plan(moved)
    ran, moment = _ran(launch), now()
    again = [one for one in planned if _is_again(moved, one, ran)]
    wanted = [one for one in planned if one not in again]
    rows = step_runs(moved, wanted, timedelta(minutes=settings.PLAN_LEAD_MINUTES))
    there = {_key(run): run for run in launch.step_runs.all()}
    open_rows = {_key(row): row for row in rows if row.last_close_at > moment}
    waiting = {key: run for key, run in there.items() if run.state == StepRunState.WAITING}
    gone = [run for key, run in waiting.items() if key not in open_rows]
    go_on = {key: run for key, run in waiting.items() if key in open_rows}
    new = [row for key, row in open_rows.items() if key not in there]
    stay = [run for key, run in there.items() if key not in waiting]
    effect = MoveEffect(
        stay=tuple(_line(run, run.day, run.day) for run in _ordered(stay)),
        go_on=tuple(
            _line(run, run.day, open_rows[_key(run)].day) for run in _ordered(go_on.values())
        ),
        come=tuple(_line(row, None, row.day) for row in _ordered(new)),
        go=tuple(_line(run, run.day, None) for run in _ordered(gone)),
        not_again=tuple(
            MovedRun(one.step_key, one.occurrence_key, None, one.day)
            for one in again
            if _is_open(moved, one, moment)
        ),
    )
    for key, run in go_on.items():
        for field in _DECIDED:
            setattr(run, field, getattr(open_rows[key], field))
    return _Change(effect, new, list(go_on.values()), [run.pk for run in gone])


def _plan(launch: Launch) -> list[Occurrence]:
    found = plan_launch(launch).occurrences
    if after_opt_in(definition_of(launch.version)):
        found += plan_newcomers(launch, joined_days(launch))
    return found


def _ran(launch: Launch) -> dict[str, list[StepRun]]:
    """Step -> its step runs that are planned or over."""
    found: dict[str, list[StepRun]] = {}
    for run in launch.step_runs.exclude(state=StepRunState.WAITING):
        found.setdefault(run.step_key, []).append(run)
    return found


def _is_again(launch: Launch, one: Occurrence, ran: Mapping[str, Sequence[StepRun]]) -> bool:
    """Runs of one occasion keep their people apart by themselves (`siblings`); another occasion
    of a step that ran counts only where it comes again, and long enough after."""
    runs = ran.get(one.step_key, ())
    occasion = _occasion(one.occurrence_key)
    if not runs or any(_occasion(run.occurrence_key) == occasion for run in runs):
        return False
    every = definition_of(launch.version).step(one.step_key).when.repeats()
    return every is None or any(abs(one.day - run.day) < _APART[every] for run in runs)


def _is_open(launch: Launch, one: Occurrence, moment: datetime) -> bool:
    rows = step_runs(launch, [one], timedelta(0))
    return any(row.last_close_at > moment for row in rows)


def _occasion(occurrence_key: str) -> str:
    return occurrence_key.partition(ON)[0]


def _key(run: StepRun) -> tuple[str, str]:
    return run.step_key, run.occurrence_key


def _ordered(runs: Iterable[StepRun]) -> list[StepRun]:
    return sorted(runs, key=lambda run: (run.day, run.position))


def _line(run: StepRun, before: date | None, after: date | None) -> MovedRun:
    return MovedRun(run.step_key, run.occurrence_key, before, after)
