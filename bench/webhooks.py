"""How long each webhook takes to answer while all of them are busy: the 99th percentile.

Requests leave at their times whether or not those before were answered, and a wait counts from
the time at which a request should have left: a door that stalls cannot hide it. The workers that
apply what came in run beside, on the same machine.
"""

from __future__ import annotations

import asyncio
import heapq
import random
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench.figures import Effort, Figure, Say, figure, percentile
from bench.machine import Machine
from bench.population import Population
from bench.webhook_requests import EVENTS_AT_ONCE, Build, Certificates, Signer

_MUST_MILLISECONDS = 100.0
_CONNECTIONS = 64  # of each kind, as each provider has its own
_WARM_SECONDS = 2.0
# A second: the receipts of 250 texts (two each) and of 1,000 mails, with the answers to them.
RATES: Mapping[str, float] = {
    "/webhooks/twilio/status/{last}": 500,
    "/webhooks/twilio/inbound": 20,
    "/webhooks/twilio/voice": 10,
    "/webhooks/sendgrid/events": 10,
    "/webhooks/sendgrid/inbound/{last}": 10,
    "/webhooks/vonage/status/{last}": 100,
    "/webhooks/vonage/inbound": 10,
    "/webhooks/ses/events": 100,
}


def measure_webhooks(effort: Effort, say: Say) -> list[Figure]:
    """One process of the webhooks and one of `worker-control`."""
    _look_whether_all_are_here()
    seconds = effort.size(3, 30, 300)
    with Machine() as machine, Certificates() as certificates:
        origin = machine.environment["OUTREACH_WEBHOOK_URL"]
        signer = Signer(origin, machine.auth_token, certificates)
        machine.environment |= signer.settings
        machine.populate(Population(2_000, plain=True, zone="UTC"))
        machine.start_webhooks(1)
        machine.start_workers("control", 1)
        builders = signer.builders()
        asyncio.run(_run(machine.webhook_port, _timetable(builders, _WARM_SECONDS)))
        waits = asyncio.run(_run(machine.webhook_port, _timetable(builders, seconds)))
    load = ", ".join(f"{rate:g} {_short(path)}" for path, rate in RATES.items())
    say(f"a second, for {seconds} s: {load} (of {EVENTS_AT_ONCE} events each)")
    return [_figure(path, waits[path]) for path in RATES]


def _look_whether_all_are_here() -> None:
    from outreach.webhooks.app import DOORS, VOICE_PATH

    doors = {VOICE_PATH, *(door.path for door in DOORS)}
    if doors != RATES.keys():
        raise RuntimeError(f"without a rate, or no door any more: {doors ^ RATES.keys()}")


def _figure(path: str, waits: list[float]) -> Figure:
    return figure(
        f"{_short(path)}, p99 of the wait",
        [percentile(waits, 99) * 1000],
        _MUST_MILLISECONDS,
        unit="ms",
        is_ceiling=True,
        detail=f"{len(waits)} at {RATES[path]:g}/s; median {percentile(waits, 50) * 1000:.1f} ms, "
        f"slowest {max(waits) * 1000:.1f} ms",
    )


def _short(path: str) -> str:
    return path.removeprefix("/webhooks/").removesuffix("/{last}").replace("/", " ")


@dataclass(frozen=True, order=True)
class Due:
    """`at`: seconds from the start."""

    at: float
    path: str
    whole: bytes


def _timetable(builders: Mapping[str, Build], seconds: float) -> list[Due]:
    """Made before the clock starts: at the providers, other machines sign."""
    kinds = (_times(path, RATES[path], builders[path], seconds) for path in RATES)
    return list(heapq.merge(*kinds))


def _times(path: str, rate: float, build: Build, seconds: float) -> Iterator[Due]:
    """At random, as independent senders come."""
    at = random.expovariate(rate)
    while at < seconds:
        yield Due(at, path, build())
        at += random.expovariate(rate)


async def _run(port: int, timetable: list[Due]) -> dict[str, list[float]]:
    """Seconds of each answer, by path. Raises RuntimeError where one was not taken."""
    crews = {path: _Crew() for path in RATES}
    for crew in crews.values():
        await crew.connect(port)
    begun_at = time.monotonic()
    for due in timetable:
        if (early := begun_at + due.at - time.monotonic()) > 0:
            await asyncio.sleep(early)
        crews[due.path].send(due.whole, begun_at + due.at)
    waits = {path: await crew.finish() for path, crew in crews.items()}
    refused = Counter({path: crew.refused for path, crew in crews.items() if crew.refused})
    if refused:
        raise RuntimeError(f"not taken: {dict(refused)}")
    return defaultdict(list, waits)


class _Crew:
    """The connections of one kind; each has one request under way at a time."""

    def __init__(self) -> None:
        self.refused = 0
        self._waits: list[float] = []
        self._queue: deque[tuple[bytes, float]] = deque()
        self._idle: list[_Line] = []
        self._lines: list[_Line] = []
        self._is_empty = asyncio.Event()

    async def connect(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(_CONNECTIONS):
            _, line = await loop.create_connection(lambda: _Line(self), "127.0.0.1", port)
            self._lines.append(line)
        self._idle = list(self._lines)

    def send(self, whole: bytes, due_at: float) -> None:
        if self._idle:
            self._idle.pop().send(whole, due_at)
        else:
            self._queue.append((whole, due_at))

    def answered(self, line: _Line, due_at: float, is_taken: bool) -> None:
        self.refused += not is_taken
        self._waits.append(time.monotonic() - due_at)
        if self._queue:
            line.send(*self._queue.popleft())
        else:
            self._idle.append(line)
            if len(self._idle) == len(self._lines):
                self._is_empty.set()

    async def finish(self) -> list[float]:
        """When all have their answers."""
        while len(self._idle) < len(self._lines):
            self._is_empty.clear()
            await self._is_empty.wait()
        for line in self._lines:
            line.close()
        return self._waits


class _Line(asyncio.Protocol):
    """One kept connection; an answer ends with its body, whose length it names."""

    def __init__(self, crew: _Crew) -> None:
        self._crew = crew
        self._buffer = b""
        self._due_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if self._due_at:
            self._done(is_taken=False)

    def send(self, whole: bytes, due_at: float) -> None:
        self._due_at = due_at
        self._transport.write(whole)  # type: ignore[attr-defined]  # a stream's transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, mark, body = self._buffer.partition(b"\r\n\r\n")
        if mark and len(body) >= _length(head):
            self._buffer = b""
            self._done(is_taken=head.split(b" ", 2)[1] in (b"200", b"204"))

    def close(self) -> None:
        self._transport.close()

    def _done(self, *, is_taken: bool) -> None:
        due_at, self._due_at = self._due_at, 0.0
        self._crew.answered(self, due_at, is_taken)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0
