"""The steps of a send in order: on which day, in which hours where, and how far each is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext, gettext_noop

from outreach.campaigns.definition import Occurrence, Recipients, Step
from outreach.campaigns.launch_plan import launch_schools
from outreach.campaigns.models import Launch, StepRun
from outreach.campaigns.schedule import occurrences_of, step_windows
from outreach.campaigns.versions import definition_of, step_of
from outreach.core.channels import Channel
from outreach.delivery.queries import LaunchProgress
from outreach.timing import Window
from outreach.web.manager.bar import Bar, bar_of
from outreach.web.manager.runs import run_badge
from outreach.web.words import Badge, Tone

_CHANNEL_WORDS: Mapping[str, str] = {
    Channel.EMAIL: gettext_noop("email"),
    Channel.SMS: gettext_noop("text message"),
}
_RECIPIENT_WORDS: Mapping[Recipients, str] = {
    Recipients.GUARDIANS: gettext_noop("Parents"),
    Recipients.CONTACTS: gettext_noop("School contacts"),
    Recipients.SAFEGUARDING_LEADS: gettext_noop("Child-protection contacts"),
    Recipients.STAFF: gettext_noop("School contacts and child-protection contacts"),
}


@dataclass(frozen=True)
class LocalWindow:
    """The hours of one step in one zone, as its clocks show them."""

    zone: str
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True)
class TimelineStep:
    """`badge` and `bar` are about the step run; before the start there is none.

    `sent`: its step run once something of it went out, to be corrected.
    """

    number: int
    title: str
    recipients: str
    channels: str
    day: date
    windows: tuple[LocalWindow, ...]
    badge: Badge
    bar: Bar
    sent: UUID | None


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
        sent = run.uuid if run and bar.gone_out else None
        lines.append(_line(step, occurrence, zones, _Standing(_badge(run, bar), bar, sent)))
    return lines


def school_zones(launch: Launch) -> list[str]:
    """The time zones of its schools, sorted."""
    return sorted(set(launch_schools(launch).values_list("zone", flat=True)))


@dataclass(frozen=True)
class _Standing:
    """How a step run is doing."""

    badge: Badge
    bar: Bar
    sent: UUID | None


def _line(
    step: Step, occurrence: Occurrence, zones: Iterable[str], standing: _Standing
) -> TimelineStep:
    windows = ((each.zone, each.window) for each in step_windows(occurrence, zones))
    return TimelineStep(
        number=occurrence.number,
        title=step.title,
        recipients=gettext(_RECIPIENT_WORDS[step.recipients]),
        channels=gettext(", else ").join(
            gettext(_CHANNEL_WORDS[channel]) for channel in step.channels
        ),
        day=occurrence.day,
        windows=tuple(
            sorted((_local(zone, window) for zone, window in windows), key=lambda w: w.opens_at)
        ),
        badge=standing.badge,
        bar=standing.bar,
        sent=standing.sent,
    )


def _badge(run: StepRun | None, bar: Bar) -> Badge:
    return run_badge(run, bar) if run else Badge(gettext("Not started"), Tone.CALM)


def _local(zone: str, window: Window) -> LocalWindow:
    clocks = ZoneInfo(zone)
    return LocalWindow(
        zone, window.opens_at.astimezone(clocks), window.closes_at.astimezone(clocks)
    )
