"""Step runs as pages name them: a title, a badge, how far they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time

from django.db.models import QuerySet
from django.utils.translation import gettext

from outreach.campaigns.models import Launch, LaunchState, StepRun, StepRunState
from outreach.campaigns.versions import step_of
from outreach.delivery.queries import counts_of_runs
from outreach.web.manager.bar import Bar, bar_of
from outreach.web.words import Badge, Tone, step_badge


@dataclass(frozen=True)
class Going:
    """One step that goes out on a day. `at`: on each school's clock, None where not kept.

    `launch` without its version's texts. `bar`: empty before it is planned.
    """

    launch: Launch
    title: str
    day: date
    at: time | None
    badge: Badge
    bar: Bar


def runs_with_launch() -> QuerySet[StepRun]:
    """Step runs with their launch and campaign, without the texts, which no list shows."""
    found = StepRun.objects.select_related("launch__version__campaign")
    return found.defer("launch__version__files", "launch__version__definition")


def title_of(run: StepRun) -> str:
    """What people call the step, by the version that it was planned by."""
    return step_of(run).title


def going_out(first: date, last: date, most: int) -> list[Going]:
    """The steps of running and paused sends on these days, the soonest first."""
    found = runs_with_launch().filter(
        day__range=(first, last),
        launch__state__in=[LaunchState.RUNNING, LaunchState.PAUSED],
    )
    runs = list(found.order_by("day", "at", "pk")[:most])
    counts = counts_of_runs([run.pk for run in runs])
    return [_going(run, counts.get(run.pk, {})) for run in runs]


def run_badge(run: StepRun, bar: Bar) -> Badge:
    """How it stands; of a paused or cancelled send, that. All of it may have gone out before it
    counts as finished: newcomers still join it until its time is over."""
    has_gone_out = run.state == StepRunState.FINISHED or (bar.gone_out and bar.is_done)
    if run.launch.state == LaunchState.PAUSED and not has_gone_out:
        return Badge(gettext("Paused"), Tone.HALT)
    if run.launch.state == LaunchState.CANCELLED and not has_gone_out:
        return Badge(gettext("Cancelled"), Tone.BAD)
    if run.state == StepRunState.PLANNED and bar.gone_out:
        if has_gone_out:
            return Badge(gettext("Gone out"), Tone.GOOD)
        return Badge(gettext("Going out"), Tone.GO)
    return step_badge(run.state)


def _going(run: StepRun, by_state: Mapping[str, int]) -> Going:
    bar = bar_of(by_state)
    return Going(run.launch, title_of(run), run.day, run.at, run_badge(run, bar), bar)
