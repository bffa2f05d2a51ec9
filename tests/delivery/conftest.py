"""The database as the workers see it: role work, real commits."""

from __future__ import annotations

from collections.abc import Iterator

import delivery_builders as build
import pytest

from outreach.core.clock import FrozenClock


@pytest.fixture
def ledger(as_work: None, frozen_clock: FrozenClock) -> Iterator[FrozenClock]:
    """An organisation with senders and a price, on Monday at ten; gives the clock."""
    build.build_organisation()
    yield frozen_clock
