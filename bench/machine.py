"""One machine for a measurement: PostgreSQL, Redis, a sink, and the product's own processes.

Everything lives in a temporary folder on durable default settings of PostgreSQL (fsync on),
and is gone afterwards.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

import psycopg
import redis

from bench.population import Population, lay_down
from outreach.cli.up.postgres import EmbeddedPostgres
from outreach.cli.up.redis import EmbeddedRedis

REPOSITORY = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
_PATIENCE_SECONDS = 900


class Machine:
    """`environment`: what a process of the product needs to run on it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="outreach-bench-"))
        self.postgres = EmbeddedPostgres(self.folder / "pg")
        self.redis = EmbeddedRedis(self.folder / "redis")
        self.key = secrets.token_bytes(32)
        self.environment: dict[str, str] = {}
        self.auth_token = secrets.token_hex(16)
        self.webhook_port = free_port()
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        self.postgres.start()
        self.redis.start()
        self.environment = {
            # The statements of the bench read addresses, so they stand as plain text.
            **{name: v for name, v in os.environ.items() if "OUTREACH_ADDRESS_KEYS" not in name},
            "DATABASE_URL": self.postgres.url(),
            "REDIS_URL": self.redis.url(),
            "OUTREACH_MODE": "demo",
            "OUTREACH_SECRET_KEY": secrets.token_urlsafe(48),
            "OUTREACH_SUPPRESSION_KEYS": f"1:{self.key.hex()}",
            "OUTREACH_TWILIO_ACCOUNT_SID": f"AC{secrets.token_hex(16)}",
            "OUTREACH_TWILIO_AUTH_TOKEN": self.auth_token,
            "OUTREACH_WEBHOOK_URL": f"http://127.0.0.1:{self.webhook_port}",
            "OUTREACH_SENDGRID_API_KEY": "SG.bench.bench",
            "OUTREACH_LOG_LEVEL": "WARNING",
        }
        self.use_sink()
        subprocess.run(
            [str(BIN / "outreach"), "migrate"],
            env=self.environment,
            check=True,
            capture_output=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            end(process)
        self.redis.stop()
        self.postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def use_sink(self, *options: str) -> None:
        """A sink of its own; what is started from now on sends to it."""
        self.sink = Sink(self.folder / f"sink-{len(self._processes)}", *options)
        self._processes.append(self.sink.process)
        for provider in ("TWILIO", "SENDGRID"):
            self.environment[f"OUTREACH_{provider}_BASE_URL"] = self.sink.url

    def connect(self) -> psycopg.Connection[Any]:
        """As the owner of everything, for laying down and counting."""
        return psycopg.connect(self.postgres.url(), autocommit=True)

    def populate(self, population: Population) -> None:
        with psycopg.connect(self.postgres.url()) as connection:
            lay_down(connection, population, self.key)

    def run(self, *arguments: str) -> str:
        """A Python program of the repository; its output. Raises CalledProcessError."""
        done = subprocess.run(
            [sys.executable, *arguments],
            env=self.environment,
            cwd=REPOSITORY,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        return done.stdout.strip()

    def start(
        self, *argv: str, name: str = "process", role: str = "work"
    ) -> subprocess.Popen[bytes]:
        """One of the product's processes; its log is in the machine's folder."""
        log = (self.folder / f"{name}.log").open("ab")
        process = subprocess.Popen(
            [str(BIN / argv[0]), *argv[1:]],
            env={**self.environment, "OUTREACH_DATABASE_ROLE": role},
            cwd=REPOSITORY,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        log.close()
        self._processes.append(process)
        return process

    def start_workers(self, queues: str, processes: int) -> subprocess.Popen[bytes]:
        """Celery workers, ready when this returns."""
        worker = self.start(
            *("celery", "-A", "outreach.config.celery", "worker", "-Q", queues),
            *("-n", f"bench-{secrets.token_hex(2)}@%h", "--concurrency", str(processes)),
            *("--without-gossip", "--without-mingle", "-l", "WARNING"),
            name="worker",
        )
        ping = [str(BIN / "celery"), "-A", "outreach.config.celery", "inspect", "ping", "-t", "2"]
        ends = time.monotonic() + 60
        while subprocess.run(
            ping, env=self.environment, cwd=REPOSITORY, capture_output=True, check=False
        ).returncode:
            if time.monotonic() > ends:
                raise TimeoutError((self.folder / "worker.log").read_text()[-2000:])
        return worker

    def start_webhooks(self, processes: int) -> None:
        """So many processes on one port, ready when this returns."""
        where = ("--port", str(self.webhook_port), "--share-port")
        for number in range(processes):
            self.start("python", "-m", "outreach.webhooks", *where, name=f"webhooks-{number}")
        time.sleep(2)  # one answering does not say that the other is there
        wait_for_http(f"{self.environment['OUTREACH_WEBHOOK_URL']}/healthz")

    def flush_queues(self) -> None:
        """Forgets what was to be woken."""
        client = redis.Redis(unix_socket_path=self.redis.url().split("//")[1].split("?")[0])
        client.flushall()
        client.close()

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """Ends one of the started processes before the others."""
        end(process)
        self._processes.remove(process)

    def ask(self, query: str, *params: object) -> Any:
        """The first column of the first row."""
        with self.connect() as connection:
            row = connection.execute(query, params or None).fetchone()
            return row[0] if row else None

    def wait_for(self, query: str, value: object, *params: object) -> None:
        ends = time.monotonic() + _PATIENCE_SECONDS
        with self.connect() as connection:
            while (row := connection.execute(query, params or None).fetchone()) != (value,):
                if time.monotonic() > ends:
                    raise TimeoutError(f"{query}: {row}, not {value}")
                time.sleep(0.1)


def free_port() -> int:
    """A port of loopback that nobody has right now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for_http(url: str) -> None:
    """Returns when it answers 200. Raises TimeoutError."""
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  # loopback
                if answer.status == HTTPStatus.OK:
                    return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(url)


class Sink:
    """The sink process; `reset` before a measurement, `counts` after it."""

    def __init__(self, port_file: Path, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.sink", str(port_file), *options],
            cwd=REPOSITORY,
            start_new_session=True,
        )
        while not (port_file.exists() and port_file.read_text()):
            time.sleep(0.02)
        self.url = f"http://127.0.0.1:{port_file.read_text()}"

    def reset(self) -> None:
        self._call("DELETE")

    def now(self) -> float:
        """The clock of `first_at` and `last_at`."""
        return time.monotonic()

    def counts(self) -> dict[str, float]:
        return dict(json.loads(self._call("GET")))

    def _call(self, method: str) -> bytes:
        request = urllib.request.Request(f"{self.url}/", method=method)  # noqa: S310  # loopback
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  # as above
            return bytes(answer.read())


def end(process: subprocess.Popen[bytes]) -> None:
    """Asks, waits, then kills the whole group."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
