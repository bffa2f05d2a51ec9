"""supervisord as the keeper of our processes: its configuration, start, talk and end.

Everything in the configuration is relative to the state folder, which is also where the
processes run: no odd path of a user's folder has to survive quoting. Secrets travel in
the environment, never in the file.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from xmlrpc.client import Error as RpcError
from xmlrpc.client import ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from outreach.cli.up.processes import Program
from outreach.cli.up.sockets import leave_socket_folder, socket_folder
from outreach.cli.up.state import StateFolder
from outreach.core.errors import Unavailable

_SOCKET_NAME = "supervisor.sock"
_SOCKET_VARIABLE = "OUTREACH_SUPERVISOR_SOCKET"
_CONFIG_NAME = "supervisord.conf"
_GROUP = "outreach"
_START_SECONDS = 15
_POLL_SECONDS = 0.1
_HEAD = """\
; Written by `outreach up` at each start; changes here are lost.
[unix_http_server]
file = %(ENV_{socket_variable})s
chmod = 0700

[supervisord]
nodaemon = true
silent = true
logfile = log/supervisor.log
logfile_maxbytes = 1MB
logfile_backups = 1
pidfile = run/supervisord.pid
childlogdir = log
{user}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""
_PROGRAM = """
[program:{name}]
command = {command}
environment = {environment}
autorestart = true
startsecs = 2
startretries = 2
stopsignal = {stop_signal}
stopwaitsecs = {stop_wait_seconds}
killasgroup = true
redirect_stderr = true
stdout_logfile = log/{name}.log
stdout_logfile_maxbytes = 5MB
stdout_logfile_backups = 1
"""


class State(StrEnum):
    """supervisord's own names of a process's state."""

    STOPPED = "STOPPED"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    BACKOFF = "BACKOFF"  # died while starting, will be started again
    STOPPING = "STOPPING"
    EXITED = "EXITED"
    FATAL = "FATAL"  # died too often while starting: given up
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True)
class Status:
    """One process now. `pid`: 0 when it does not run."""

    name: str
    state: State
    pid: int


def configuration(programs: Sequence[Program]) -> str:
    """supervisord's configuration file for `programs`."""
    user = "user = root\n" if os.geteuid() == 0 else ""
    head = _HEAD.format(socket_variable=_SOCKET_VARIABLE, user=user)
    names = ",".join(program.name for program in programs)
    # One group: told to end, supervisord stops its members at once, not one after the other.
    group = f"\n[group:{_GROUP}]\nprograms = {names}\n"
    return head + group + "".join(_section(program) for program in programs)


def _section(program: Program) -> str:
    pairs = (f'{name}="{value}"' for name, value in program.environment.items())
    return _PROGRAM.format(
        name=program.name,
        command=shlex.join(program.argv).replace("%", "%%"),
        environment=",".join(pairs).replace("%", "%%"),
        stop_signal=program.stop_signal,
        stop_wait_seconds=program.stop_wait_seconds,
    )


class Supervisor:
    """One supervisord over `programs`, run from the state folder with `environment`."""

    def __init__(
        self, folder: StateFolder, programs: Sequence[Program], environment: Mapping[str, str]
    ) -> None:
        self._folder = folder
        self._programs = {program.name: program for program in programs}
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        home = socket_folder(folder.run, _SOCKET_NAME, os.geteuid())
        self._socket = home / _SOCKET_NAME

    def start(self) -> None:
        """Writes the configuration and starts supervisord, which starts the programs.

        Returns when supervisord itself answers. Raises Unavailable when it does not.
        """
        config = self._folder.run / _CONFIG_NAME
        config.write_text(configuration(list(self._programs.values())), encoding="utf-8")
        self._socket.unlink(missing_ok=True)
        self._process = subprocess.Popen(  # noqa: S603  # our own argument list
            [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", f"run/{_CONFIG_NAME}"],
            cwd=self._folder.root,
            env={**self._environment, _SOCKET_VARIABLE: str(self._socket)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us; we stop the programs in order
        )
        self._wait_for_answer()

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def statuses(self) -> list[Status]:
        """All programs. Raises Unavailable when supervisord is gone."""
        found = self._call("getAllProcessInfo")
        return [Status(item["name"], State(item["statename"]), int(item["pid"])) for item in found]

    def start_again(self, name: str) -> None:
        """Starts a program that supervisord gave up on; its fate shows in `statuses`."""
        with contextlib.suppress(RpcError):
            self._call("startProcess", f"{_GROUP}:{name}", False)

    def signal_stop(self, names: Sequence[str]) -> None:
        """Tells programs to stop and returns at once. Those already stopped are passed over."""
        for name in names:
            with contextlib.suppress(RpcError, Unavailable):
                self._call("stopProcess", f"{_GROUP}:{name}", False)

    def running(self, names: Sequence[str]) -> list[str]:
        """Those of `names` that still have a process."""
        with contextlib.suppress(Unavailable):
            return [s.name for s in self.statuses() if s.name in names and s.pid]
        return []

    def longest_stop_seconds(self, names: Sequence[str]) -> int:
        known = [self._programs[name] for name in names if name in self._programs]
        return max((program.stop_wait_seconds for program in known), default=0)

    def end(self) -> None:
        """Ends supervisord itself; its programs are expected to have stopped."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=_START_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        leave_socket_folder(self._folder.run, _SOCKET_NAME, os.geteuid())

    def last_lines(self, name: str, count: int = 12) -> list[str]:
        """The end of a program's log."""
        return last_lines(self._folder.log / f"{name}.log", count)

    def _wait_for_answer(self) -> None:
        give_up_at = time.monotonic() + _START_SECONDS
        while True:
            try:
                self._call("getState")
            except Unavailable:
                if not self.is_alive() or time.monotonic() > give_up_at:
                    words = " ".join(last_lines(self._folder.log / "supervisor.log", 2))
                    raise Unavailable(f"The supervisor did not start. {words}") from None
                time.sleep(_POLL_SECONDS)
            else:
                return

    def _call(self, method: str, *arguments: object) -> Any:
        # The address is a formality: the transport goes through the socket.
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        proxy = ServerProxy("http://127.0.0.1", transport=transport)
        try:
            return getattr(proxy.supervisor, method)(*arguments)
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable("The supervisor does not answer.") from error
        finally:
            transport.close()


def last_lines(path: Path, count: int) -> list[str]:
    """The last `count` lines of a log, none when there is no log."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 200 * count))
            text = file.read().decode(errors="replace")
    except OSError:
        return []
    return text.splitlines()[-count:]
