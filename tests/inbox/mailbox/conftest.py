"""The mailbox of answers, at a real IMAP server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from outreach.config.environment import environment
from outreach.core.clock import FrozenClock
from tests.imap_server import ImapServer, imap_server


@pytest.fixture(scope="session")
def imap_process() -> Iterator[ImapServer]:
    with imap_server() as server:
        yield server


@pytest.fixture
def mailbox(
    imap_process: ImapServer,
    as_work: None,
    frozen_clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> ImapServer:
    """Empty, and set up as where answers come to."""
    monkeypatch.setenv("OUTREACH_IMAP_URL", imap_process.url)
    monkeypatch.setenv("OUTREACH_INBOUND_DOMAIN", "reply.outreach.test")
    environment.cache_clear()
    imap_process.empty()
    return imap_process
