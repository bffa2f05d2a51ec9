"""A running campaign whose first step went out, the sandbox, and the ways to say stop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from outreach.config.database import work_dsn
from outreach.config.environment import environment
from outreach.core.clock import FrozenClock
from outreach.sandbox.control import SandboxControl, SandboxServer
from tests.delivery import delivery_builders as build
from tests.imap_server import ImapServer, imap_server
from tests.replies.replies_house import House
from tests.webhooks.webhook_door import INBOUND_SECRET, environment_for_webhooks, open_door


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def sandbox(
    sandbox_server: SandboxServer,
    as_work: None,
    frozen_clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> SandboxControl:
    """An organisation whose providers are an empty sandbox; gives its control."""
    for name, value in sandbox_server.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OUTREACH_INBOUND_DOMAIN", "reply.outreach.test")
    environment.cache_clear()
    sandbox_server.control.reset()
    build.build_organisation()
    return sandbox_server.control


@pytest.fixture
def house(
    sandbox: SandboxControl, sandbox_server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    """The sandbox with our webhooks open to it; texts are answered by us."""
    env = environment_for_webhooks(
        twilio_auth_token=sandbox_server.twilio_auth_token,
        sendgrid_webhook_public_keys=[sandbox.event_public_key()],
    )
    with open_door(work_dsn(environment()), env, is_own_origin=True) as door:
        origin = f"http://127.0.0.1:{door.port}"
        monkeypatch.setenv("OUTREACH_WEBHOOK_URL", origin)
        environment.cache_clear()
        sandbox.configure(
            sms_inbound_url=f"{origin}/webhooks/twilio/inbound",
            email_events_url=f"{origin}/webhooks/sendgrid/events",
            email_inbound_url=f"{origin}/webhooks/sendgrid/inbound/{INBOUND_SECRET}",
            opt_out_handled_by="us",
            grouping_seconds=0.01,
            min_delay_seconds=0.0,
            max_delay_seconds=0.02,
            repeat_share=0,
        )
        yield House(sandbox, door)
        sandbox.wait_until_quiet()


@pytest.fixture(scope="session")
def imap_process() -> Iterator[ImapServer]:
    with imap_server() as server:
        yield server


@pytest.fixture
def mailbox(imap_process: ImapServer, monkeypatch: pytest.MonkeyPatch) -> ImapServer:
    """An empty mailbox that answers come to."""
    monkeypatch.setenv("OUTREACH_IMAP_URL", imap_process.url)
    environment.cache_clear()
    imap_process.empty()
    return imap_process
