"""A house of real processes on a database of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from e2e_house import House

from tests.servers import Servers

_REDIS_NUMBERS = itertools.count(5)


@pytest.fixture
def house(spare_database: str, servers: Servers, tmp_path: Path) -> Iterator[House]:
    """Nothing started yet but the sandbox; business time begins on Monday at noon, real speed."""
    redis = servers.redis_url.replace("virtual_host=0", f"virtual_host={next(_REDIS_NUMBERS)}")
    noon = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
    with House(spare_database, redis, tmp_path, shown_start=noon) as found:
        yield found
