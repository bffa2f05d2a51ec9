"""Rates a second of senders and accounts, with Redis and without it."""

from __future__ import annotations

import asyncio

import pytest

from outreach.config.environment import environment
from outreach.core.ids import uuid7
from outreach.delivery.throttle import Bucket, Throttle

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture(params=["redis", "alone"])
def url(request: pytest.FixtureRequest, servers: object) -> str:
    return environment().redis_url if request.param == "redis" else NOWHERE


@pytest.fixture
def account() -> Bucket:
    return Bucket(f"account:{uuid7()}", 10)


def sender(rate: float | None = 1000) -> Bucket:
    return Bucket(f"sender:{uuid7()}", rate)


def waits(url: str, *asked: tuple[list[Bucket], int]) -> list[float]:
    async def ask() -> list[float]:
        throttle = Throttle(url)
        found = [await throttle.wait_seconds(buckets, units) for buckets, units in asked]
        await throttle.close()
        return found

    return asyncio.run(ask())


def test_senders_of_one_account_share_its_rate(url: str, account: Bucket) -> None:
    first, second, third = waits(
        url, ([sender(), account], 100), ([sender(), account], 1), ([sender()], 1)
    )

    assert (first, third) == (0, 0)
    assert 8 < second <= 9


def test_whoever_has_to_wait_takes_nothing(url: str, account: Bucket) -> None:
    own = sender(rate=1)

    _, refused, taken = waits(url, ([account], 100), ([own, account], 50), ([own], 1))

    assert refused > 0
    assert taken == 0


def test_without_a_rate_only_a_pause_holds(url: str) -> None:
    free = Bucket(f"account:{uuid7()}", None)

    async def ask() -> tuple[float, float]:
        throttle = Throttle(url)
        before = await throttle.wait_seconds([free], 10**6)
        await throttle.pause(free.name, 20)
        after = await throttle.wait_seconds([free], 1)
        await throttle.close()
        return before, after

    before, after = asyncio.run(ask())
    assert before == 0
    assert 15 < after <= 20


def test_a_long_pause_is_left_to_postgresql_so_that_staff_can_lift_it(url: str) -> None:
    free = Bucket(f"account:{uuid7()}", None)

    async def ask() -> float:
        throttle = Throttle(url)
        await throttle.pause(free.name, 3600)
        found = await throttle.wait_seconds([free], 1)
        await throttle.close()
        return found

    assert asyncio.run(ask()) <= 30
