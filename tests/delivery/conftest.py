"""The database as the workers see it: role work, real commits."""

from __future__ import annotations

from collections.abc import Iterator

import delivery_builders as build
import pytest

from outreach.config.environment import environment
from outreach.core.clock import FrozenClock
from outreach.sandbox.control import SandboxControl, SandboxServer
from tests.providers.provider_accounts import accounts_environment


@pytest.fixture
def ledger(as_work: None, frozen_clock: FrozenClock) -> FrozenClock:
    """An organisation with senders and a price, on Monday at ten; gives the clock."""
    build.build_organisation()
    return frozen_clock


@pytest.fixture(scope="session")
def sandbox() -> Iterator[SandboxServer]:
    """One sandbox process for all tests of delivery; `providers` resets it."""
    with SandboxServer(more=accounts_environment()) as server:
        yield server


@pytest.fixture
def providers(
    sandbox: SandboxServer, ledger: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> SandboxControl:
    """The real adapters pointed at an empty sandbox; gives its control."""
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)
    environment.cache_clear()
    sandbox.control.reset()
    return sandbox.control
