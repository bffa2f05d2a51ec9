"""Whether `bench.simulate` tells the truth: a predicted run beside a measured one."""

from __future__ import annotations

from bench.figures import Effort, Figure, Say, figure
from bench.lanes import PROCESSES, plan_launch, send_lane, wake_and_wait
from bench.machine import Machine
from bench.population import Population
from bench.simulate import Setting, predict

_LATENCIES = (0.25, 1.0)
_OFF_BY = 0.15


def measure_prediction(effort: Effort, say: Say) -> list[Figure]:
    """How far a prediction is off, for each latency that the sink was told to have."""
    people = effort.size(2_000, 10_000, 40_000)
    offs: list[float] = []
    with Machine() as machine:
        machine.populate(Population(people, plain=True, zone="UTC"))
        workers = machine.start_workers("sms", PROCESSES)
        fast = max(send_lane(machine, "sms", people) for _ in range(2)) / PROCESSES
        for latency in _LATENCIES:
            machine.stop(workers)
            machine.use_sink("--delay", str(latency))
            workers = machine.start_workers("sms", PROCESSES)
            predicted = predict(Setting(people, latency, PROCESSES, fast)).seconds
            measured = _measure(machine, people) + latency
            offs.append(abs(predicted / measured - 1))
            say(f"{latency} s latency: predicted {predicted:.1f} s, measured {measured:.1f} s")
    name = "prediction off by, of the measured time"
    return [figure(name, [off], _OFF_BY, is_ceiling=True) for off in offs]


def _measure(machine: Machine, people: int) -> float:
    """Seconds from the first request to the last one at the sink."""
    run, _ = plan_launch(machine, "sms")
    machine.sink.reset()
    wake_and_wait(machine, run, people)
    return machine.sink.counts()["seconds"]
