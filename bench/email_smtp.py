"""The email lane through SMTP beside a bare aiosmtplib loop, both on kept connections."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time

from bench.figures import Effort, Figure, Say, figure, ratios
from bench.lanes import PROCESSES, plan_launch, run_loops, wake_and_wait
from bench.machine import REPOSITORY, Machine, end, free_port
from bench.population import Population

_CONNECTIONS = 4  # as many as the adapter keeps for one process
# From the first claim to the last answer that is in the ledger.
_SECONDS = """
SELECT extract(epoch FROM max(at) FILTER (WHERE event = 'accept')
  - min(at) FILTER (WHERE event = 'claim'))::float8
FROM delivery_deliveryevent WHERE step_run_id = %s
"""


def measure_smtp(effort: Effort, say: Say) -> list[Figure]:
    """Messages a second over those of the loop, with the same number of processes."""
    people = max(effort.people // 2, 4_000)
    bare: list[float] = []
    lane: list[float] = []
    with Machine() as machine:
        port = free_port()
        sink = subprocess.Popen(_sink(port), cwd=REPOSITORY, start_new_session=True)
        try:
            _wait_for(port)
            machine.environment["OUTREACH_SMTP_URL"] = f"smtp://127.0.0.1:{port}"
            machine.populate(_population(people))
            machine.start_workers("email", PROCESSES)
            for number in range(effort.pairs):
                bare.append(people / run_loops("smtp", str(port), people, _CONNECTIONS))
                lane.append(_lane(machine, people))
                say(f"pair {number + 1}: bare {bare[-1]:.0f}/s, lane {lane[-1]:.0f}/s")
        finally:
            end(sink)
    return [
        figure("SMTP lane / bare aiosmtplib loop", ratios(lane, bare), 0.6, 0.8, detail=_name()),
        figure("SMTP lane, messages a second", lane, unit="1/s"),
        figure("aiosmtplib, messages a second", bare, unit="1/s"),
    ]


def _population(people: int) -> Population:
    return Population(people, sms_share=0, plain=True, zone="UTC", mail_provider="smtp")


def _name() -> str:
    return "smtp-sink" if shutil.which("smtp-sink") else "own sink"


def _sink(port: int) -> list[str]:
    if program := shutil.which("smtp-sink"):
        return [program, f"127.0.0.1:{port}", "512"]
    return [sys.executable, "-m", "bench.mailbox", str(port)]


def _wait_for(port: int) -> None:
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the mail sink does not answer")


def _lane(machine: Machine, messages: int) -> float:
    run, _ = plan_launch(machine, "email")
    wake_and_wait(machine, run, messages)
    return messages / float(machine.ask(_SECONDS, run))
