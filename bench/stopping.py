"""How long a STOP takes from the provider's call to the committed suppression, at full rate."""

from __future__ import annotations

import http.client
import secrets
import time
from urllib.parse import urlsplit

import psycopg

from bench.callbacks import inbound_text
from bench.figures import Effort, Figure, Say, figure, percentile
from bench.lanes import PROCESSES, plan_launch
from bench.machine import Machine
from bench.population import Population

_POLL_SECONDS = 0.002
_SETTLE_SECONDS = 2.0
_WRITERS = 1_000
_SENDING = "SELECT count(*) FROM delivery_batch WHERE step_run_id = %s AND NOT is_done"


def measure_stopping(effort: Effort, say: Say) -> list[Figure]:
    """One STOP after the other, each from another phone, so that each is one suppression."""
    stops = effort.size(20, 200, 1_000)
    people = effort.size(20_000, 150_000, 500_000)
    with Machine() as machine:
        machine.populate(Population(people + _WRITERS, plain=True, zone="UTC"))
        machine.start_webhooks(1)
        machine.start_workers("sms", PROCESSES)
        machine.start_workers("control", 1)
        run, _ = plan_launch(machine, "sms")
        machine.run("-m", "bench.waking", "send", str(run))
        time.sleep(_SETTLE_SECONDS)
        waits = [_stop_one(machine, people + number) for number in range(1, stops + 1)]
        still_sending = machine.ask(_SENDING, run)
    if not still_sending:
        raise RuntimeError("the launch ended before the last STOP: the figure would be a lie")
    say(f"{stops} STOPs while sending: median {percentile(waits, 50) * 1000:.0f} ms")
    p99 = percentile(waits, 99)
    return [
        figure("STOP to committed suppression, p99", [p99], 1.0, 0.1, unit="s", is_ceiling=True),
        figure("STOP to committed suppression", waits, unit="s"),
    ]


def _stop_one(machine: Machine, person: int) -> float:
    """Seconds from posting the text until the suppression can be read by everybody."""
    origin = machine.environment["OUTREACH_WEBHOOK_URL"]
    whole = inbound_text(
        f"{origin}/webhooks/twilio/inbound",
        f"SM{secrets.token_hex(16)}",
        f"+4474{person:08d}",
        "STOP",
        machine.auth_token,
    )
    with machine.connect() as connection:
        before = _suppressions(connection)
        begun_at = time.monotonic()
        _post(urlsplit(origin).port or 0, whole)
        while _suppressions(connection) == before:
            if time.monotonic() - begun_at > 60:  # far past what may be
                raise TimeoutError("a STOP was not obeyed within a minute")
            time.sleep(_POLL_SECONDS)
        return time.monotonic() - begun_at


def _suppressions(connection: psycopg.Connection[tuple[int]]) -> int:
    row = connection.execute("SELECT count(*) FROM consent_suppression").fetchone()
    return row[0] if row else 0


def _post(port: int, whole: bytes) -> None:
    head, _, body = whole.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:])
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    line.request("POST", lines[0].split()[1], body, headers)
    status = line.getresponse().status
    line.close()
    if status != http.client.NO_CONTENT:
        raise RuntimeError(f"the webhook answered {status}")
