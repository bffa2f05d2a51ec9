"""Waking a worker: "there may be something to do for row N".

Rooms say `wake(task, queue, *ids)`; the wiring installs how that reaches a worker. A
wake-up may be lost, doubled or late: PostgreSQL is the truth and the sweeper finds what
nobody was woken for (promise 4), so a failure here is logged and never raised.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

Publisher = Callable[[str, str, tuple[int, ...]], None]

_LOG = logging.getLogger(__name__)
# After a failure nobody tries for this long: a hundred wake-ups must not wait a second each.
_REST_SECONDS = 2.0


class _Installed:
    publisher: Publisher | None = None
    resting_until: float = 0.0


def install(publisher: Publisher) -> None:
    """Makes `publisher` the way by which this process wakes workers."""
    _Installed.publisher = publisher


def wake(task: str, queue: str, *ids: int) -> bool:
    """Asks a worker to run `task` with `ids`; says whether the broker took it. Never raises."""
    if _Installed.publisher is None or time.monotonic() < _Installed.resting_until:
        return False
    try:
        _Installed.publisher(task, queue, ids)
    except Exception as error:  # whatever ails the broker, the sweeper mends it
        _Installed.resting_until = time.monotonic() + _REST_SECONDS
        _LOG.warning("nobody was woken for %s: %s", task, type(error).__name__)
        return False
    return True
