"""Looks after running processes: tells what died, gives what was given up another try."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence

from outreach.cli.up.supervisor import State, Status, Supervisor
from outreach.core.errors import Unavailable

_TRY_AGAIN_SECONDS = 30
_MANY_DEATHS = 3
_WITHIN_SECONDS = 120


class Watch:
    """`tell` hears sentences for the user. `look` is called every second or so."""

    def __init__(self, supervisor: Supervisor, tell: Callable[[str], None]) -> None:
        self._supervisor = supervisor
        self._tell = tell
        self._pids: dict[str, int] = {}
        self._deaths: dict[str, deque[float]] = {}
        self._try_again_at: dict[str, float] = {}

    def look(self) -> None:
        """Raises Unavailable when the supervisor itself is gone."""
        if not self._supervisor.is_alive():
            raise Unavailable(
                "The supervisor was ended from outside.",
                remedy="Start again; nothing is lost.",
            )
        for status in self._supervisor.statuses():
            self._notice_death(status)
            self._give_another_try(status)

    def _notice_death(self, status: Status) -> None:
        before = self._pids.get(status.name, 0)
        if not status.pid or status.pid == before:
            return
        self._pids[status.name] = status.pid
        if before:
            self._count_death(status.name)

    def _count_death(self, name: str) -> None:
        deaths = self._deaths.setdefault(name, deque(maxlen=_MANY_DEATHS))
        deaths.append(time.monotonic())
        if len(deaths) == _MANY_DEATHS and deaths[-1] - deaths[0] < _WITHIN_SECONDS:
            self._tell(f"{name} keeps ending. {self._log(name)}")
            deaths.clear()
        else:
            self._tell(f"{name} ended and was started again.")

    def _give_another_try(self, status: Status) -> None:
        now = time.monotonic()
        if status.state is not State.FATAL:
            self._try_again_at.pop(status.name, None)
        elif status.name not in self._try_again_at:
            self._try_again_at[status.name] = now + _TRY_AGAIN_SECONDS
            self._tell(f"{status.name} does not start; trying again. {self._log(status.name)}")
        elif now >= self._try_again_at[status.name]:
            self._try_again_at[status.name] = now + _TRY_AGAIN_SECONDS
            self._supervisor.start_again(status.name)

    def _log(self, name: str) -> str:
        return _indented("The end of its log:", self._supervisor.last_lines(name))


def _indented(title: str, lines: Sequence[str]) -> str:
    return "\n    ".join([title, *(lines or ["(it wrote nothing)"])])
