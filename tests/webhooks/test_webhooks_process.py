"""The process as it is started: `python -m outreach.webhooks`."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from test_webhooks_twilio import STATUS_PATH, status
from webhook_door import AUTH_TOKEN, INBOUND_SECRET, ORIGIN, Door, mail_to_us, text_to_us

from outreach.core import queues
from outreach.inbox.models import InboundMessage, ProviderEvent

pytestmark = pytest.mark.e2e


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1000):
        if process.poll() is not None:
            pytest.fail("the webhooks ended")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.02)
        finally:
            connection.close()
    pytest.fail("the webhooks do not answer")


class Running:
    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process = process
        self.door = Door(port)
        self.log = log


@pytest.fixture
def running(as_work: None, servers: object, tmp_path: Path) -> Iterator[Running]:
    port = free_port()
    log = tmp_path / "log"
    redis.Redis.from_url(_broker_url(), protocol=2).flushdb()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "outreach.webhooks", "--port", str(port)],
            env={
                **os.environ,
                "OUTREACH_LOG_LEVEL": "DEBUG",
                "OUTREACH_WEBHOOK_URL": ORIGIN,
                "OUTREACH_TWILIO_AUTH_TOKEN": AUTH_TOKEN,
                "OUTREACH_INBOUND_SECRET": INBOUND_SECRET,
            },
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(port, process)
        yield Running(process, port, log)
    finally:
        process.kill()
        process.wait()


def _broker_url() -> str:
    """The address as the redis client writes it; Celery calls a socket redis+socket."""
    url = os.environ["REDIS_URL"]
    if not url.startswith("redis+socket://"):
        return url
    path, _, query = url.removeprefix("redis+socket://").partition("?")
    return f"unix://{path}?db={query.removeprefix('virtual_host=') or 0}"


def waiting_tasks() -> int:
    return int(redis.Redis.from_url(_broker_url(), protocol=2).llen(queues.CONTROL))  # type: ignore[arg-type]  # the client is typed for both kinds of loop


def test_process_stores_wakes_the_workers_and_logs_no_personal_data(running: Running) -> None:
    asked = [text_to_us("my private words"), status(To="+447700900123"), mail_to_us("private too")]
    assert [running.door.post(one) for one in asked] == [204] * 3
    assert running.door.post(text_to_us("x").without("X-Twilio-Signature")) == 403
    assert (ProviderEvent.objects.count(), InboundMessage.objects.count()) == (1, 2)
    for _ in range(500):
        if waiting_tasks() >= 2:
            break
        time.sleep(0.02)
    assert waiting_tasks() >= 2

    running.process.terminate()
    assert running.process.wait(20) == 0
    said = running.log.read_text("utf-8", errors="replace")
    secrets = ("private", "7700900", "anna@", INBOUND_SECRET, AUTH_TOKEN, STATUS_PATH[-14:])
    assert [secret for secret in secrets if secret in said] == []


def test_port_in_use_gives_a_sentence(running: Running) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "outreach.webhooks", "--port", str(running.door.port)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode == 1
    assert f"cannot listen on 127.0.0.1:{running.door.port}" in second.stderr
    assert "Traceback" not in second.stderr
