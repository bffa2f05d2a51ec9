"""Everything that may happen twice, and callbacks that do not come as they should."""

from __future__ import annotations

from collections.abc import Callable

from bench.chaos.trial import Trial
from outreach.sandbox.faults import FaultKind

_SECONDS = 3
_REPEATED_MESSAGES = 40


def doubled(trial: Trial) -> None:
    """Two sweepers and planners beside the clocks, two workers, every task three times."""
    trial.begin(rate=150)
    trial.house.ensure(f"{trial.worker}/2", "clock/2")
    trial.launch()
    both = [
        trial.house.spawn(
            *("python", "-m", "bench.chaos.inside", "double", str(trial.run), str(_SECONDS))
        )
        for _ in range(2)
    ]
    said = [process.communicate()[0] for process in both]
    trial.expect(all(process.returncode == 0 for process in both), "doing it twice failed")
    trial.result.notes["rounds"] = sum(int(text or 0) for text in said)
    trial.house.wait(trial.is_over, "the end of the send")
    for name in (f"{trial.worker}/2", "clock/2"):
        trial.house.stop(name)


def callbacks(kind: FaultKind) -> Callable[[Trial], None]:
    """However the receipts come, the end is the same: all are delivered."""

    def act(trial: Trial) -> None:
        trial.begin()
        is_many = kind is FaultKind.DUPLICATE_CALLBACKS
        trial.house.control.fail(
            trial.channel, kind, count=_REPEATED_MESSAGES if is_many else None, times=50
        )
        trial.launch()
        trial.house.wait(trial.is_over, "the end of the send")
        trial.wait_until_settled()
        delivered = trial.count("state = 'delivered'")
        trial.expect(delivered == trial.house.people, f"{delivered} delivered")

    return act
