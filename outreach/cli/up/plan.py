"""What one start of `outreach up` will run, fixed before the first process starts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from outreach.cli.up.children import children_environment, demo_environment
from outreach.cli.up.credentials import stored_secrets
from outreach.cli.up.processes import Bindings, Program, programs
from outreach.cli.up.state import StateFolder

HOST = "127.0.0.1"


@dataclass(frozen=True)
class UpOptions:
    """`demo`: seed the demo and run time-lapse. `speed`: business seconds per real second."""

    state_dir: Path = Path(".outreach")
    demo: bool = True
    port: int = 8000
    webhook_port: int = 8001
    sandbox_port: int = 8002
    speed: float = 1440.0


@dataclass(frozen=True)
class Plan:
    """What this start will run, fixed once the settings are known. `programs`: in start order."""

    bindings: Bindings
    programs: tuple[Program, ...]
    environment: Mapping[str, str]
    broker_url: str


def make_plan(
    options: UpOptions,
    folder: StateFolder,
    *,
    database_url: str,
    redis_url: str,
    with_sandbox: bool,
    clock_text: str,
) -> Plan:
    """The plan of this start. `clock_text`: of the time-lapse clock, "" for real time.

    Makes the installation's secrets when they are missing; raises BadInput when they are damaged.
    """
    secrets = stored_secrets(folder.secrets, folder.event_key)
    bindings = Bindings(
        host=HOST,
        web_port=options.port,
        webhook_port=options.webhook_port,
        sandbox_port=options.sandbox_port,
        webhook_url=f"http://{HOST}:{options.webhook_port}",
        event_key_file=folder.event_key.name,
        inbound_secret=secrets.get("OUTREACH_INBOUND_SECRET", ""),
    )
    environment = children_environment(
        given=os.environ,
        secrets=secrets,
        state_root=folder.root,
        database_url=database_url,
        redis_url=redis_url,
        bindings=bindings,
    )
    if with_sandbox:
        environment = demo_environment(
            environment, secrets=secrets, bindings=bindings, clock_text=clock_text
        )
    table = programs(bindings, sandbox=with_sandbox)
    return Plan(bindings, table, environment, redis_url)
