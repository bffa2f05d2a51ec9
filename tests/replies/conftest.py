"""The whole way in: a phone at the sandbox, the signed webhook over HTTP, the inbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from replies_house import House

from outreach.config.database import work_dsn
from outreach.config.environment import environment
from outreach.core.clock import FrozenClock
from outreach.sandbox.control import SandboxServer
from tests.delivery import delivery_builders as build
from tests.webhooks.webhook_door import INBOUND_SECRET, environment_for_webhooks, open_door


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def house(
    sandbox_server: SandboxServer,
    as_work: None,
    frozen_clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[House]:
    """An organisation with one number that we answer ourselves, and its open webhooks."""
    for name, value in sandbox_server.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OUTREACH_INBOUND_DOMAIN", "reply.outreach.test")
    control = sandbox_server.control
    control.reset()
    build.build_organisation()
    env = environment_for_webhooks(
        twilio_auth_token=sandbox_server.twilio_auth_token,
        sendgrid_webhook_public_keys=[control.event_public_key()],
    )
    environment.cache_clear()
    with open_door(work_dsn(environment()), env, is_own_origin=True) as door:
        origin = f"http://127.0.0.1:{door.port}"
        monkeypatch.setenv("OUTREACH_WEBHOOK_URL", origin)
        environment.cache_clear()
        control.configure(
            sms_inbound_url=f"{origin}/webhooks/twilio/inbound",
            email_events_url=f"{origin}/webhooks/sendgrid/events",
            email_inbound_url=f"{origin}/webhooks/sendgrid/inbound/{INBOUND_SECRET}",
            opt_out_handled_by="us",
            grouping_seconds=0.01,
            repeat_share=0,
        )
        yield House(control, door)
        control.wait_until_quiet()
