"""The organisation behind the pages, and a client to open them."""

from __future__ import annotations

import pytest
import web_builders as build
from pytest_django import Settings
from web_client import AppClient

from outreach.core.clock import FrozenClock
from outreach.organisation.models import Role, School, Staff


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    """The slow hash of the real installation would take half the time of these tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def client() -> AppClient:
    return AppClient()


@pytest.fixture
def organisation(db: None, frozen_clock: FrozenClock) -> FrozenClock:
    """The organisation of this test, on Monday at ten; gives the clock."""
    build.build_organisation()
    return frozen_clock


@pytest.fixture
def school(organisation: FrozenClock) -> School:
    return build.build_school()


@pytest.fixture
def manager(organisation: FrozenClock) -> Staff:
    return build.build_staff("Mara", Role.MANAGER)


@pytest.fixture
def approver(organisation: FrozenClock) -> Staff:
    return build.build_staff("Ben", Role.APPROVER)
