"""Waits until processes are at work, and says which is not."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Sequence

from celery import Celery
from kombu.exceptions import OperationalError

from outreach.cli.up.processes import Program, Ready
from outreach.cli.up.supervisor import State, Status, Supervisor
from outreach.core.errors import Unavailable

_LONGEST_WAIT_SECONDS = 300
_POLL_SECONDS = 0.3
_HTTP_SECONDS = 2
_PING_SECONDS = 1.0
_SERVER_ERROR = 500


def wait_until_ready(
    supervisor: Supervisor,
    programs: Sequence[Program],
    *,
    host: str,
    broker_url: str,
    tell: Callable[[str], None],
) -> None:
    """Returns when every program is at work; `tell` hears each name as it gets there.

    Raises Unavailable, with the end of its log, for the first that was given up or is late.
    """
    waiting = {program.name: program for program in programs}
    give_up_at = time.monotonic() + _LONGEST_WAIT_SECONDS
    while waiting:
        statuses = {status.name: status for status in supervisor.statuses()}
        _refuse_dead(supervisor, statuses)
        if time.monotonic() > give_up_at:
            raise did_not_start(supervisor, next(iter(waiting)))
        for name in _at_work(list(waiting.values()), statuses, host, broker_url):
            del waiting[name]
            tell(name)
        if waiting:
            time.sleep(_POLL_SECONDS)


def did_not_start(supervisor: Supervisor, name: str) -> Unavailable:
    """The error that shows the end of the program's log."""
    log = "\n  ".join(supervisor.last_lines(name)) or "(it wrote nothing)"
    return Unavailable(f"{name} did not start. The end of its log:\n  {log}\n")


def _refuse_dead(supervisor: Supervisor, statuses: dict[str, Status]) -> None:
    for status in statuses.values():
        if status.state is State.FATAL:
            raise did_not_start(supervisor, status.name)


def _at_work(
    programs: Sequence[Program], statuses: dict[str, Status], host: str, broker_url: str
) -> list[str]:
    alive = [p for p in programs if statuses[p.name].state is State.RUNNING]
    to_ping = [program.name for program in alive if program.ready is Ready.PING]
    return [
        *(p.name for p in alive if p.ready is Ready.ALIVE),
        *(p.name for p in alive if p.ready is Ready.HTTP and _answers_http(host, p.port)),
        *_answer_ping(to_ping, broker_url),
    ]


def _answers_http(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=_HTTP_SECONDS)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < _SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _answer_ping(names: Sequence[str], broker_url: str) -> list[str]:
    """Those of the workers `names` that answer; a bare Celery application needs no Django."""
    if not names:
        return []
    with Celery("up", broker=broker_url) as app:
        try:
            replies = app.control.ping(timeout=_PING_SECONDS) or []
        except (OperationalError, OSError):
            return []
    hosts = {host.split("@")[0] for reply in replies for host in reply}
    return [name for name in names if name in hosts]
