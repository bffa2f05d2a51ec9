"""The command line of the sandbox: options and environment in, a running server out."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from outreach.core import clock
from outreach.core.errors import BadInput, OutreachError
from outreach.sandbox.config import (
    OptOutHandledBy,
    SandboxConfig,
    SesCredentials,
    VonageCredentials,
)
from outreach.sandbox.server import RunningSandbox, start_sandbox

_BAD_START = 2


@dataclass(frozen=True)
class Start:
    """`port_file`: gets the URL's port, then the API port, one a line, once both listen."""

    config: SandboxConfig
    port_file: Path | None
    stop_with_parent: bool


def main(argv: Sequence[str] | None = None) -> int:
    """Runs until SIGINT or SIGTERM. Returns 0, or 2 with a sentence when it cannot start."""
    try:
        start = read_start(sys.argv[1:] if argv is None else argv, os.environ)
        clock.install(read_clock(os.environ))
        asyncio.run(_run(start))
    except OutreachError as error:
        sys.stderr.write(f"{error}\n")
        return _BAD_START
    return 0


def read_clock(environ: Mapping[str, str]) -> clock.Clock:
    """The demo clock of OUTREACH_DEMO_CLOCK, the machine's own without it.

    All dates in answers, events and pages are this clock's, because the product compares them
    with its own business time. Raises BadInput for a text that is no demo clock.
    """
    text = environ.get("OUTREACH_DEMO_CLOCK", "")
    if not text:
        return clock.SystemClock()
    try:
        return clock.demo_clock(text)
    except ValueError as error:
        raise BadInput("OUTREACH_DEMO_CLOCK is not a demo clock.") from error


def read_start(argv: Sequence[str], environ: Mapping[str, str]) -> Start:
    """Options win over the environment. Raises BadInput for a credential that is missing."""
    options = _parser(environ).parse_args(argv)
    for name in ("twilio_account_sid", "twilio_auth_token", "sendgrid_api_key"):
        if not getattr(options, name):
            raise BadInput(
                f"The sandbox needs --{name.replace('_', '-')}.",
                remedy=f"Any made-up value does; OUTREACH_{name.upper()} is read too.",
            )
    known = vars(options)
    port_file, with_parent = known.pop("port_file"), known.pop("stop_with_parent")
    hosts = frozenset(known.pop("callback_hosts"))
    config = SandboxConfig(
        callback_hosts=hosts, vonage=_vonage(environ), ses=_ses(environ), **known
    )
    return Start(config, port_file, with_parent)


def _vonage(environ: Mapping[str, str]) -> VonageCredentials | None:
    """From the environment alone: a private key has no place on a command line. None without."""
    names = ("API_KEY", "API_SECRET", "APPLICATION_ID", "PRIVATE_KEY", "SIGNATURE_SECRETS")
    found = [environ.get(f"OUTREACH_VONAGE_{name}", "") for name in names]
    found[-1] = found[-1].partition(",")[0]
    return VonageCredentials(*found) if all(found) else None


def _ses(environ: Mapping[str, str]) -> SesCredentials | None:
    names = ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "TOPIC_ARNS")
    found = [environ.get(f"OUTREACH_SES_{name}", "") for name in names]
    found[-1] = found[-1].partition(",")[0]
    return SesCredentials(*found) if all(found) else None


def _parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m outreach.sandbox",
        description="Stand-in providers, with phones and mailboxes to look at.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    add("--port", type=int, default=0, help="port of pages and control API; 0: any free one")
    add("--api-port", type=int, default=0, help="port that the fault `refused` can close")
    add("--allow-other-machines", action="store_true", help="allow a host that is not loopback")
    add("--port-file", type=Path, help="file to write both ports to, once they listen")
    add("--stop-with-parent", action="store_true", help="end when the starting process ends")
    for name in ("twilio-account-sid", "twilio-auth-token", "sendgrid-api-key"):
        variable = f"OUTREACH_{name.replace('-', '_').upper()}"
        add(f"--{name}", default=environ.get(variable, ""), help=f"or {variable}")
    add("--event-key-file", type=Path, help="PEM private key for events; made when missing")
    add("--callback-host", dest="callback_hosts", action="append", default=[],
        help="host besides loopback that callbacks may go to; may be repeated")  # fmt: skip
    add("--sms-inbound-url", default="", help="where inbound texts are posted")
    add("--email-events-url", default="", help="where signed events are posted")
    add("--email-inbound-url", default="", help="where Inbound Parse posts replies")
    add("--vonage-inbound-url", default="", help="where Vonage posts inbound texts")
    add("--min-delay", dest="min_delay_seconds", type=float, default=0.5,
        help="shortest seconds between two states of a message")  # fmt: skip
    add("--max-delay", dest="max_delay_seconds", type=float, default=3.0, help="longest")
    add("--opt-out-handled-by", type=OptOutHandledBy, choices=list(OptOutHandledBy),
        default=OptOutHandledBy.PROVIDER, help="who answers STOP")  # fmt: skip
    add("--max-messages", type=int, default=200_000, help="kept per channel")
    return parser


async def _run(start: Start) -> None:
    running = await start_sandbox(start.config)
    try:
        if start.port_file:
            _write_ports(start.port_file, running)
        sys.stdout.write(f"The sandbox's phones and mailboxes are at {running.url}/\n")
        sys.stdout.flush()
        await _until_stopped(watch_parent=start.stop_with_parent)
    finally:
        await running.stop()


def _write_ports(path: Path, running: RunningSandbox) -> None:
    """Through a second name, so that a reader never sees half of it."""
    ports = [url.rpartition(":")[2] for url in (running.url, running.api_url)]
    unfinished = path.with_name(f"{path.name}.part")
    unfinished.write_text("\n".join(ports) + "\n", encoding="ascii")
    unfinished.replace(path)


async def _until_stopped(*, watch_parent: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    parent = os.getppid()
    while not stop.is_set():
        if watch_parent and os.getppid() != parent:
            return
        try:
            await asyncio.wait_for(stop.wait(), 1.0 if watch_parent else None)
        except TimeoutError:
            continue
