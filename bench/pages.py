"""How long each page of staff takes at the server when the ledger is large.

A tenth as many people as ledger rows, in ten messages of one send, laid down by SQL as the send
would have left them. Every page is asked by a session that may open all, one request after the
other; beside the time each answer took stands what it cost in processor time of PostgreSQL and
of the web process, which a busy machine does not stretch.
"""

from __future__ import annotations

import http.client
import json
import time

import psutil

from bench.figures import Effort, Figure, Say, figure, percentile
from bench.launch_page import APART, lay_down_run, start_web
from bench.machine import Machine
from bench.page_objects import STEPS
from bench.population import Population

_WARM_UP = 3
_MUST_MS = 100
_ANSWERS = {http.client.OK, http.client.FOUND}


def measure_pages(effort: Effort, say: Say) -> list[Figure]:
    """p95 over 30 requests of every page that staff open."""
    rows = effort.rows or effort.size(20_000, 1_000_000, 10_000_000)
    asks = effort.size(5, 30)
    with Machine() as machine:
        machine.populate(Population(rows // STEPS, sms_share=0.8))
        launch = int(machine.run("-m", "bench.page_objects", "launch"))
        say(f"laying down {rows:,} ledger rows of {rows // STEPS:,} people")
        _lay_down(machine, launch, rows)
        made = json.loads(machine.run("-m", "bench.page_objects", "addresses", str(launch)))
        port = start_web(machine)
        asking = _Asking(port, f"sessionid={made['session']}", asks)
        known = {name: path for name, path in made["addresses"].items() if path}
        asked = [_measure(asking, name, path) for name, path in sorted(known.items())]
    if unknown := sorted(made["addresses"].keys() - known.keys()):
        say(f"not measured, there is nothing that they are about: {', '.join(unknown)}")
    found = sorted((each for each in asked if each), key=lambda each: -each.median)
    for each in found:
        say(f"{each.name}: {each.median:.0f} ms, {each.detail}")
    slow = [each for each in found if not each.is_reached]
    say(f"{len(found)} pages, {len(slow)} of them over {_MUST_MS} ms")
    return found


class _Asking:
    """One kept connection to the pages, and the processor time of whoever answers."""

    def __init__(self, port: int, cookie: str, times: int) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._cookie = cookie
        self.times = times

    def ask(self, path: str) -> tuple[int, float]:
        """The status and the milliseconds of one request."""
        begun_at = time.monotonic()
        self._line.request("GET", path, headers={"Cookie": self._cookie})
        answer = self._line.getresponse()
        answer.read()
        return answer.status, (time.monotonic() - begun_at) * 1000


def _measure(asking: _Asking, name: str, path: str) -> Figure | None:
    """None for an address that takes no GET."""
    status, _ = asking.ask(path)
    if status == http.client.METHOD_NOT_ALLOWED:
        return None
    if status not in _ANSWERS:
        raise RuntimeError(f"{path} answered {status}")
    for _ in range(_WARM_UP):
        asking.ask(path)
    before = _processor_seconds()
    taken = [asking.ask(path)[1] for _ in range(asking.times)]
    spent = (_processor_seconds() - before) * 1000 / asking.times
    detail = f"{spent:.0f} ms of processor"
    p95 = [percentile(taken, 95)]
    return figure(f"{name}, p95", p95, _MUST_MS, unit="ms", is_ceiling=True, detail=detail)


def _processor_seconds() -> float:
    """So far, of every process that this one started, directly or not."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def _lay_down(machine: Machine, launch: int, rows: int) -> None:
    with machine.connect() as connection:
        found = connection.execute(
            "SELECT id FROM campaigns_steprun WHERE launch_id = %s ORDER BY position", [launch]
        )
        runs = [run for (run,) in found]
        for run in runs:
            lay_down_run(connection, run, rows // len(runs), apart=APART // len(runs))
        connection.execute("VACUUM ANALYZE")
