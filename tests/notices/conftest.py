"""Notices over the real adapters, to a sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from outreach.config.environment import environment
from outreach.core.clock import FrozenClock
from outreach.sandbox.control import SandboxControl, SandboxServer
from tests.delivery import delivery_builders as build


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
    """An organisation with its senders, and an empty sandbox behind the adapters."""
    for name, value in sandbox_server.environment().items():
        monkeypatch.setenv(name, value)
    environment.cache_clear()
    sandbox_server.control.reset()
    build.build_organisation()
    return sandbox_server.control
