"""Business time.

Owns the one clock that everything asks. `now()` is what rules, plans and pages
use and it goes into SQL as a parameter; leases alone use the database's clock.
The demo runs on a `LapseClock`, tests on a `FrozenClock`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Anything that tells an aware UTC datetime and how fast it runs."""

    @property
    def speed(self) -> float: ...

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own clock."""

    speed = 1.0

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True)
class LapseClock:
    """Time-lapse: at `real_start` it showed `shown_start` (both aware UTC), `speed` times as fast.

    All processes of one demo share the three values, so they agree to the millisecond.
    """

    real_start: datetime
    shown_start: datetime
    speed: float

    def now(self) -> datetime:
        return self.at(datetime.now(UTC))

    def at(self, real: datetime) -> datetime:
        """What it shows at a real moment (aware UTC)."""
        return self.shown_start + (real - self.real_start) * self.speed

    def as_text(self) -> str:
        return f"{self.real_start.isoformat()}|{self.shown_start.isoformat()}|{self.speed:g}"

    @classmethod
    def from_text(cls, text: str) -> LapseClock:
        """Reads what `as_text` wrote. Raises ValueError for anything else."""
        real, shown, speed = text.split("|")
        return cls(datetime.fromisoformat(real), datetime.fromisoformat(shown), float(speed))


class AwaitedClock:
    """Shows `shown_start` until `path` holds the text of a `LapseClock`, then is that clock.

    So no business hours pass while the processes of a demo come up: a whole window of its
    time-lapse lasts some seconds.
    """

    def __init__(self, path: Path, shown_start: datetime) -> None:
        self._path = path
        self._shown_start = shown_start
        self._lapse: LapseClock | None = None

    @property
    def speed(self) -> float:
        lapse = self._begun()
        return lapse.speed if lapse else 1.0

    def now(self) -> datetime:
        lapse = self._begun()
        return lapse.now() if lapse else self._shown_start

    def _begun(self) -> LapseClock | None:
        if self._lapse is None:
            try:
                self._lapse = LapseClock.from_text(self._path.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                return None
        return self._lapse


def demo_clock(text: str) -> Clock:
    """The clock that OUTREACH_DEMO_CLOCK names. Raises ValueError for anything else.

    `real|shown|speed`, or `await|shown|path` for one that begins when the file is there.
    """
    if not text.startswith("await|"):
        return LapseClock.from_text(text)
    _, shown, path = text.split("|", 2)
    return AwaitedClock(Path(path), datetime.fromisoformat(shown))


class FrozenClock:
    """Stands still until it is moved. For tests and rehearsals."""

    speed = 1.0

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def set(self, at: datetime) -> None:
        self._at = at

    def tick(self, step: timedelta) -> None:
        self._at += step


class _Installed:
    clock: Clock = SystemClock()


def install(clock: Clock) -> None:
    """Makes `clock` the one of this process. Called once at start-up."""
    _Installed.clock = clock


def installed() -> Clock:
    return _Installed.clock


def now() -> datetime:
    """The current business time, aware, UTC."""
    return _Installed.clock.now()


@contextmanager
def using(clock: Clock) -> Iterator[Clock]:
    """Another clock for the length of a block."""
    before = _Installed.clock
    _Installed.clock = clock
    try:
        yield clock
    finally:
        _Installed.clock = before


def real_seconds_until(moment: datetime) -> float:
    """How long a process has to sleep for business time to reach `moment`; 0 when it has."""
    ahead = (moment - now()).total_seconds()
    return max(0.0, ahead / _Installed.clock.speed)


def monotonic() -> float:
    """Seconds for measuring durations; unrelated to business time."""
    return time.monotonic()
