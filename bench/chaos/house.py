"""A house of its own: PostgreSQL, Redis, the sandbox and the product's processes, to be broken.

The processes are the very commands of `outreach up`. Everything lives in a temporary folder
and is gone afterwards.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import psycopg

from bench.chaos.mail import MailServer
from bench.population import Population, lay_down
from outreach.cli.up.postgres import EmbeddedPostgres
from outreach.cli.up.processes import Bindings, programs
from outreach.cli.up.redis import EmbeddedRedis
from outreach.core.clock import LapseClock
from outreach.sandbox.control import SandboxControl, SandboxServer

REPOSITORY = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent
# Business time of every house: windows that are open all day stay open for the whole run.
NOON = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
PATIENCE_SECONDS = 150.0
# The claims' and opt-outs' order is read from the commits themselves.
_POSTGRES = {"track_commit_timestamp": "on"}
STANDING = ("worker-sms", "worker-control", "webhooks", "clock")


class TooLong(Exception):
    """Something did not come to be; the message ends with the logs."""


class House:
    """`people`: how many have a phone, and as many again have a mailbox."""

    def __init__(self, people: int) -> None:
        self.people = people
        self.folder = Path(tempfile.mkdtemp(prefix="outreach-chaos-"))
        self.postgres = EmbeddedPostgres(self.folder / "pg", settings=_POSTGRES)
        self.redis = EmbeddedRedis(self.folder / "redis")
        self.mail = MailServer()
        self.bindings = Bindings(web_port=_free_port(), webhook_port=_free_port())
        self.environment: dict[str, str] = {}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for process in self._processes.values():
            _signal(process, signal.SIGTERM)
        for name in list(self._processes):
            self.stop(name)
        if self.environment:
            self.sandbox.stop()
        self.mail.stop()
        self.redis.stop()
        self.postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def control(self) -> SandboxControl:
        return self.sandbox.control

    def _open(self) -> None:
        self.postgres.start()
        self.redis.start()
        self.mail.start()
        key, inbound_secret = secrets.token_bytes(32), secrets.token_hex(8)
        hooks = f"http://127.0.0.1:{self.bindings.webhook_port}"
        self.sandbox = SandboxServer(
            sms_inbound_url=f"{hooks}/webhooks/twilio/inbound",
            email_events_url=f"{hooks}/webhooks/sendgrid/events",
            email_inbound_url=f"{hooks}/webhooks/sendgrid/inbound/{inbound_secret}",
        )
        self.environment = {
            **{name: value for name, value in os.environ.items() if "OUTREACH" not in name},
            **self.sandbox.environment(),
            "DATABASE_URL": self.postgres.url(),
            "REDIS_URL": self.redis.url(),
            "OUTREACH_MODE": "demo",
            "OUTREACH_SMTP_URL": self.mail.url,
            "OUTREACH_SECRET_KEY": secrets.token_urlsafe(48),
            "OUTREACH_SUPPRESSION_KEYS": f"1:{key.hex()}",
            "OUTREACH_SENDGRID_WEBHOOK_PUBLIC_KEYS": self.control.event_public_key(),
            "OUTREACH_INBOUND_SECRET": inbound_secret,
            "OUTREACH_INBOUND_DOMAIN": "reply.outreach.test",
            "OUTREACH_WEBHOOK_URL": hooks,
            "OUTREACH_PUBLIC_URL": f"http://127.0.0.1:{self.bindings.web_port}",
        }
        self.set_clock(NOON)
        self.command("outreach", "migrate")
        self._populate(key)

    def _populate(self, key: bytes) -> None:
        """Half of the schools live in another zone, so that one channel fills two batches."""
        with psycopg.connect(self.postgres.url()) as connection:
            lay_down(connection, Population(self.people * 2, 0.5, plain=True, zone="UTC"), key)
        self.execute("UPDATE organisation_school SET zone = 'Europe/London' WHERE id % 2 = 0")

    def set_clock(self, shown: datetime, speed: float = 1.0) -> None:
        """What business time is for processes started from now on."""
        self._lapse = LapseClock(datetime.now(UTC), shown, speed)
        self.environment["OUTREACH_DEMO_CLOCK"] = self._lapse.as_text()

    def now(self) -> datetime:
        return self._lapse.now()

    # processes

    def ensure(self, *names: str) -> None:
        """Starts those of `names` that do not run; ready as soon as they are."""
        for name in names:
            if name not in self._processes or self._processes[name].poll() is not None:
                self._start(name)

    def _start(self, name: str) -> None:
        """`clock/2` is a second one of `clock`."""
        table = {each.name: each for each in programs(self.bindings, sandbox=False)}
        program = table[name.partition("/")[0]]
        with (self.folder / f"{name.replace('/', '-')}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [str(BIN / program.argv[0]), *program.argv[1:]],
                env={**self.environment, **program.environment},
                cwd=REPOSITORY,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def pid(self, name: str) -> int:
        return self._processes[name].pid

    def running(self) -> tuple[str, ...]:
        return tuple(self._processes)

    def freeze(self, name: str) -> None:
        """SIGSTOP of a process and its children."""
        _signal(self._processes[name], signal.SIGSTOP)

    def kill(self, name: str) -> None:
        """kill -9 of a process and its children."""
        process = self._processes.pop(name)
        _signal(process, signal.SIGKILL)
        process.wait()

    def stop(self, name: str) -> None:
        process = self._processes.pop(name)
        _signal(process, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            _signal(process, signal.SIGKILL)
            process.wait()

    def restart_all(self) -> None:
        """Kills every process and starts the same again, with the environment of now."""
        names = self.running()
        for name in names:
            self.kill(name)
        self.ensure(*names)

    def command(self, *argv: str, ahead: timedelta = timedelta(0)) -> str:
        """A program of the virtual environment; its output. `ahead`: its clock runs before ours.

        Raises CalledProcessError, with what it said.
        """
        clock = LapseClock(
            self._lapse.real_start, self._lapse.shown_start + ahead, self._lapse.speed
        )
        done = subprocess.run(
            [str(BIN / argv[0]), *argv[1:]],
            env={**self.environment, "OUTREACH_DEMO_CLOCK": clock.as_text()},
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise TooLong(f"{' '.join(argv)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def spawn(self, *argv: str) -> subprocess.Popen[str]:
        """The same without waiting; its output is a pipe."""
        return subprocess.Popen(
            [str(BIN / argv[0]), *argv[1:]],
            env=self.environment,
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            text=True,
        )

    # the database, as its owner

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.postgres.url(), autocommit=True, connect_timeout=5)

    def rows(self, query: str, *params: object) -> list[tuple[Any, ...]]:
        with self.connect() as connection:
            return connection.execute(query, _bound(params)).fetchall()

    def one(self, query: str, *params: object) -> Any:
        """The first column of the first row."""
        return self.rows(query, *params)[0][0]

    def execute(self, statement: str, *params: object) -> None:
        with self.connect() as connection:
            connection.execute(statement, params or None)

    def wait(
        self, is_so: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS
    ) -> float:
        """Returns how many seconds it took to be so. Raises TooLong with the logs."""
        began = time.monotonic()
        while not is_so():
            if time.monotonic() - began > seconds:
                raise TooLong(f"{what} did not happen in {seconds:.0f} s\n{self.logs()}")
            time.sleep(0.05)
        return time.monotonic() - began

    def logs(self, lines: int = 12) -> str:
        """The last lines of every process's log."""
        return "\n".join(
            f"--- {path.name}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
            for path in sorted(self.folder.glob("*.log"))
        )


def _bound(params: tuple[object, ...]) -> Any:
    """Values in order, or one mapping of names."""
    if len(params) == 1 and isinstance(params[0], dict):
        return params[0]
    return params or None


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if process.poll() is None:
        os.killpg(process.pid, number)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
