"""`outreach up` as a person uses it: start, kill -9, start again, Ctrl-C."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from outreach.cli.up.orphans import find_orphans, sweep
from outreach.cli.up.postgres import EmbeddedPostgres
from outreach.cli.up.redis import EmbeddedRedis

pytestmark = pytest.mark.e2e

_WAIT_SECONDS = 180
_UP = "Ctrl-C stops everything."
_LAUNCH = """
import sys
from pathlib import Path
from outreach.cli.up.plan import UpOptions
from outreach.cli.up.run import run_up
folder, *ports = sys.argv[1:]
web, webhooks, sandbox = map(int, ports)
options = UpOptions(Path(folder), demo=False, port=web, webhook_port=webhooks, sandbox_port=sandbox)
sys.exit(run_up(options))
"""


@dataclass
class Run:
    """One `outreach up`: its process and what it printed so far."""

    process: subprocess.Popen[str]
    printed: list[str] = field(default_factory=list)
    is_up: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed.append(line)
            if _UP in line:
                self.is_up.set()
        self.is_up.set()

    def wait_until_up(self) -> None:
        assert self.is_up.wait(_WAIT_SECONDS), self.text
        assert _UP in self.text, self.text

    @property
    def text(self) -> str:
        return "".join(self.printed)


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@pytest.fixture
def state(place: Path) -> Iterator[Path]:
    folder = place / "state"
    yield folder
    sweep(folder)
    EmbeddedRedis(folder / "redis").stop()
    EmbeddedPostgres(folder / "postgres").stop()


def _start(state: Path, ports: list[int]) -> Run:
    surroundings = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("OUTREACH_") and name not in {"DATABASE_URL", "REDIS_URL"}
    }
    run = Run(
        subprocess.Popen(
            [sys.executable, "-c", _LAUNCH, str(state), *map(str, ports)],
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    )
    threading.Thread(target=run.read, daemon=True).start()
    return run


def _page_status(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/sign-in")
        return connection.getresponse().status
    finally:
        connection.close()


def _schools_from_another_terminal(state: Path) -> str:
    read = f'. "{state}/cli.env" && outreach school list --json'
    done = subprocess.run(
        ["/bin/sh", "-c", read], env={}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_up_survives_its_own_kill_and_leaves_nothing_after_ctrl_c(state: Path) -> None:
    ports = _free_ports(3)
    first = _start(state, ports)
    first.wait_until_up()
    assert _page_status(ports[0]) == http.HTTPStatus.OK
    assert first.text.startswith("Mode demo: nothing leaves this machine.\n")
    assert _schools_from_another_terminal(state) == "[]"
    first.process.kill()
    first.process.wait()
    assert find_orphans(state)

    second = _start(state, ports)
    second.wait_until_up()
    assert _page_status(ports[0]) == http.HTTPStatus.OK
    second.process.send_signal(signal.SIGINT)
    assert second.process.wait(_WAIT_SECONDS) == 0, second.text
    assert "Stopped." in second.text
    assert find_orphans(state) == []
    assert EmbeddedPostgres(state / "postgres").pid() is None
    assert EmbeddedRedis(state / "redis").pid() is None
