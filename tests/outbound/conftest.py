"""An endpoint that listens, and the database as the workers see it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from outreach.core.clock import FrozenClock
from tests.delivery import delivery_builders as build
from tests.outbound.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def ledger(as_work: None, frozen_clock: FrozenClock) -> FrozenClock:
    """An organisation with senders, on Monday at ten; gives the clock."""
    build.build_organisation()
    return frozen_clock
