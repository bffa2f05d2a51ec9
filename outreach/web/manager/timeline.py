"""The steps of a send in order: on which day, in which hours where, and how far each is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from outreach.campaigns.definition import Occurrence, Recipients, Step
from outreach.campaigns.launch_plan import launch_schools
from outreach.campaigns.models import Launch, StepRun, StepRunState
from outreach.campaigns.schedule import occurrences_of, step_windows
from outreach.campaigns.versions import definition_of, step_of
from outreach.core.channels import Channel
from outreach.delivery.queries import LaunchProgress
from outreach.timing import Window
from outreach.web.manager.bar import Bar, bar_of
from outreach.web.words import Badge, Tone, step_badge

_CHANNEL_WORDS: Mapping[str, str] = {Channel.EMAIL: "email", Channel.SMS: "text message"}
_RECIPIENT_WORDS: Mapping[Recipients, str] = {
    Recipients.GUARDIANS: "Parents",
    Recipients.CONTACTS: "School contacts",
    Recipients.SAFEGUARDING_LEADS: "Child-protection contacts",
    Recipients.STAFF: "School contacts and child-protection contacts",
}


@dataclass(frozen=True)
class LocalWindow:
    """The hours of one step in one zone, as its clocks show them."""

    zone: str
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True)
class TimelineStep:
    """`badge` and `bar` are about the step run; before the start there is none."""

    number: int
    title: str
    recipients: str
    channels: str
    day: date
    windows: tuple[LocalWindow, ...]
    badge: Badge
    bar: Bar


def timeline(launch: Launch, progress: LaunchProgress) -> list[TimelineStep]:
    """Every step run of the launch, also those that are not made yet."""
    definition = definition_of(launch.version)
    zones = school_zones(launch)
    runs = {(run.step_key, run.occurrence_key): run for run in launch.step_runs.all()}
    numbers = {step.uuid: step.by_state for step in progress.steps}
    lines = []
    for occurrence in occurrences_of(launch):
        run = runs.get((occurrence.step_key, occurrence.occurrence_key))
        by_state = numbers.get(run.uuid, {}) if run else {}
        step = step_of(run) if run else definition.step(occurrence.step_key)
        bar = bar_of(by_state)
        lines.append(_line(step, occurrence, zones, _badge(run, bar), bar))
    return lines


def school_zones(launch: Launch) -> list[str]:
    """The time zones of its schools, sorted."""
    return sorted(set(launch_schools(launch).values_list("zone", flat=True)))


def _line(
    step: Step, occurrence: Occurrence, zones: Iterable[str], badge: Badge, bar: Bar
) -> TimelineStep:
    windows = ((each.zone, each.window) for each in step_windows(occurrence, zones))
    return TimelineStep(
        number=occurrence.number,
        title=step.title,
        recipients=_RECIPIENT_WORDS[step.recipients],
        channels=", else ".join(_CHANNEL_WORDS[channel] for channel in step.channels),
        day=occurrence.day,
        windows=tuple(
            sorted((_local(zone, window) for zone, window in windows), key=lambda w: w.opens_at)
        ),
        badge=badge,
        bar=bar,
    )


def _badge(run: StepRun | None, bar: Bar) -> Badge:
    if run is None:
        return Badge("Not started", Tone.CALM)
    if run.state == StepRunState.PLANNED and bar.gone_out:
        return Badge("Going out", Tone.GO)
    return step_badge(run.state)


def _local(zone: str, window: Window) -> LocalWindow:
    clocks = ZoneInfo(zone)
    return LocalWindow(
        zone, window.opens_at.astimezone(clocks), window.closes_at.astimezone(clocks)
    )
