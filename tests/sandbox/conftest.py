"""One sandbox process for the folder, forgotten between tests, and a receiver of webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox_receiver import Receiver
from sandbox_senders import SendGrid, Twilio

from outreach.sandbox.control import SandboxControl, SandboxServer


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def sandbox(sandbox_process: SandboxServer) -> SandboxServer:
    sandbox_process.control.reset()
    sandbox_process.control.configure(
        retry_base_seconds=0.01, grouping_seconds=0.05, repeat_share=0
    )
    return sandbox_process


@pytest.fixture
def control(sandbox: SandboxServer) -> SandboxControl:
    return sandbox.control


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as opened:
        yield opened


@pytest.fixture
def twilio(sandbox: SandboxServer) -> Twilio:
    return Twilio(sandbox)


@pytest.fixture
def sendgrid(sandbox: SandboxServer) -> SendGrid:
    return SendGrid(sandbox)


@pytest.fixture(scope="session")
def specs(shared: Path) -> Path:
    """The providers' own OpenAPI files."""
    return shared / "specs"
