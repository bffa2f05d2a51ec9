"""What every test has at hand. The servers are in `tests/servers.py`, builders in the rooms."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from outreach.core.clock import FrozenClock, using

REPOSITORY = Path(__file__).resolve().parent.parent


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
