"""The memory of the demo's time-lapse clock, so that a restart goes on where it stopped.

Business time never goes backwards: rows written before a crash would lie in the
future. A clean stop notes the moment; after a crash the last sign of life counts, and
where processes ran on without us, the clock ran on with them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from outreach.core.clock import LapseClock

HEARTBEAT_SECONDS = 2.0


@dataclass(frozen=True)
class LapseMemory:
    """The file. `seen_at`, `stopped_at`: aware real UTC; `stopped_at` is None while running."""

    path: Path

    def resume(self, *, speed: float, ran_on: bool, real_now: datetime) -> LapseClock:
        """The clock of this start: a new one shows half past twelve of today, an old one its
        last moment. The demo's first step opens in the early afternoon, its first parents'
        step the day after, so both come within two minutes whenever somebody tries it.

        `speed`: business seconds per real second. `ran_on`: processes of the last start
        were still alive.
        """
        shown = self._last_shown(ran_on=ran_on, real_now=real_now) or _first_shown(real_now)
        clock = LapseClock(real_start=real_now, shown_start=shown, speed=speed)
        self.write(clock, seen_at=real_now, stopped_at=None)
        return clock

    def write(self, clock: LapseClock, *, seen_at: datetime, stopped_at: datetime | None) -> None:
        """Replaces the file in one step."""
        text = json.dumps(
            {
                "clock": clock.as_text(),
                "seen_at": seen_at.isoformat(),
                "stopped_at": stopped_at.isoformat() if stopped_at else None,
            }
        )
        fresh = self.path.with_suffix(".new")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(self.path)

    def _last_shown(self, *, ran_on: bool, real_now: datetime) -> datetime | None:
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            clock = LapseClock.from_text(str(kept["clock"]))
            seen_at = datetime.fromisoformat(kept["seen_at"])
            stopped_at = kept["stopped_at"] and datetime.fromisoformat(kept["stopped_at"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        after_crash = real_now if ran_on else seen_at + timedelta(seconds=2 * HEARTBEAT_SECONDS)
        return clock.at((stopped_at or after_crash).astimezone(UTC))


def _first_shown(real: datetime) -> datetime:
    return real.replace(hour=12, minute=30, second=0, microsecond=0)
