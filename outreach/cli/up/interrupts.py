"""Ctrl-C and its kin: the first one stops in order, the second one hurries."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Counts stop signals. The first raises KeyboardInterrupt wherever the program is."""

    def __init__(self) -> None:
        self._count = 0
        self._stopping = False

    @property
    def hurry(self) -> bool:
        """Whether somebody asked again after the stop began."""
        return self._stopping and self._count > 1

    def stopping(self) -> None:
        """From here on a signal only hurries; an unfinished stop is never interrupted."""
        self._stopping = True
        self._count = max(self._count, 1)

    def _received(self, _number: int, _frame: FrameType | None) -> None:
        self._count += 1
        if not self._stopping:
            self._stopping = True
            raise KeyboardInterrupt


@contextmanager
def stop_signals() -> Iterator[Interrupts]:
    """Catches the stop signals for the length of a block. Main thread only."""
    interrupts = Interrupts()
    before = {number: signal.signal(number, interrupts._received) for number in _SIGNALS}
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
