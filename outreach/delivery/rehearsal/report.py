"""What a rehearsal says: a calendar of step runs with numbers, prices and who is left out.

Pure data: pages, tables and JSON are made of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from outreach.delivery.rehearsal.fit import DayFit
from outreach.delivery.rehearsal.people import LeftOutPerson


@dataclass(frozen=True)
class Amount:
    """Messages, the carrier's parts of those that are texts, and their price (micros)."""

    messages: int = 0
    segments: int = 0
    micros: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(
            self.messages + other.messages,
            self.segments + other.segments,
            self.micros + other.micros,
        )

    @classmethod
    def total(cls, amounts: Sequence[Amount]) -> Amount:
        return sum(amounts, cls())


@dataclass(frozen=True)
class ZoneWindow:
    """When the step goes out in one zone: aware UTC, and as the clocks there show it."""

    zone: str
    opens_at: datetime
    closes_at: datetime
    expires_at: datetime
    opens_local: str
    closes_local: str
    messages: int


@dataclass(frozen=True)
class Calibre:
    """What one text of a language takes: fewest and most parts, and the dearest price (micros)."""

    fewest_segments: int
    most_segments: int
    most_micros: int

    def widened(self, segments: int, micros: int) -> Self:
        return type(self)(
            min(self.fewest_segments, segments),
            max(self.most_segments, segments),
            max(self.most_micros, micros),
        )


@dataclass(frozen=True)
class RehearsedStep:
    """One step run. `people`: the audience = `amount.messages` + all of `left_out`.

    `left_out`: reason -> people. `schools`: slug -> messages. `texts`: language -> one text.
    `priced_by`: "text" exactly, or "longest name": then `amount` is the most it can cost and
    `sample_micros` what it costs when all have a name like the sample.
    """

    step_key: str
    occurrence_key: str
    title: str
    recipients: str
    day: date
    plan_at: datetime
    windows: tuple[ZoneWindow, ...]
    people: int
    amount: Amount
    left_out: Mapping[str, int]
    channels: Mapping[str, Amount]
    languages: Mapping[str, Amount]
    countries: Mapping[str, Amount]
    schools: Mapping[str, int]
    texts: Mapping[str, Calibre]
    priced_by: str
    sample_micros: int

    @property
    def key(self) -> tuple[str, str]:
        return self.step_key, self.occurrence_key


@dataclass(frozen=True)
class Money:
    """`reached_on`: the first day (UTC) on which a ceiling would stop the launch, None for never;
    `reached_in`: the step it would stop in; `ceiling`: "launch" or "day"."""

    currency: str
    micros: int
    launch_cap_micros: int
    day_cap_micros: int
    reached_on: date | None
    reached_in: str
    ceiling: str


@dataclass(frozen=True)
class NotPlanned:
    """A step that has no day at some schools (slugs), and why: "its term dates are not entered"."""

    step_key: str
    why: str
    schools: tuple[str, ...]


@dataclass(frozen=True)
class Rehearsal:
    """`until`: the last day looked at, None for all. `persons`: who is left out by name, empty
    where that was not asked. `newcomers`: steps that go to people as they join; nobody knows how
    many, so they are not counted."""

    campaign: str
    title: str
    starts_on: date
    until: date | None
    rehearsed_at: datetime
    mode: str
    schools: int
    steps: tuple[RehearsedStep, ...]
    fits: tuple[DayFit, ...]
    money: Money
    not_planned: tuple[NotPlanned, ...] = ()
    newcomers: tuple[str, ...] = ()
    persons: tuple[LeftOutPerson, ...] = ()

    @property
    def amount(self) -> Amount:
        return Amount.total([step.amount for step in self.steps])

    @property
    def left_out(self) -> dict[str, int]:
        """Reason -> how often, over all steps, the most frequent first."""
        found: dict[str, int] = {}
        for step in self.steps:
            for reason, people in step.left_out.items():
                found[reason] = found.get(reason, 0) + people
        return dict(sorted(found.items(), key=lambda item: -item[1]))
