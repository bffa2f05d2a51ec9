"""Planning a launch: from the audience to deliveries and batches, in one transaction."""

from __future__ import annotations

from bench.figures import Effort, Figure, Say, figure
from bench.lanes import plan_launch
from bench.machine import Machine
from bench.population import Population

_AIM_SECONDS, _MUST_SECONDS = 8, 15
_MILLION = 1_000_000


def measure_planning(effort: Effort, say: Say) -> list[Figure]:
    """Seconds for people as they are: shared phones, two schools, no consent, suppressed."""
    people = effort.size(50_000, _MILLION)
    times = effort.size(1, min(effort.pairs, 3), effort.pairs)
    seconds: list[float] = []
    with Machine() as machine:
        say(f"laying down {people:,} people")
        machine.populate(Population(people, sms_share=0.8))
        for number in range(times):
            _, took = plan_launch(machine, "sms")
            seconds.append(took)
            say(f"plan {number + 1}: {took:.1f} s")
        _check(machine, people * times)
    name = f"planning {people:,} people"
    # A million is what was promised; fewer are held to their share of it.
    share = people / _MILLION
    return [
        figure(
            name, seconds, _MUST_SECONDS * share, _AIM_SECONDS * share, unit="s", is_ceiling=True
        )
    ]


def _check(machine: Machine, expected: int) -> None:
    rows = machine.ask("SELECT count(*) FROM delivery_delivery")
    if rows != expected:
        raise RuntimeError(f"{rows} rows for {expected} people: the figure would be a lie")
