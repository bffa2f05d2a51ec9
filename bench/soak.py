"""Hours of sending at half speed, while every process is restarted in turn.

Reports what each process's memory does, whether the books of every launch balance, and which
lines of the logs nothing explains. By name only, or with `--full`:
`python -m bench --only soak --minutes 60`.
"""

from __future__ import annotations

import itertools
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Iterator
from datetime import datetime

import psutil
import psycopg

from bench.chaos.house import House, TooLong
from bench.chaos.trial import OPEN_TEXTS, Result, Trial
from bench.figures import Effort, Figure, Say, figure
from bench.soak_watch import Memories, Restart, unexplained
from outreach.cli.up.processes import program
from outreach.core.channels import Channel

_PROCESSES = ("worker-sms", "worker-control", "worker-email", "webhooks", "clock", "web")
_SERVERS = ("redis", "postgres")
_UNBOUND = 10_000.0  # messages a second: as fast as the installation can
_TICK_SECONDS = 1.0
_ROUND_MINUTES = 60  # all are restarted twice in the first third of so long,
_RESTARTING = 1 / 3  # and left alone for the rest, so that a leak has time to show
_RESTARTS_EACH = 2
_LONGEST_LAUNCH_SECONDS = 1_800.0
_SLOPE_FROM_MINUTES = 30  # before that, what is slow to settle looks like a slope
_MOST_GROWTH_MIB = 20.0


def measure_soak(effort: Effort, say: Say) -> list[Figure]:
    """Launches one after the other, texts and emails in turn, until the time is over."""
    people = effort.size(300, 3_000)
    with House(people) as house:
        soak = Soak(house, effort.minutes, say)
        first = soak.send(Channel.SMS, _UNBOUND)
        rate = max(1.0, people / first / 2)
        say(f"{people / first:.0f} texts a second at full speed, so {rate:.0f} from now on")
        soak.begin()
        for channel in itertools.cycle((Channel.SMS, Channel.EMAIL)):
            soak.send(channel, rate)
            if soak.is_over():
                break
        errors = unexplained(house.folder, soak.restarts)
        for line in errors:
            say(f"nothing explains: {line}")
        return _figures(soak, effort.minutes, errors)


class Soak:
    """`restarts`: what was restarted when. `results`: the books of each launch."""

    def __init__(self, house: House, minutes: float, say: Say) -> None:
        self.house = house
        self.restarts: list[Restart] = []
        self.results: list[Result] = []
        self.memories = Memories()
        self._say = say
        self._seconds = minutes * 60
        self._ends_at = float("inf")
        self._restarts_due: deque[tuple[float, str]] = deque()
        self._cookie = ""

    def begin(self) -> None:
        """From now on memory is noted and processes are restarted."""
        self._cookie = f"sessionid={self.house.command('python', '-m', 'bench.session')}"
        began = time.monotonic()
        self._ends_at = began + self._seconds
        self._restarts_due.extend((began + after, name) for after, name in turns(self._seconds))

    def is_over(self) -> bool:
        return time.monotonic() >= self._ends_at

    def send(self, channel: Channel, rate: float) -> float:
        """One launch to everybody at `rate` a second; how many seconds it took, its books read."""
        trial = Trial(self.house, f"soak {len(self.results) + 1}", channel)
        trial.begin(rate=rate)
        self.house.ensure(*_PROCESSES)
        began = time.monotonic()
        trial.launch()
        while not self._is_sent(trial):
            if time.monotonic() - began > _LONGEST_LAUNCH_SECONDS:
                raise TooLong(f"a launch did not end\n{self.house.logs()}")
            self._look_after(trial)
        seconds = time.monotonic() - began
        self.results.append(trial.finish())
        for shortfall in self.results[-1].shortfalls:
            self._say(f"{trial.result.fault}: {shortfall}")
        return seconds

    def _is_sent(self, trial: Trial) -> bool:
        try:
            return trial.is_over()
        except psycopg.OperationalError:
            return False  # PostgreSQL is being restarted

    def _look_after(self, trial: Trial) -> None:
        if self._restarts_due and time.monotonic() >= self._restarts_due[0][0]:
            _, name = self._restarts_due.popleft()
            self._restart(name)
            if name == "postgres" and trial.channel is Channel.SMS:
                trial.unknown_at_most = OPEN_TEXTS
        if self._cookie:
            self._read_pages()
            self.memories.note(self._pids())
        time.sleep(_TICK_SECONDS)

    def _restart(self, name: str) -> None:
        began_at = datetime.now().astimezone()
        self._say(f"restarting {name}")
        if name in _SERVERS:
            server = self.house.redis if name == "redis" else self.house.postgres
            server.stop()
            server.start()
            in_time = True
        else:
            in_time = self._stop(name)
            self.house.ensure(name)
        self.restarts.append(Restart(name, began_at, datetime.now().astimezone(), in_time))
        self.memories.born_again(name)

    def _stop(self, name: str) -> bool:
        """Asks the process alone, as containers do, and not its children; whether it ended."""
        asked = psutil.Process(self.house.pid(name))
        asked.terminate()
        try:
            asked.wait(program(self.house.bindings, name).stop_wait_seconds)
        except psutil.TimeoutExpired:
            self.house.kill(name)
            return False
        self.house.stop(name)
        return True

    def _pids(self) -> dict[str, int]:
        servers = {"redis": self.house.redis.pid(), "postgres": self.house.postgres.pid()}
        processes = {name: self.house.pid(name) for name in _PROCESSES}
        return {name: pid for name, pid in {**servers, **processes}.items() if pid}

    def _read_pages(self) -> None:
        """As staff who watch, and Prometheus. Nobody answers while the pages are restarted."""
        for path in ("/", "/metrics"):
            address = f"http://127.0.0.1:{self.house.bindings.web_port}{path}"
            request = urllib.request.Request(address, headers={"Cookie": self._cookie})  # loopback
            try:
                urllib.request.urlopen(request, timeout=10).close()  # noqa: S310  # as above
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                continue


def turns(seconds: float) -> Iterator[tuple[float, str]]:
    """When, in seconds after the beginning, which process is restarted."""
    rounds = max(1, round(seconds / 60 / _ROUND_MINUTES))
    names = (_PROCESSES + _SERVERS) * _RESTARTS_EACH
    for number in range(rounds):
        for place, name in enumerate(names):
            share = number + _RESTARTING * (place + 1) / len(names)
            yield seconds / rounds * share, name


def _figures(soak: Soak, minutes: float, errors: list[str]) -> list[Figure]:
    late = [each.name for each in soak.restarts if not each.in_time]
    counts: dict[str, float] = {
        "launches whose books do not balance": sum(bool(r.shortfalls) for r in soak.results),
        "lines of logs that nothing explains": len(errors),
        "processes that did not stop in their time": len(late),
    }
    must = _MOST_GROWTH_MIB if minutes >= _SLOPE_FROM_MINUTES else None
    sent = sum(result.accepted for result in soak.results)
    unknown = sum(result.unknown for result in soak.results)
    return [
        figure("messages sent", [sent], unit="count"),
        figure("outcomes that a person has to decide", [unknown], unit="count"),
        figure("launches", [len(soak.results)], unit="count"),
        figure("restarts", [len(soak.restarts)], unit="count"),
        *(figure(name, [n], 0, unit="count", is_ceiling=True) for name, n in counts.items()),
        *(
            figure(
                f"{name}, memory an hour",
                [slope],
                must,
                unit="MiB",
                is_ceiling=True,
                detail=f"{first:.0f} MiB after its start, {last:.0f} at the end",
            )
            for name, (slope, first, last) in soak.memories.slopes().items()
        ),
    ]
