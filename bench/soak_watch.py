"""What a soak looks at: the memory of each process over its lives, and the lines of the logs."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psutil

_KIB_IN_MIB = 1024
_SETTLES = 1 / 3  # of a life: until then a process loads what it needs
_SHORTEST_LIFE = 10  # samples
_LOOK_EVERY_SECONDS = 5.0
# What is away is missed until connections are made again, with growing waits between the tries.
_AFTERMATH = timedelta(seconds=45)
_ENTRY = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+) (WARNING|ERROR|CRITICAL) (.*)")
_ANY_ENTRY = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ [A-Z]+ |\[[A-Z]+\] ")
_OUTSIDE = re.compile(r"Traceback|\[(WARNING|ERROR|CRITICAL)\]|Unhandled|Segmentation")
# Of every start, whatever happens: granian finds our eight threads many for two processors.
_SAID_ANYWAY = re.compile(r"Configuration allows spawning up to \d+ Python threads")
# A worker that is stopping gives back what it was just handed.
_HANDED_BACK = re.compile("Requeuing undeliverable message")
# What a restart of each explains, in whose log ever it stands.
_EXPLAINED: Mapping[str, re.Pattern[str]] = {
    "worker-sms": _HANDED_BACK,
    "worker-email": _HANDED_BACK,
    "worker-control": _HANDED_BACK,
    "postgres": re.compile(
        r"database is away|waiting for PostgreSQL|PostgreSQL does not answer|OperationalError|"
        r"AdminShutdown|server closed the connection|connection .*(failed|closed|lost)|"
        r"Internal Server Error: /|Service Unavailable: /|InterfaceError|stays open: unavailable|"
        r"psycopg.pool (error connecting|discarding closed)",
        re.IGNORECASE,
    ),
    "redis": re.compile(
        r"broker|redis|connection (refused|reset|loss)|consumer: |wake|"
        r"No such file or directory|Broken pipe|Couldn't ack",
        re.IGNORECASE,
    ),
}


@dataclass(frozen=True)
class Restart:
    """`in_time`: it ended by itself when it was asked."""

    name: str
    began_at: datetime
    ended_at: datetime
    in_time: bool


class Memories:
    """What each process with its children has taken for itself, from start to restart."""

    def __init__(self) -> None:
        self._lives: dict[str, list[list[tuple[float, float]]]] = defaultdict(lambda: [[]])
        self._next_at = 0.0

    def note(self, pids: Mapping[str, int]) -> None:
        """At most every few seconds: adding up shares is work for the kernel."""
        if time.monotonic() < self._next_at:
            return
        self._next_at = time.monotonic() + _LOOK_EVERY_SECONDS
        for name, pid in pids.items():
            if memory := _of_tree(pid):
                self._lives[name][-1].append((time.monotonic(), memory))

    def born_again(self, name: str) -> None:
        self._lives[name].append([])

    def slopes(self) -> dict[str, tuple[float, float, float]]:
        """MiB an hour, MiB at the beginning and at the end of the longest life, by name.

        One slope through all lives of a process, each from its own level.
        """
        found = {}
        for name, lives in self._lives.items():
            settled = [life for each in lives if len(life := _settled(each)) >= _SHORTEST_LIFE]
            if settled:
                longest = max(settled, key=len)
                found[name] = (_slope(settled) * 3600, longest[0][1], longest[-1][1])
        return found


def _settled(life: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return life[round(len(life) * _SETTLES) :]


def _slope(lives: list[list[tuple[float, float]]]) -> float:
    """Least squares with a level for each life."""
    above = below = 0.0
    for life in lives:
        middle = sum(at for at, _ in life) / len(life)
        level = sum(memory for _, memory in life) / len(life)
        above += sum((at - middle) * (memory - level) for at, memory in life)
        below += sum((at - middle) ** 2 for at, _ in life)
    return above / below if below else 0.0


def _of_tree(pid: int) -> float:
    """MiB that are nobody else's, of a process and its children; 0 while it is not there.

    Without files and PostgreSQL's buffers, which grow until they are full and are no leak.
    """
    try:
        root = psutil.Process(pid)
        family = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0.0
    return sum(_anonymous(each.pid) for each in family) / _KIB_IN_MIB


def _anonymous(pid: int) -> int:
    """KiB; what a parent and its children share is counted once."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
        return 0
    return next((int(each.split()[1]) for each in lines if each.startswith("Pss_Anon:")), 0)


def unexplained(folder: Path, restarts: list[Restart]) -> list[str]:
    """`log: line` of each warning and error that no restart explains."""
    return [
        f"{path.stem}: {line}"
        for path in sorted(folder.glob("*.log"))
        for at, line in _complaints(path.read_text(errors="replace"))
        if not _SAID_ANYWAY.search(line) and not any(_explains(each, at, line) for each in restarts)
    ]


def _explains(restart: Restart, at: datetime | None, line: str) -> bool:
    pattern = _EXPLAINED.get(restart.name)
    if pattern is None or not pattern.search(line):
        return False
    return at is None or restart.began_at <= at <= restart.ended_at + _AFTERMATH


def _complaints(text: str) -> Iterator[tuple[datetime | None, str]]:
    """Each with the last line of its trace, which names the error; None: it has no time."""
    entry: tuple[datetime | None, str] | None = None
    trace: list[str] = []
    for line in text.splitlines():
        is_trace = line.startswith("Traceback")
        if (_ANY_ENTRY.match(line) or _OUTSIDE.match(line)) and not (entry and is_trace):
            if entry:
                yield entry[0], " ".join([entry[1], *trace[-1:]])
            entry, trace = _read(line), [line] if is_trace else []
        elif is_trace or (trace and line.strip() and not line.startswith(" ")):
            trace.append(line.strip())
    if entry:
        yield entry[0], " ".join([entry[1], *trace[-1:]])


def _read(line: str) -> tuple[datetime | None, str] | None:
    """None for an entry that complains of nothing."""
    if found := _ENTRY.match(line):
        at = datetime.strptime(found.group(1), "%Y-%m-%d %H:%M:%S,%f").astimezone()
        return at, f"{found.group(2)} {found.group(3)}"
    return (None, line) if _OUTSIDE.match(line) else None
