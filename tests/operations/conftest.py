"""The rooms as the workers see them, for upkeep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime

import pytest
from django.db import connection

from outreach.config.environment import environment
from outreach.core.clock import FrozenClock, using
from outreach.delivery import connections
from outreach.organisation import lanes
from outreach.organisation.address_key_register import (
    forget_what_was_found,
    require_known_address_keys,
    take_out,
)
from outreach.organisation.address_keys import RECORD
from outreach.organisation.models import AddressKeyRecord
from outreach.sandbox.control import SandboxControl, SandboxServer
from tests.delivery import delivery_builders as build
from tests.operations.encryption_house import Begin
from tests.providers.provider_accounts import accounts_environment


@pytest.fixture
def installation(as_work: None, frozen_clock: FrozenClock) -> FrozenClock:
    """An organisation with senders and a price, in role work, on Monday at ten; the clock."""
    build.build_organisation()
    return frozen_clock


@pytest.fixture
def real_day(as_work: None) -> Iterator[FrozenClock]:
    """As `installation`, but the clock stands at the day of the machine: copies and the lists of
    providers tell real times."""
    clock = FrozenClock(datetime.now(UTC))
    with using(clock):
        build.build_organisation()
        yield clock


@pytest.fixture(scope="session")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(more=accounts_environment()) as server:
        yield server


@pytest.fixture
def providers(sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> SandboxControl:
    """The real adapters pointed at an empty sandbox; gives its control."""
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)
    environment.cache_clear()
    sandbox.control.reset()
    return sandbox.control


@pytest.fixture
def as_owner(as_work: None) -> Callable[[], AbstractContextManager[None]]:
    """In its block this process has the rights of the owner, as `outreach restore` has."""

    @contextmanager
    def block() -> Iterator[None]:
        lanes.run_async(connections.close())
        options = connection.settings_dict["OPTIONS"]
        before = options["options"]
        connection.close()
        options["options"] = "-c role=outreach_owner"
        yield
        connection.close()
        options["options"] = before

    return block


@pytest.fixture
def begin(
    providers: SandboxControl, installation: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Begin]:
    """Begins as a process does, with these keys for addresses."""

    def with_keys(setting: str) -> None:
        monkeypatch.setenv("OUTREACH_ADDRESS_KEYS", setting)
        environment.cache_clear()
        forget_what_was_found()
        require_known_address_keys()

    forget_what_was_found()
    yield with_keys
    monkeypatch.delenv("OUTREACH_ADDRESS_KEYS", raising=False)
    environment.cache_clear()
    forget_what_was_found()


@pytest.fixture
def began_before(begin: Begin, as_owner: Callable[[], AbstractContextManager[None]]) -> Begin:
    """Goes on as a process does that asked for the keys before newer ones were noted."""

    def with_keys(setting: str) -> None:
        noted = list(AddressKeyRecord.objects.values_list("version", "fingerprint"))
        with as_owner():
            take_out([version for version, _ in noted])
        begin(setting)
        with connection.cursor() as cursor:
            cursor.executemany(RECORD, noted)

    return with_keys
