"""The real processes of an installation, started for one test on its own database.

Workers, clock, webhooks, sandbox and web are the very commands that `outreach up` and
docker-compose start; nothing is imported into the test's own process but the control of
the sandbox and an SQL connection.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import psycopg

from outreach.cli.up.processes import Bindings, programs
from outreach.core.clock import LapseClock
from outreach.sandbox.control import SandboxControl, SandboxServer

REPOSITORY = Path(__file__).resolve().parent.parent.parent
_EACH = """
import json
import sys
from outreach.cli.program import program
for words in json.load(sys.stdin):
    program.main(words, standalone_mode=False)
"""


class House:
    """`database_url`: an empty migrated database. `redis_url`: a Redis that may be flushed."""

    def __init__(
        self,
        database_url: str,
        redis_url: str,
        folder: Path,
        *,
        shown_start: datetime,
        speed: float = 1.0,
    ) -> None:
        self.database_url = database_url
        self._folder = folder
        self.web_port, self.webhook_port = free_port(), free_port()
        hooks = f"http://127.0.0.1:{self.webhook_port}"
        self._inbound_secret = secrets.token_hex(8)
        self.sandbox = SandboxServer(
            sms_inbound_url=f"{hooks}/webhooks/twilio/inbound",
            email_events_url=f"{hooks}/webhooks/sendgrid/events",
            email_inbound_url=f"{hooks}/webhooks/sendgrid/inbound/{self._inbound_secret}",
        )
        self._lapse_file, self._lapse = folder / "time-lapse", (shown_start, speed)
        self.environment = {
            **_quiet_environment(),
            **self.sandbox.environment(),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "OUTREACH_MODE": "demo",
            "OUTREACH_SECRET_KEY": secrets.token_urlsafe(48),
            "OUTREACH_SUPPRESSION_KEYS": f"1:{secrets.token_hex(32)}",
            "OUTREACH_SENDGRID_WEBHOOK_PUBLIC_KEYS": self.control.event_public_key(),
            "OUTREACH_INBOUND_SECRET": self._inbound_secret,
            "OUTREACH_INBOUND_DOMAIN": "reply.outreach.test",
            "OUTREACH_WEBHOOK_URL": hooks,
            "OUTREACH_PUBLIC_URL": f"http://127.0.0.1:{self.web_port}",
            "OUTREACH_DEMO_CLOCK": f"await|{shown_start.isoformat()}|{self._lapse_file}",
            "OUTREACH_STATE_DIR": str(folder),
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def control(self) -> SandboxControl:
        return self.sandbox.control

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self._processes):
            self.stop(name)
        self.sandbox.stop()

    def start(self, *names: str) -> None:
        """Starts processes of the table by name, "worker-sms" for instance."""
        bindings = Bindings(web_port=self.web_port, webhook_port=self.webhook_port)
        table = {program.name: program for program in programs(bindings, sandbox=False)}
        for name in names:
            program = table[name]
            argv = [_in_venv(program.argv[0]), *program.argv[1:]]
            log = (self._folder / f"{name}.log").open("ab")
            self._processes[name] = subprocess.Popen(
                argv,
                env={**self.environment, **program.environment},
                cwd=REPOSITORY,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            log.close()

    def begin(self) -> None:
        """Lets the clock run; it stands still until then."""
        lapse = LapseClock(datetime.now(UTC), *self._lapse)
        fresh = self._lapse_file.with_suffix(".new")
        fresh.write_text(lapse.as_text())
        fresh.replace(self._lapse_file)

    def kill(self, name: str) -> None:
        """kill -9 of the process and its children."""
        process = self._processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self, name: str) -> None:
        process = self._processes.pop(name)
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def children(self, name: str) -> set[int]:
        """The processes that the process called `name` has forked."""
        task = Path(f"/proc/{self._processes[name].pid}/task")
        return {int(pid) for each in task.glob("*/children") for pid in each.read_text().split()}

    def run(self, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        """The `outreach` command; its output. Fails the test when it fails."""
        done = subprocess.run(
            [_in_venv("outreach"), *arguments],
            env={**self.environment, **(env or {})},
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run_each(self, commands: Sequence[Sequence[str]]) -> None:
        """Several commands one after the other in one process: starting Django takes longer than
        what most of them do. Fails the test when one fails."""
        done = subprocess.run(
            [sys.executable, "-c", _EACH],
            env=self.environment,
            cwd=REPOSITORY,
            input=json.dumps(commands),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def ask(self, query: str, *params: object) -> list[tuple[Any, ...]]:
        """Rows, as role work."""
        with psycopg.connect(
            self.database_url, autocommit=True, options="-c role=outreach_work"
        ) as connection:
            cursor = connection.execute(query, params or None)
            return cursor.fetchall() if cursor.description else []

    def wait_until(
        self, is_so: Callable[[], bool], what: str, timeout_seconds: float = 60.0
    ) -> None:
        """Returns once it is so. Fails the test, with the logs, when it does not come to be."""
        ends = time.monotonic() + timeout_seconds
        while not is_so():
            assert time.monotonic() < ends, f"{what} did not happen\n{self.books()}{self.logs()}"
            time.sleep(0.1)

    def books(self) -> str:
        """The step runs, the ledger, what came in, and what the sandbox could post."""
        runs = self.ask("SELECT step_key, state, plan_at, last_close_at FROM campaigns_steprun")
        rows = self.ask(
            "SELECT step_run_id, state, reason, count(*) FROM delivery_delivery GROUP BY 1, 2, 3"
        )
        texts = self.ask("SELECT received_at, processed_at FROM inbox_inboundmessage")
        replies = self.ask("SELECT meaning, why FROM replies_reply")
        told = [self.control.callbacks()]
        return "".join(f"{row}\n" for row in (*runs, *rows, *texts, *replies, *told))

    def whole_logs(self) -> str:
        """Everything that our processes have written so far."""
        return "".join(
            path.read_text(errors="replace") for path in sorted(self._folder.glob("*.log"))
        )

    def logs(self) -> str:
        """The last lines of every process's log."""
        return "\n".join(
            f"--- {path.name}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-25:])
            for path in sorted(self._folder.glob("*.log"))
        )


def free_port() -> int:
    """A port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _quiet_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("OUTREACH_")}


def _in_venv(program: str) -> str:
    return str(Path(sys.executable).parent / program)
