"""The bundled proxy: TLS before both doors, and nothing that it should not tell or keep."""

from __future__ import annotations

import http.client
import http.server
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

_NAMES = {"OUTREACH_DOMAIN": "outreach.localhost", "OUTREACH_HOOKS_DOMAIN": "hooks.localhost"}
_PATIENCE_SECONDS = 30
_CADDY = str(Path(sys.executable).parent / "caddy")


class _Echo(http.server.BaseHTTPRequestHandler):
    """Answers with its own port and the headers that it was given."""

    def do_GET(self) -> None:
        answer = {"door": self.server.server_port, **dict(self.headers.items())}  # type: ignore[attr-defined]
        self.send_response(HTTPStatus.OK)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        """Stays quiet."""


@pytest.fixture
def doors() -> Iterator[list[int]]:
    """Ports of two servers that stand for the pages and the webhooks."""
    servers = [http.server.HTTPServer(("127.0.0.1", 0), _Echo) for _ in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield [server.server_port for server in servers]
    for server in servers:
        server.shutdown()
        server.server_close()


def _adapted(repository: Path, doors: list[int]) -> dict[str, Any]:
    env = {
        "PATH": os.environ["PATH"],
        **_NAMES,
        "OUTREACH_WEB": f"127.0.0.1:{doors[0]}",
        "OUTREACH_HOOKS": f"127.0.0.1:{doors[1]}",
    }
    argv = [_CADDY, "adapt", "--config", str(repository / "ops" / "caddy" / "Caddyfile")]
    done = subprocess.run(argv, env=env, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def port(repository: Path, doors: list[int], tmp_path: Path) -> Iterator[int]:
    """Where the proxy answers TLS, with the file's own rules on ports that anybody may open."""
    config, port = _adapted(repository, doors), _free_port()
    web = config["apps"]["http"]
    web.update(http_port=_free_port(), https_port=port)
    for server in web["servers"].values():
        server["listen"] = [f"127.0.0.1:{port if ':443' in server['listen'] else _free_port()}"]
    # Its own certificates for names of this machine, and nothing installed here for them.
    config["apps"]["pki"] = {"certificate_authorities": {"local": {"install_trust": False}}}
    file = tmp_path / "caddy.json"
    file.write_text(json.dumps(config))
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    with (tmp_path / "log").open("wb") as log:
        argv = [_CADDY, "run", "--config", str(file)]
        process = subprocess.Popen(argv, env=env, stdout=log, stderr=log, cwd=tmp_path)
    yield port
    process.terminate()
    assert process.wait(_PATIENCE_SECONDS) == 0
    assert "/secret-path" not in (tmp_path / "log").read_text()


def _ask(port: int, name: str, **headers: str) -> dict[str, Any]:
    """The answer to one request by TLS for that name."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    gives_up_at = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            with (
                socket.create_connection(("127.0.0.1", port), timeout=5) as bare,
                context.wrap_socket(bare, server_hostname=name) as line,
            ):
                connection = http.client.HTTPConnection(name)
                connection.sock = line
                connection.request("GET", "/secret-path", headers=headers)
                found: dict[str, Any] = json.loads(connection.getresponse().read())
                return found
        except (OSError, ssl.SSLError):
            assert time.monotonic() < gives_up_at
            time.sleep(0.2)


def test_each_name_has_its_door_and_a_visitor_cannot_say_where_he_is(
    port: int, doors: list[int]
) -> None:
    for name, door in zip(_NAMES.values(), doors, strict=True):
        answer = _ask(port, name, **{"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "http"})
        assert answer["door"] == door
        assert answer["Host"] == name
        assert answer["X-Forwarded-Proto"] == "https"
        assert answer["X-Forwarded-For"] == "127.0.0.1"


def test_it_keeps_no_log_of_requests_and_has_no_door_of_its_own(
    repository: Path, doors: list[int]
) -> None:
    config = _adapted(repository, doors)
    assert config["admin"] == {"disabled": True}
    assert "logging" not in config
    for server in config["apps"]["http"]["servers"].values():
        assert "logs" not in server
        is_public = server["listen"] == [":443"]
        assert is_public or server["listen"] == ["127.0.0.1:2020"]
