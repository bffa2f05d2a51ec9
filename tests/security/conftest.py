"""An organisation with two schools that have everything a school can have."""

from __future__ import annotations

import pytest
from pytest_django import Settings
from two_schools import Life, build_life

from outreach.core.clock import FrozenClock
from outreach.organisation.models import Role
from tests.web import web_builders as build
from tests.web.web_client import AppClient


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    """The slow hash of the real installation would take half the time of these tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def client() -> AppClient:
    return AppClient()


@pytest.fixture
def two_lives(db: None, frozen_clock: FrozenClock) -> tuple[Life, Life]:
    """Two schools of one organisation, both in the same running send: (mine, theirs)."""
    build.build_organisation()
    build.build_version()
    near, far = build.build_school("near"), build.build_school("far")
    maker = build.build_staff("Mara", Role.MANAGER)
    launch = build.build_running(maker, build.build_staff("Ben", Role.APPROVER))
    return (
        build_life(near, "quagga", launch, maker),
        build_life(far, "okapi", launch, maker),
    )
