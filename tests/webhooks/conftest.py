"""The door, on the test database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from webhook_door import Door, environment_for_webhooks, open_door

from outreach.config.database import work_dsn


@pytest.fixture
def inbox_dsn(transactional_db: None, servers: object) -> str:
    """Where the door stores: the database of this test, in role work."""
    from django.db import connection

    url = servers.database_url(str(connection.settings_dict["NAME"]))  # type: ignore[attr-defined]
    return work_dsn(environment_for_webhooks(database_url=url))


@pytest.fixture
def door(inbox_dsn: str) -> Iterator[Door]:
    with open_door(inbox_dsn, environment_for_webhooks()) as found:
        yield found
