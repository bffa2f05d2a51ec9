"""docker-compose.yml as it stands, started on this machine behind what `outreach setup` wrote."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
import pytest
from compose_file import OnThisMachine, Service, commands_of, read_compose

from outreach.core.channels import Channel
from outreach.sandbox.control import SandboxServer
from tests.servers import Servers

pytestmark = pytest.mark.e2e

_PATIENCE_SECONDS = 120
# Theirs run already: the test's own PostgreSQL and Redis.
_SERVERS = {"postgres", "redis"}
_ONCE = "service_completed_successfully"
_SETUP = (
    *("--no-input", "--domain", "outreach.localhost", "--hooks-domain", "hooks.localhost"),
    *("--mode", "demo", "--organisation", "Safe Online", "--currency", "GBP"),
    *("--administrator", "Maya", "--administrator-email", "maya@demo.example"),
    *("--mail", "sendgrid", "--mail-from", "news@demo.example"),
)


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


class Stack:
    """What `docker compose up` would start, as processes. `services`: by name."""

    def __init__(self, services: dict[str, Service], here: OnThisMachine, folder: Path) -> None:
        self.services, self._here, self._folder = services, here, folder
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        service = self.services[name]
        with (self._folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                self._here.argv(service.command),
                env=self._environment(service),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def run(self, name: str, words: Sequence[str]) -> str:
        """`docker compose run`; what it printed. Fails the test when the command fails."""
        done = subprocess.run(
            self._here.argv(tuple(words)),
            env=self._environment(self.services[name]),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def is_healthy(self, name: str) -> bool:
        service = self.services[name]
        assert self.processes[name].poll() is None, self.log(name)
        words = self._here.argv(service.check)
        env = self._environment(service)
        return subprocess.run(words, env=env, capture_output=True, check=False).returncode == 0

    def stop(self, names: Sequence[str]) -> dict[str, int]:
        """As `docker compose stop`: the signals, then each one's grace; fails where one would be
        killed. The exit codes."""
        children = {
            name: psutil.Process(self.processes[name].pid).children(recursive=True)
            for name in names
        }
        for name in names:
            stop_signal = signal.Signals[self.services[name].stop_signal]
            self.processes[name].send_signal(stop_signal)
        told = time.monotonic()
        codes = {}
        for name in names:
            grace = told + self.services[name].grace_seconds - time.monotonic()
            codes[name] = self.processes[name].wait(grace)
            _, left = psutil.wait_procs(children[name], timeout=1)
            assert left == [], f"{name} left processes behind"
            del self.processes[name]
        return codes

    def kill_all(self) -> None:
        for process in self.processes.values():
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def port_of(self, name: str) -> int:
        return self._here.ports[self.services[name].ports[0]]

    def log(self, name: str) -> str:
        return (self._folder / f"{name}.log").read_text()[-3000:]

    def _environment(self, service: Service) -> dict[str, str]:
        around = {"PATH": os.environ["PATH"], "HOME": str(self._folder)}
        # A container's name is its host; a worker is called by it.
        here = {"HOSTNAME": socket.gethostname(), "PYTHONUNBUFFERED": "1"}
        return self._here.environment(service, {**around, **here})


def _set_up(folder: Path, sandbox: SandboxServer) -> str:
    """`outreach setup` in `folder`; what it printed."""
    env = {"PATH": os.environ["PATH"], "OUTREACH_SENDGRID_API_KEY": sandbox.sendgrid_api_key}
    argv = [Path(sys.executable).parent / "outreach", "setup", *_SETUP]
    return subprocess.run(
        argv, cwd=folder, env=env, check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def printed(tmp_path: Path, sandbox: SandboxServer, servers: Servers, empty_database: str) -> str:
    """What `outreach setup` said in an empty folder; its files then name the test's servers."""
    text = _set_up(tmp_path, sandbox)
    (tmp_path / "secrets" / "database_url").write_text(empty_database)
    own = {
        "REDIS_URL": servers.redis_url.replace("virtual_host=0", "virtual_host=3"),
        "OUTREACH_SENDGRID_BASE_URL": sandbox.api_url,
    }
    with (tmp_path / ".env").open("a") as env:
        env.writelines(f"{name}={value}\n" for name, value in own.items())
    return text


@pytest.fixture
def stack(repository: Path, tmp_path: Path, printed: str) -> Iterator[Stack]:
    services = read_compose(repository / "docker-compose.yml", tmp_path)
    services = {name: each for name, each in services.items() if "demo" not in each.profiles}
    inside = sorted({port for each in services.values() for port in each.ports})
    backups = tmp_path / "backups"
    backups.mkdir()
    here = OnThisMachine(
        ports=dict(zip(inside, _free_ports(len(inside)), strict=True)),
        places={"/backups": backups},
        programs=Path(sys.executable).parent,
    )
    found = Stack(services, here, tmp_path)
    yield found
    found.kill_all()


def _until(condition: Callable[[], bool], what: str) -> None:
    gives_up_at = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < gives_up_at, what
        time.sleep(0.3)


def _order(services: dict[str, Service]) -> list[str]:
    """Ours, each behind those that it waits for."""
    waiting = [
        name for name, each in services.items() if name not in _SERVERS and not each.profiles
    ]
    done = [*_SERVERS]
    while waiting:
        name = next(each for each in waiting if set(services[each].waits_for) <= set(done))
        waiting.remove(name)
        done.append(name)
    return [name for name in done if name not in _SERVERS]


def _status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def test_the_file_as_it_stands_starts_sends_and_ends(
    stack: Stack, sandbox: SandboxServer, printed: str
) -> None:
    first, *others = _order(stack.services)
    assert first == "migrate"
    stack.run(first, stack.services[first].command)
    for name in others:
        assert stack.services[name].waits_for[first] == _ONCE
        stack.start(name)
    for service, words in commands_of(printed):
        if words[-1] != "doctor":  # it asks the DNS and the providers
            stack.run(service, words)

    for name in others:
        if stack.services[name].check:
            _until(lambda name=name: stack.is_healthy(name), stack.log(name))
    web = stack.port_of("web")
    assert _status(web, "/readyz") == http.HTTPStatus.OK
    assert _status(web, "/sign-in") == http.HTTPStatus.OK

    def arrived() -> bool:
        return bool(sandbox.control.messages(Channel.EMAIL, "maya@demo.example"))

    _until(arrived, stack.log("worker-control"))
    assert stack.stop(others) == dict.fromkeys(others, 0)
