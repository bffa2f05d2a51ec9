"""How the last sends did: a small plot, a column for each step that went out.

Pure arithmetic from counters to places in a drawing of fixed size; the table under it says the
same in numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from outreach.campaigns.models import StepRun, StepRunState
from outreach.delivery.models import DeliveryState
from outreach.delivery.queries import counts_of_runs
from outreach.web.manager.runs import runs_with_launch, title_of
from outreach.web.words import state_words

WIDTH, HEIGHT = 720, 150
TOP, BOTTOM = 12, 26
_MOST = 12
_WIDEST_COLUMN = 40
# From the floor up; what the drawing shows of a step that went out.
_DRAWN = (
    DeliveryState.DELIVERED,
    DeliveryState.ACCEPTED,
    DeliveryState.UNKNOWN,
    DeliveryState.BOUNCED,
    DeliveryState.FAILED,
    DeliveryState.EXPIRED,
)
_WENT = (DeliveryState.DELIVERED, DeliveryState.ACCEPTED, DeliveryState.BOUNCED)


@dataclass(frozen=True)
class Block:
    """A part of a column. `state`: the class of its colour; `words`: what a pointer sees."""

    x: float
    y: float
    width: float
    height: float
    state: str
    words: str


@dataclass(frozen=True)
class SentStep:
    """A row of the table. `middle`: where its column stands."""

    run: StepRun
    title: str
    middle: float
    went_out: int
    delivered: int
    not_reached: int

    @property
    def delivered_percent(self) -> int:
        """Of those that went out, rounded down; 0 where nothing did."""
        return self.delivered * 100 // self.went_out if self.went_out else 0


@dataclass(frozen=True)
class LastSends:
    """`steps`: the newest last, as the columns stand from left to right."""

    blocks: tuple[Block, ...]
    steps: tuple[SentStep, ...]
    states: tuple[tuple[str, str], ...]
    width: int = WIDTH
    height: int = HEIGHT
    floor: int = HEIGHT - BOTTOM


def last_sends(today: date) -> LastSends | None:
    """Of the last steps up to `today`; None before anything went out."""
    runs = _runs(today)
    counts = counts_of_runs([run.pk for run in runs])
    sent = [run for run in runs if _sum(counts.get(run.pk, {}), _DRAWN)]
    if not sent:
        return None
    most = max(_sum(counts[run.pk], _DRAWN) for run in sent)
    room = WIDTH / max(len(sent), 4)
    steps = tuple(
        _step(run, counts[run.pk], (place + 0.5) * room) for place, run in enumerate(sent)
    )
    blocks = tuple(
        block
        for step in steps
        for block in _column(step, counts[step.run.pk], most, min(_WIDEST_COLUMN, room * 0.6))
    )
    shown = dict.fromkeys(block.state for block in blocks)
    return LastSends(blocks, steps, tuple((state, state_words(state)) for state in shown))


def _runs(today: date) -> list[StepRun]:
    """The last ones that were planned, in the order of their days."""
    found = runs_with_launch().filter(day__lte=today).exclude(state=StepRunState.WAITING)
    return list(found.order_by("-day", "-pk")[:_MOST])[::-1]


def _step(run: StepRun, by_state: Mapping[str, int], middle: float) -> SentStep:
    went_out = _sum(by_state, _WENT)
    delivered = by_state.get(DeliveryState.DELIVERED, 0)
    return SentStep(
        run=run,
        title=title_of(run),
        middle=round(middle, 1),
        went_out=went_out,
        delivered=delivered,
        not_reached=_sum(by_state, (DeliveryState.BOUNCED, DeliveryState.FAILED)),
    )


def _column(
    step: SentStep, by_state: Mapping[str, int], most: int, width: float
) -> Sequence[Block]:
    floor = float(HEIGHT - BOTTOM)
    found = []
    for state in _DRAWN:
        number = by_state.get(state, 0)
        if not number:
            continue
        height = number / most * (HEIGHT - TOP - BOTTOM)
        floor -= height
        found.append(
            Block(
                x=round(step.middle - width / 2, 1),
                y=round(floor, 1),
                width=round(width, 1),
                height=round(height, 1),
                state=state.value,
                words=f"{step.title}, {step.run.day:%d %b %Y}: {number:,} {state_words(state)}",
            )
        )
    return found


def _sum(by_state: Mapping[str, int], states: Sequence[str]) -> int:
    return sum(by_state.get(state, 0) for state in states)
