"""How the chunks that a process sent from a sender went: what its answers say about the lane.

Pure, so the hot loop only adds numbers up. Refuses to judge a sender: one process sees a part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from outreach.core.errors import OutcomeUnknown, ProviderBusy, ProviderRefused, Refusal
from outreach.providers.port import NOT_STARTED, Accepted, Outcome

_FAILING_SHARE = 0.5
# An answer takes a fraction of a second; the adapters give up after twenty.
SLOW_SECONDS = 10.0


@dataclass
class Pulse:
    """`failing`: chunks of which the provider did not take half. `milliseconds`: waited in all."""

    chunks: int = 0
    failing: int = 0
    milliseconds: int = 0

    def note(self, outcomes: Sequence[Outcome | None], seconds: float) -> None:
        """One chunk. Outcomes that were never asked for (None) say nothing."""
        # Nearly all are: the rest of this is not worth its time for them.
        others = [each for each in outcomes if type(each) is not Accepted]
        told = [each for each in others if each is not None and not _was_never_asked(each)]
        asked = len(outcomes) - len(others) + len(told)
        if not asked:
            return
        self.chunks += 1
        self.failing += sum(map(_is_ill, told)) >= _FAILING_SHARE * asked
        self.milliseconds += int(seconds * 1000)

    def add(self, other: Pulse) -> None:
        self.chunks += other.chunks
        self.failing += other.failing
        self.milliseconds += other.milliseconds

    @property
    def mean_seconds(self) -> float:
        return self.milliseconds / 1000 / self.chunks if self.chunks else 0.0

    def complaint(self) -> str:
        """What is wrong, for people; "" when nothing is."""
        if self.failing > _FAILING_SHARE * self.chunks:
            return f"{self.failing} of {self.chunks} calls failed"
        if self.mean_seconds >= SLOW_SECONDS:
            return f"{self.chunks} calls took {self.mean_seconds:.0f} seconds each"
        return ""


def _was_never_asked(outcome: Outcome) -> bool:
    return isinstance(outcome, ProviderBusy) and outcome.provider_code == NOT_STARTED


def _is_ill(outcome: Outcome) -> bool:
    """What no change of the message or the address would cure."""
    match outcome:
        case OutcomeUnknown():
            return True
        case ProviderBusy(retry_after_seconds=wait):
            return wait != 0  # 0: it only refused another recipient of the same request
        case ProviderRefused(kind=kind):
            return kind == Refusal.UNAUTHORISED
        case _:
            return False
