"""A browser and the pages' own process, in role outreach_app on the test database."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.servers import Servers

# The builders of the pages' own tests make the rows here too.
sys.path.insert(0, str(Path(__file__).parent.parent / "web"))
_START_SECONDS = 30
# When it is on the pages that stand still: the builders' clock of the same name.
STILL = "2026-11-02T10:00:00+00:00"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. Gone at the end of the module: its event loop would disturb asynchronous tests."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("there is no Chromium on this machine (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright runs an event loop in this thread, where Django refuses its database.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(django_db_setup: None, servers: Servers) -> Iterator[str]:
    """The address of the pages, served from the test database by a process of their own.

    One for all the files that a test process works through: it takes seconds to start.
    """
    with serving(servers, {}) as address:
        yield address


@pytest.fixture(scope="session")
def still_site(
    django_db_setup: None, servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The same pages while business time stands still, so that they look alike every time."""
    never = tmp_path_factory.mktemp("clock") / "never-begins"
    with serving(servers, {"OUTREACH_DEMO_CLOCK": f"await|{STILL}|{never}"}) as address:
        yield address


@contextmanager
def serving(servers: Servers, more: dict[str, str]) -> Iterator[str]:
    """The pages in a process of their own, with `more` settings, as long as the block runs."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"),
            *("--host", "127.0.0.1", "--port", str(port), "--blocking-threads", "2"),
            "outreach.config.wsgi:application",
        ],
        env=_environment(address, servers) | more,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"{address}/readyz", process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=_START_SECONDS)


def _environment(address: str, servers: Servers) -> dict[str, str]:
    from django.db import connection

    return os.environ | {
        "DATABASE_URL": servers.database_url(str(connection.settings_dict["NAME"])),
        "OUTREACH_DATABASE_ROLE": "app",
        "OUTREACH_PUBLIC_URL": address,
        "OUTREACH_SANDBOX_URL": "http://127.0.0.1:1/",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(_START_SECONDS * 10):
        assert process.poll() is None, "the pages did not start"
        try:
            with urllib.request.urlopen(address) as answer:  # noqa: S310  # our own loopback address
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    pytest.fail("the pages did not become ready")
