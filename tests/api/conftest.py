"""The API as another system meets it: JSON, a key, the rights of role outreach_app."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from outreach.core.clock import FrozenClock
from outreach.organisation.models import School
from tests.delivery import delivery_builders as build
from tests.web.web_client import AppClient

Ask = Callable[..., Any]


@pytest.fixture
def school(db: None, frozen_clock: FrozenClock) -> School:
    build.build_organisation()
    return build.build_school()


@pytest.fixture
def ask(school: School) -> Ask:
    """Sends JSON with a key: `ask("opt-outs", key, body)`, `ask("schools", key, method="GET")`."""
    client = AppClient()

    def send(
        path: str, key: str, body: object = None, *, method: str = "POST", **headers: str
    ) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            named["Authorization"] = f"Bearer {key}"
        text = "" if body is None else json.dumps(body)
        return client.generic(method, f"/api/v1/{path}", text, "application/json", headers=named)

    return send
