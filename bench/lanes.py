"""The SMS and email lanes beside their baselines, in turn: a drift of the machine hits both."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from bench.machine import REPOSITORY, Machine
from bench.population import Population

PROCESSES = 2
CONCURRENCY = 64
_WARM_UP = 2_000


@dataclass(frozen=True)
class Figure:
    """A ratio: median, lowest and highest of the pairs; `must` is what it has to reach."""

    name: str
    median: float
    low: float
    high: float
    must: float | None
    unit: str = "ratio"
    detail: str = ""

    @property
    def is_reached(self) -> bool:
        return self.must is None or self.median >= self.must


def figure(name: str, values: list[float], must: float | None, detail: str = "") -> Figure:
    return Figure(name, statistics.median(values), min(values), max(values), must, detail=detail)


def measure_lanes(people: int, pairs: int, say: Callable[[str], None]) -> list[Figure]:
    """SMS lane over both bare loops, email lane over the SMS lane."""
    rates: dict[str, list[float]] = {"sdk": [], "aiohttp": [], "sms": [], "email": []}
    with Machine() as machine:
        machine.populate(Population(people * 2, sms_share=0.5, plain=True, zone="UTC"))
        machine.start_workers("sms,email", PROCESSES)
        for number in range(pairs):
            for kind in ("sdk", "aiohttp"):
                rates[kind].append(_baseline(machine, kind, people))
            for channel in ("sms", "email"):
                rates[channel].append(_lane(machine, channel, people))
            say(f"pair {number + 1}: " + ", ".join(f"{k} {v[-1]:.0f}/s" for k, v in rates.items()))
    return [
        figure("SMS lane / bare loop through the SDK", _ratios(rates, "sms", "sdk"), 0.6),
        figure("SMS lane / bare aiohttp loop", _ratios(rates, "sms", "aiohttp"), 0.35),
        figure("email lane / SMS lane, recipients", _ratios(rates, "email", "sms"), 3.0),
        *(
            Figure(f"{kind}, messages a second", statistics.median(v), min(v), max(v), None, "1/s")
            for kind, v in rates.items()
        ),
    ]


def _ratios(rates: dict[str, list[float]], above: str, below: str) -> list[float]:
    return [a / b for a, b in zip(rates[above], rates[below], strict=True)]


def _baseline(machine: Machine, kind: str, messages: int) -> float:
    machine.sink.reset()
    share = messages // PROCESSES
    argv = [sys.executable, "-m", "bench.baseline", kind, machine.sink.url]
    loops = [
        subprocess.Popen([*argv, str(share), str(CONCURRENCY)], cwd=REPOSITORY)
        for _ in range(PROCESSES)
    ]
    for loop in loops:
        loop.wait()
    counts = machine.sink.counts()
    return counts["requests"] / counts["seconds"]


def _lane(machine: Machine, channel: str, messages: int) -> float:
    """From the first request at the sink to the last outcome in the ledger, all committed."""
    launch = machine.run("-m", "bench.launching", channel)
    run = machine.ask("SELECT id FROM campaigns_steprun WHERE launch_id = %s", launch)
    machine.run("-m", "bench.waking", "plan", str(run))
    machine.sink.reset()
    machine.run("-m", "bench.waking", "send", str(run))
    done = "SELECT count(*) FROM delivery_batch WHERE step_run_id = %s AND NOT is_done"
    machine.wait_for(done, 0, run)
    accepted = machine.ask(
        "SELECT sum(number) FROM delivery_tally WHERE step_run_id = %s AND state = 'accepted'", run
    )
    if accepted != messages:
        raise RuntimeError(f"{accepted} of {messages} were accepted: the figure would be a lie")
    return float(messages) / machine.sink.counts()["seconds"]
