"""Keeping processes: the supervisor, the sweep of what was left behind, the ports, the lock."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from outreach.cli.up.orphans import find_orphans, sweep
from outreach.cli.up.ports import require_free
from outreach.cli.up.processes import Program, Ready
from outreach.cli.up.ready import wait_until_ready
from outreach.cli.up.state import INSTANCE_VARIABLE, StateFolder
from outreach.cli.up.supervisor import State, Supervisor
from outreach.cli.up.watch import Watch
from outreach.core.errors import NotNow, Unavailable

_SLEEP = ("python", "-c", "import time; time.sleep(600)")
_WAIT_SECONDS = 30


def _environment(folder: StateFolder) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, INSTANCE_VARIABLE: str(folder.root)}


def _until(condition: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + _WAIT_SECONDS
    while not condition():
        assert time.monotonic() < give_up_at, "it did not happen"
        time.sleep(0.1)


# Odd on purpose: a user's folder may be called so.
@pytest.fixture(params=["state", "Say No! #1; 100% (äöü)"])
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[StateFolder]:
    made = StateFolder.prepare(tmp_path / request.param)
    yield made
    sweep(made.root)


@pytest.fixture
def plain_folder(tmp_path: Path) -> Iterator[StateFolder]:
    made = StateFolder.prepare(tmp_path / "state")
    yield made
    sweep(made.root)


def _supervisor(folder: StateFolder, *argv: str) -> Supervisor:
    programs = [Program("sleeper", argv, Ready.ALIVE)]
    return Supervisor(folder, programs, _environment(folder))


def _pid(supervisor: Supervisor) -> int:
    return supervisor.statuses()[0].pid


def test_a_program_runs_with_its_role_and_stops(folder: StateFolder) -> None:
    supervisor = _supervisor(folder, *_SLEEP)
    supervisor.start()
    _until(lambda: supervisor.statuses()[0].state is State.RUNNING)
    process = psutil.Process(_pid(supervisor))
    assert process.environ()["OUTREACH_DATABASE_ROLE"] == "work"
    supervisor.signal_stop(["sleeper"])
    _until(lambda: not supervisor.running(["sleeper"]))
    supervisor.end()
    assert find_orphans(folder.root) == []


def test_a_program_that_cannot_start_is_named_with_its_last_words(
    plain_folder: StateFolder,
) -> None:
    script = "import sys; sys.exit('no such campaign')"
    supervisor = _supervisor(plain_folder, "python", "-c", script)
    supervisor.start()
    with pytest.raises(Unavailable, match=r"sleeper did not start[\s\S]*no such campaign"):
        wait_until_ready(
            supervisor,
            [Program("sleeper", (), Ready.ALIVE)],
            host="127.0.0.1",
            broker_url="",
            tell=lambda _name: None,
        )
    supervisor.end()


def test_a_killed_program_is_started_again_and_told_about(plain_folder: StateFolder) -> None:
    supervisor = _supervisor(plain_folder, *_SLEEP)
    supervisor.start()
    heard: list[str] = []
    watch = Watch(supervisor, heard.append)
    _until(lambda: supervisor.statuses()[0].state is State.RUNNING)
    watch.look()
    first = _pid(supervisor)
    psutil.Process(first).kill()
    _until(lambda: _pid(supervisor) not in {0, first})
    watch.look()
    assert heard == ["sleeper ended and was started again."]
    supervisor.end()


def test_a_supervisor_ended_from_outside_is_noticed(plain_folder: StateFolder) -> None:
    supervisor = _supervisor(plain_folder, *_SLEEP)
    supervisor.start()
    keeper = int((plain_folder.run / "supervisord.pid").read_text())
    psutil.Process(keeper).kill()
    _until(lambda: not supervisor.is_alive())
    with pytest.raises(Unavailable, match="ended from outside"):
        Watch(supervisor, print).look()


def test_nothing_is_left_after_a_kill_of_the_supervisor(folder: StateFolder) -> None:
    supervisor = _supervisor(folder, *_SLEEP)
    supervisor.start()
    _until(lambda: supervisor.statuses()[0].state is State.RUNNING)
    child = psutil.Process(_pid(supervisor))
    keeper = int((folder.run / "supervisord.pid").read_text())
    psutil.Process(keeper).kill()
    _until(lambda: not supervisor.is_alive())
    assert child.is_running()
    assert sweep(folder.root) == 1
    assert find_orphans(folder.root) == []
    supervisor.end()  # clears its socket away


def test_a_process_that_ignores_the_polite_signal_is_ended(
    plain_folder: StateFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.cli.up.orphans._TERMINATE_SECONDS", 0.5)
    script = "import signal, time; signal.signal(15, signal.SIG_IGN); print(); time.sleep(600)"
    argv = [sys.executable, "-u", "-c", script]
    deaf = subprocess.Popen(argv, env=_environment(plain_folder), stdout=subprocess.PIPE)
    assert deaf.stdout is not None
    deaf.stdout.readline()
    assert sweep(plain_folder.root) == 1
    assert not psutil.pid_exists(deaf.pid)


def test_processes_of_another_folder_are_left_alone(tmp_path: Path) -> None:
    ours, theirs = (StateFolder.prepare(tmp_path / name) for name in ("ours", "theirs"))
    argv = [sys.executable, "-c", "import time; time.sleep(600)"]
    process = subprocess.Popen(argv, env=_environment(theirs))
    try:
        assert sweep(ours.root) == 0
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()


def test_a_port_in_use_is_named_with_its_user_and_the_option() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(NotNow, match=rf"Port {port} .*process {os.getpid()}.*--port PORT"):
            require_free(port, host="127.0.0.1", option="--port")


def test_a_second_start_in_the_same_folder_is_refused(plain_folder: StateFolder) -> None:
    with plain_folder.locked():
        argv = [sys.executable, "-c", _SECOND_START, str(plain_folder.root)]
        second = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert f"already runs from {plain_folder.root} (process {os.getpid()})" in second.stdout
    with plain_folder.locked():
        pass  # and it is free again


_SECOND_START = """
import sys
from pathlib import Path
from outreach.cli.up.state import StateFolder
from outreach.core.errors import NotNow
try:
    with StateFolder.prepare(Path(sys.argv[1])).locked():
        print("started")
except NotNow as error:
    print(error)
"""
