"""What every test has at hand. The servers are in `tests/servers.py`, builders in the rooms."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from outreach.config.environment import Environment, environment
from outreach.core.clock import FrozenClock, using
from tests.servers import Servers

REPOSITORY = Path(__file__).resolve().parent.parent

# The same examples every time, so that a run tells of the change and not of luck. New ones are
# drawn with `--hypothesis-profile=default`.
settings.register_profile("same", derandomize=True)
settings.load_profile("same")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest begin first, or all but one of the processes would wait for them at the end.

    pytest-xdist takes files in this order with `--no-loadscope-reorder` only (see the Makefile).
    """
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    """First what waits for processes of ours, then what waits for a browser, then real commits."""
    if "e2e" in item.keywords:
        return 0
    if "browser" in item.keywords:
        return 1
    return 2 if "transactional_db" in getattr(item, "fixturenames", ()) else 3


@pytest.fixture(autouse=True)
def settings_as_they_were() -> Iterator[None]:
    """A test may have read the settings anew with others than ours: nobody after it meets them.
    First of all fixtures, so that it ends after those that put the environment back."""
    before = _settings()
    yield
    if _settings() is not before:
        environment.cache_clear()


def _settings() -> Environment | None:
    return environment() if environment.cache_info().currsize else None


@pytest.fixture
def frozen_clock() -> Iterator[FrozenClock]:
    """Business time stands at Monday, 2 November 2026, 10:00 UTC until the test moves it."""
    clock = FrozenClock(datetime(2026, 11, 2, 10, 0, tzinfo=UTC))
    with using(clock):
        yield clock


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the source tree."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared() -> Path:
    """The material beside the repository; skips the test where it is absent."""
    folder = Path(os.environ.get("OUTREACH_SHARED") or REPOSITORY.parent / "shared")
    if not folder.is_dir():
        pytest.skip("the shared material is not beside the repository (OUTREACH_SHARED)")
    return folder


# Here and not beside `servers`: pytest-django has a fixture of this name, and a conftest's wins.
@pytest.fixture(scope="session")
def django_db_modify_db_settings(servers: Servers) -> None:
    """pytest-django's step before it makes the test database: the server has to run."""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """The test database, as pytest-django makes it; emptied in our own way behind each test."""
    from django.test import TransactionTestCase

    from tests.emptying import empty

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: empty())
        yield


@pytest.fixture
def as_work(
    transactional_db: None, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Everything in this test, the asynchronous connections too, is role work on the test database.

    The owner's rights would hide what a worker may not do; the rows are really committed.
    """
    from django.db import connection

    from outreach.config.environment import environment
    from outreach.delivery import connections
    from outreach.organisation import lanes

    name = str(connection.settings_dict["NAME"])
    monkeypatch.setenv("DATABASE_URL", servers.database_url(name))
    environment.cache_clear()
    options = connection.settings_dict["OPTIONS"]
    owner = options["options"]
    connection.close()
    options["options"] = "-c role=outreach_work"
    yield
    lanes.run_async(connections.close())
    connection.close()
    options["options"] = owner
    environment.cache_clear()
