"""The table of processes: what runs, how it is told to stop, when it is ready.

`outreach up` writes its supervisor's configuration from here and
`docker-compose.yml` holds the same commands; a test compares the two. A new
process is one entry here and one service there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import urlsplit

from outreach.core.errors import NotFound

# Above the longest task of some twenty seconds: a worker finishes its chunk.
_WORKER_STOP_SECONDS = 40
_STOP_SECONDS = 15
_WORKER_PROCESSES = 2
_WEB_THREADS = 8
_LOOPBACK = "127.0.0.1"


class Ready(Enum):
    """How one sees that a process is at work."""

    HTTP = "answers HTTP"
    PING = "answers a ping through the broker"
    ALIVE = "stays alive"


@dataclass(frozen=True)
class Bindings:
    """Where the doors listen and, for the sandbox, where it posts its callbacks.

    `webhook_url`: without a final slash. `event_key_file`: PEM of the private key that
    signs events. `inbound_secret`: last part of the Inbound Parse address.
    """

    host: str = _LOOPBACK
    web_port: int = 8000
    webhook_port: int = 8001
    sandbox_port: int = 8002
    webhook_url: str = "http://127.0.0.1:8001"
    event_key_file: str = "event-key.pem"
    inbound_secret: str = ""


@dataclass(frozen=True)
class Program:
    """One process. `port`: where it listens, 0: nowhere. `role`: its database role, "": none."""

    name: str
    argv: tuple[str, ...]
    ready: Ready
    role: str = "work"
    port: int = 0
    stop_signal: str = "TERM"
    stop_wait_seconds: int = _STOP_SECONDS
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        roles = {"OUTREACH_DATABASE_ROLE": self.role} if self.role else {}
        object.__setattr__(self, "environment", roles)


def programs(bindings: Bindings, *, sandbox: bool) -> tuple[Program, ...]:
    """All processes of an installation in the order they start; with the sandbox or without."""
    stand_in = (_sandbox(bindings),) if sandbox else ()
    return (
        *stand_in,
        _webhooks(bindings),
        _worker("email", "email,plan"),
        _worker("sms", "sms,plan"),
        _worker("control", "control"),
        _web(bindings),
        Program("clock", ("python", "-m", "outreach.clock"), Ready.ALIVE),
    )


def program(bindings: Bindings, name: str) -> Program:
    """The process called `name`. Raises NotFound."""
    for found in programs(bindings, sandbox=True):
        if found.name == name:
            return found
    raise NotFound(f"There is no process called {name}.")


def _web(bindings: Bindings) -> Program:
    argv = (
        "granian",
        *("--interface", "wsgi", "outreach.config.wsgi:application"),
        *("--host", bindings.host, "--port", str(bindings.web_port)),
        *("--blocking-threads", str(_WEB_THREADS)),
    )
    return Program("web", argv, Ready.HTTP, role="app", port=bindings.web_port)


def _webhooks(bindings: Bindings) -> Program:
    where = ("--host", bindings.host, "--port", str(bindings.webhook_port))
    argv = ("python", "-m", "outreach.webhooks", *where)
    return Program("webhooks", argv, Ready.HTTP, port=bindings.webhook_port)


def _worker(channel: str, queues: str) -> Program:
    name = f"worker-{channel}"
    argv = (
        *("celery", "-A", "outreach.config.celery", "worker", "-Q", queues),
        *("-n", f"{name}@%h", "--concurrency", str(_WORKER_PROCESSES)),
        *("--without-gossip", "--without-mingle"),
    )
    return Program(name, argv, Ready.PING, stop_wait_seconds=_WORKER_STOP_SECONDS)


def _sandbox(bindings: Bindings) -> Program:
    hooks = bindings.webhook_url
    own_host = urlsplit(hooks).hostname or ""
    apart = (
        ()
        if bindings.host == _LOOPBACK
        else (*("--allow-other-machines", "--callback-host", own_host),)
    )
    argv = (
        *("python", "-m", "outreach.sandbox"),
        *("--host", bindings.host, "--port", str(bindings.sandbox_port)),
        *apart,
        *("--event-key-file", bindings.event_key_file),
        *("--opt-out-handled-by", "us"),
        *("--sms-inbound-url", f"{hooks}/webhooks/twilio/inbound"),
        *("--email-events-url", f"{hooks}/webhooks/sendgrid/events"),
        *("--email-inbound-url", f"{hooks}/webhooks/sendgrid/inbound/{bindings.inbound_secret}"),
    )
    return Program("sandbox", argv, Ready.HTTP, role="", port=bindings.sandbox_port)
