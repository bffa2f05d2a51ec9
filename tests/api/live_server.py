"""The API in a process of its own, started as in production: granian, role outreach_app."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MOST_TRIES = 600


@contextmanager
def serving(log: Path) -> Iterator[str]:
    """Gives its address. The database is the one that DATABASE_URL names."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    argv = [
        *(Path(sys.executable).parent / "granian", "--interface", "wsgi"),
        *("outreach.config.wsgi:application", "--host", "127.0.0.1", "--port", str(port)),
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(
            argv,
            env={**os.environ, "OUTREACH_DATABASE_ROLE": "app"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(port, process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(_MOST_TRIES):
        assert process.poll() is None, log.read_text("utf-8")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/api/v1/openapi.json")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise AssertionError(log.read_text("utf-8"))
