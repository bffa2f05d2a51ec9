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
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any, Self

import psycopg

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
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        self.postgres.start()
        self.redis.start()
        self.sink = Sink(self.folder / "sink-port")
        self._processes.append(self.sink.process)
        self.environment = {
            **os.environ,
            "DATABASE_URL": self.postgres.url(),
            "REDIS_URL": self.redis.url(),
            "OUTREACH_MODE": "demo",
            "OUTREACH_SECRET_KEY": secrets.token_urlsafe(48),
            "OUTREACH_SUPPRESSION_KEYS": f"1:{self.key.hex()}",
            "OUTREACH_TWILIO_BASE_URL": self.sink.url,
            "OUTREACH_TWILIO_ACCOUNT_SID": f"AC{secrets.token_hex(16)}",
            "OUTREACH_TWILIO_AUTH_TOKEN": secrets.token_hex(16),
            "OUTREACH_SENDGRID_BASE_URL": self.sink.url,
            "OUTREACH_SENDGRID_API_KEY": "SG.bench.bench",
            "OUTREACH_LOG_LEVEL": "WARNING",
        }
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

    def start(self, *argv: str, name: str = "process") -> subprocess.Popen[bytes]:
        """One of the product's processes; its log is in the machine's folder."""
        log = (self.folder / f"{name}.log").open("ab")
        process = subprocess.Popen(
            [str(BIN / argv[0]), *argv[1:]],
            env=self.environment,
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
