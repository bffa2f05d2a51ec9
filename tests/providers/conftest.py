"""A sandbox with an account at every provider, and doors for what it posts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from aiohttp import web
from provider_accounts import accounts_environment
from provider_doors import Doors

from outreach.sandbox.control import SandboxServer


@pytest.fixture(scope="package")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(more=accounts_environment()) as running:
        yield running


@pytest.fixture
def sandbox(server: SandboxServer) -> SandboxServer:
    server.control.reset()
    server.control.configure(grouping_seconds=0.01, repeat_share=0)
    return server


@pytest.fixture
async def doors() -> AsyncIterator[Doors]:
    opened = Doors()
    app = web.Application(client_max_size=10_000_000)
    app.router.add_post("/{name:.*}", opened.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    opened.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield opened
    await runner.cleanup()
