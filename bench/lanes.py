"""The SMS and email lanes beside their baselines, in turn: a drift of the machine hits both."""

from __future__ import annotations

import subprocess
import sys

from bench.figures import Effort, Figure, Say, figure, ratios
from bench.machine import REPOSITORY, Machine
from bench.population import Population

PROCESSES = 2
CONCURRENCY = 64
_DONE = "SELECT count(*) FROM delivery_batch WHERE step_run_id = %s AND NOT is_done"
_ACCEPTED = (
    "SELECT sum(number)::bigint FROM delivery_tally WHERE step_run_id = %s "
    "AND state IN ('accepted', 'delivered')"
)


def measure_lanes(effort: Effort, say: Say) -> list[Figure]:
    """SMS lane over both bare loops, email lane over the SMS lane."""
    people = effort.people
    rates: dict[str, list[float]] = {"sdk": [], "aiohttp": [], "sms": [], "email": []}
    with Machine() as machine:
        machine.populate(Population(people * 2, sms_share=0.5, plain=True, zone="UTC"))
        machine.start_workers("sms,email", PROCESSES)
        for number in range(effort.pairs):
            for kind in ("sdk", "aiohttp"):
                rates[kind].append(_baseline(machine, kind, people))
            for channel in ("sms", "email"):
                rates[channel].append(send_lane(machine, channel, people))
            say(f"pair {number + 1}: " + ", ".join(f"{k} {v[-1]:.0f}/s" for k, v in rates.items()))
    return _figures(rates)


def _figures(rates: dict[str, list[float]]) -> list[Figure]:
    sms = rates["sms"]
    return [
        figure("SMS lane / bare loop through the SDK", ratios(sms, rates["sdk"]), 0.6, 0.8),
        figure("SMS lane / bare aiohttp loop", ratios(sms, rates["aiohttp"]), 0.35, 0.6),
        figure("email lane / SMS lane, recipients", ratios(rates["email"], sms), 3, 5),
        *(figure(f"{kind}, messages a second", v, unit="1/s") for kind, v in rates.items()),
    ]


def _baseline(machine: Machine, kind: str, messages: int) -> float:
    machine.sink.reset()
    run_loops(kind, machine.sink.url, messages, CONCURRENCY)
    counts = machine.sink.counts()
    return counts["requests"] / counts["seconds"]


def run_loops(kind: str, target: str, messages: int, concurrency: int) -> float:
    """The bare loop in as many processes as a lane has, all begun together.

    Returns the seconds of the slowest. Raises RuntimeError when one fails.
    """
    share = str(messages // PROCESSES)
    argv = [sys.executable, "-m", "bench.baseline", kind, target, share, str(concurrency)]
    pipe = subprocess.PIPE
    loops = [
        subprocess.Popen(argv, cwd=REPOSITORY, stdin=pipe, stdout=pipe, text=True)
        for _ in range(PROCESSES)
    ]
    for loop in loops:
        if loop.stdout is None or loop.stdout.readline().strip() != "ready":
            raise RuntimeError(f"the loop {kind} did not start")
    for loop in loops:
        if loop.stdin is not None:
            loop.stdin.write("go\n")
            loop.stdin.flush()
    seconds = [loop.communicate()[0] for loop in loops]
    if any(loop.returncode for loop in loops):
        raise RuntimeError(f"the loop {kind} failed")
    return max(map(float, seconds))


def plan_launch(machine: Machine, channel: str, schools: int = 0) -> tuple[int, float]:
    """A planned step run of a new launch and the seconds that planning took.

    `schools`: the first so many only, 0 for all.
    """
    launch = machine.run("-m", "bench.launching", channel, str(schools))
    run = int(machine.ask("SELECT id FROM campaigns_steprun WHERE launch_id = %s", launch))
    return run, float(machine.run("-m", "bench.waking", "plan", str(run)))


def send_lane(machine: Machine, channel: str, messages: int, schools: int = 0) -> float:
    """Messages a second, from the first request at the sink to the last.

    Only when every outcome is in the ledger, all committed; raises RuntimeError otherwise.
    """
    run, _ = plan_launch(machine, channel, schools)
    machine.sink.reset()
    wake_and_wait(machine, run, messages)
    return float(messages) / machine.sink.counts()["seconds"]


def wake_and_wait(machine: Machine, run: int, messages: int) -> None:
    machine.run("-m", "bench.waking", "send", str(run))
    machine.wait_for(_DONE, 0, run)
    accepted = machine.ask(_ACCEPTED, run)
    if accepted != messages:
        raise RuntimeError(f"{accepted} of {messages} were accepted: the figure would be a lie")
