"""Whether a message costs more in a large launch than in a small one, and memory with it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import psutil

from bench.figures import Effort, Figure, Say, figure
from bench.lanes import PROCESSES, plan_launch, wake_and_wait
from bench.machine import Machine
from bench.population import Population

_SAMPLE_SECONDS = 0.5
# An idle connection reports what it read after ten seconds (PGSTAT_IDLE_INTERVAL).
_STATISTICS_SECONDS = 11
_MEBIBYTE = 2**20
_SCHOOL = 500  # people of a school in this population
_PAGES = "SELECT blks_hit + blks_read FROM pg_stat_database WHERE datname = current_database()"
_WAL = "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"
# Batch by batch, so that one pause of the machine does not decide.
_SECONDS_EACH = """
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY each)::float8 FROM (
  SELECT extract(epoch FROM max(e.at) - min(e.at)) / count(DISTINCT e.delivery_id) AS each
  FROM delivery_deliveryevent e JOIN delivery_batch b ON b.step_run_id = e.step_run_id
    AND e.delivery_id BETWEEN b.first_id AND b.last_id
  WHERE e.step_run_id = %s GROUP BY b.id) batches
"""


@dataclass(frozen=True)
class Cost:
    """What one message cost, and the most memory that one worker process held."""

    wal_bytes: float
    pages: float
    seconds: float
    memory_bytes: int


def measure_growth(effort: Effort, say: Say) -> list[Figure]:
    """A large launch over a small one on the same machine with the same audience."""
    tiny = effort.size(2_000, 10_000)
    small = effort.size(4_000, 20_000, 100_000)
    large = effort.size(10_000, 100_000, 1_000_000)
    with Machine() as machine:
        say(f"laying down {large:,} people")
        machine.populate(Population(large, plain=True, zone="UTC"))
        workers = machine.start_workers("sms", PROCESSES)
        # The first launch fills caches and prepares statements: it warms up and counts for memory.
        costs = {}
        for size in (tiny, small, large):
            costs[size] = _send(machine, workers.pid, size, size // _SCHOOL)
            say(f"{size:,} messages: {costs[size]}")
    return _figures(costs[tiny], costs[small], costs[large], f"{large:,} over {small:,}")


def _figures(tiny: Cost, small: Cost, large: Cost, sizes: str) -> list[Figure]:
    def one(name: str, value: float, must: float, unit: str = "ratio") -> Figure:
        return figure(name, [value], must, unit=unit, is_ceiling=True, detail=sizes)

    more = (large.memory_bytes - tiny.memory_bytes) / _MEBIBYTE
    return [
        one(f"WAL bytes a message, {sizes}", large.wal_bytes / small.wal_bytes, 1.1),
        one(f"buffers a message, {sizes}", large.pages / small.pages, 1.1),
        one(f"time a message, {sizes}", large.seconds / small.seconds, 1.25),
        one("memory of a worker, more than for the first launch", more, 20, "MiB"),
        figure("WAL a message", [large.wal_bytes], unit="bytes"),
    ]


def _send(machine: Machine, worker_pid: int, messages: int, schools: int) -> Cost:
    run, _ = plan_launch(machine, "sms", schools)
    with machine.connect() as connection:
        connection.execute("CHECKPOINT")
    time.sleep(_STATISTICS_SECONDS)
    wal, pages = float(machine.ask(_WAL)), int(machine.ask(_PAGES))
    with _Memory(worker_pid) as memory:
        wake_and_wait(machine, run, messages)
    wal_after = float(machine.ask(_WAL))
    time.sleep(_STATISTICS_SECONDS)
    return Cost(
        wal_bytes=(wal_after - wal) / messages,
        pages=(int(machine.ask(_PAGES)) - pages) / messages,
        seconds=machine.ask(_SECONDS_EACH, run),
        memory_bytes=memory.most,
    )


class _Memory:
    """Watches the worker's processes. `most`: the peak of the largest one.

    Memory of its own (USS), since what forked processes share is there once.
    """

    def __init__(self, pid: int) -> None:
        self._children = psutil.Process(pid).children(recursive=True)
        self._seen: dict[int, list[int]] = {child.pid: [] for child in self._children}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> _Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def most(self) -> int:
        return max(max(seen) for seen in self._seen.values())

    def _watch(self) -> None:
        while True:
            for child in self._children:
                self._seen[child.pid].append(child.memory_full_info().uss)
            if self._over.wait(_SAMPLE_SECONDS):
                return
