"""The memory of a whole installation on one machine: at rest, and the most while it sends.

Proportional shares (PSS): a page that processes share is counted once, as on a real machine.
`pinned` is the part of it that no pressure can take away (anonymous and shared memory, without
the pages of files): what the limits of docker-compose.yml have to leave room for.
"""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.figures import Effort, Figure, Say, figure
from bench.machine import BIN, Machine, free_port, wait_for_http
from bench.population import Population
from outreach.cli.up.processes import Bindings, Program, Ready, programs

_MOST_MIB = 2048
_KIB_IN_MIB = 1024
_LOOK_SECONDS = 0.5
_PATIENCE_SECONDS = 120
_ACCEPTED = "SELECT coalesce(sum(number), 0)::bigint FROM delivery_tally WHERE state = 'accepted'"
_PINNED = ("Pss_Anon", "Pss_Shmem")


@dataclass(frozen=True)
class Memory:
    """In MiB."""

    whole: float
    pinned: float

    def most(self, other: Memory) -> Memory:
        return Memory(max(self.whole, other.whole), max(self.pinned, other.pinned))


def measure_memory(effort: Effort, say: Say) -> list[Figure]:
    """All processes of the table with PostgreSQL and Redis; texts to `people`, one launch each."""
    with Machine() as machine:
        machine.populate(Population(effort.people, plain=True, zone="UTC"))
        roots = _start_everything(machine)
        at_rest = _look(roots)
        say(_lines("at rest", at_rest))
        watch = _Watch(roots)
        with watch:
            machine.run("-m", "bench.launching", "sms")  # the clock does the rest
            machine.wait_for(_ACCEPTED, effort.people)
        say(_lines(f"the most while {effort.people:,} were sent", watch.most))
    return [
        figure("memory at rest, PSS", [_total(at_rest)], _MOST_MIB, unit="MiB", is_ceiling=True),
        figure("memory while sending, PSS", [watch.total], _MOST_MIB, unit="MiB", is_ceiling=True),
        *(figure(f"{name}, pinned", [m.pinned], unit="MiB") for name, m in watch.most.items()),
    ]


class _Watch:
    """Looks again and again in a thread of its own; `most`: the largest seen of each process."""

    def __init__(self, roots: Mapping[str, int]) -> None:
        self._roots = roots
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.most: dict[str, Memory] = {}
        self.total = 0.0

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            seen = _look(self._roots)
            self.total = max(self.total, _total(seen))
            self.most = {name: m.most(self.most.get(name, m)) for name, m in seen.items()}
            if self._ends.wait(_LOOK_SECONDS):
                return


def _start_everything(machine: Machine) -> dict[str, int]:
    """Starts every process of the table; name -> process id, all at work."""
    bindings = Bindings(web_port=free_port(), webhook_port=machine.webhook_port)
    roots = {"postgres": machine.postgres.pid() or 0, "redis": machine.redis.pid() or 0}
    for program in programs(bindings, sandbox=False):
        roots[program.name] = machine.start(*program.argv, name=program.name, role=program.role).pid
        if program.ready is Ready.HTTP:
            wait_for_http(f"http://127.0.0.1:{program.port}{_ready_path(program)}")
    _wait_for_workers(machine, sum(name.startswith("worker-") for name in roots))
    return roots


def _wait_for_workers(machine: Machine, wanted: int) -> None:
    """Returns when so many answer a ping; raises TimeoutError."""
    ping = [str(BIN / "celery"), "-A", "outreach.config.celery", "inspect", "ping", "--json"]
    ends = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < ends:
        done = subprocess.run(ping, env=machine.environment, capture_output=True, check=False)
        if done.returncode == 0 and len(json.loads(done.stdout)) >= wanted:
            return
    raise TimeoutError(f"{wanted} workers did not come up")


def _ready_path(program: Program) -> str:
    return "/readyz" if program.name == "web" else "/healthz"


def _look(roots: Mapping[str, int]) -> dict[str, Memory]:
    return {name: _of_tree(pid) for name, pid in roots.items()}


def _of_tree(pid: int) -> Memory:
    try:
        root = psutil.Process(pid)
        pids = [root.pid, *(child.pid for child in root.children(recursive=True))]
    except psutil.NoSuchProcess:
        return Memory(0, 0)
    found = [_of_process(each) for each in pids]
    return Memory(sum(m.whole for m in found), sum(m.pinned for m in found))


def _of_process(pid: int) -> Memory:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
        return Memory(0, 0)
    values = {line.split(":")[0]: int(line.split()[1]) / _KIB_IN_MIB for line in lines}
    return Memory(values["Pss"], sum(values[name] for name in _PINNED))


def _total(seen: Mapping[str, Memory]) -> float:
    return sum(memory.whole for memory in seen.values())


def _lines(title: str, seen: Mapping[str, Memory]) -> str:
    parts = (f"{name} {m.whole:.0f} ({m.pinned:.0f})" for name, m in seen.items())
    return f"{title}, MiB PSS (pinned): {', '.join(parts)}; together {_total(seen):.0f}"
