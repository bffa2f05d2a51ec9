"""Short forms of the faults of `make chaos`: no message twice, none lost, the books balance."""

from __future__ import annotations

import subprocess
import sys

import psycopg
import pytest
from e2e_house import REPOSITORY, House

from bench.population import Population, lay_down
from outreach.core.channels import Channel
from outreach.delivery.throttle import connect

pytestmark = pytest.mark.e2e

OPEN_STATES = "('pending', 'sending')"


def populate(house: House, people: int, *, rate_per_second: float) -> None:
    key = bytes.fromhex(house.environment["OUTREACH_SUPPRESSION_KEYS"].partition(":")[2])
    population = Population(people, plain=True, zone="UTC", rate_per_second=rate_per_second)
    with psycopg.connect(house.database_url, options="-c role=outreach_owner") as connection:
        lay_down(connection, population, key)


def launch(house: House, channel: str = "sms") -> None:
    subprocess.run(
        [sys.executable, "-m", "bench.launching", channel],
        env=house.environment,
        cwd=REPOSITORY,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def count(house: House, where: str = "true") -> int:
    return int(house.ask(f"SELECT count(*) FROM delivery_delivery WHERE {where}")[0][0])  # noqa: S608


def sent(house: House) -> int:
    return house.control.accepted(Channel.SMS).accepted


def books_balance(house: House) -> None:
    by_row = dict(house.ask("SELECT state, count(*) FROM delivery_delivery GROUP BY 1"))
    by_tally = dict(
        house.ask("SELECT state, sum(number) FROM delivery_tally GROUP BY 1 HAVING sum(number)<>0")
    )
    assert by_row == by_tally


def is_over(house: House) -> bool:
    return count(house) > 0 and count(house, f"state IN {OPEN_STATES}") == 0


def test_a_worker_killed_in_the_middle_of_a_send_loses_and_repeats_nothing(house: House) -> None:
    populate(house, 1500, rate_per_second=400)
    house.start("worker-sms", "worker-control", "webhooks", "clock")
    launch(house)
    house.wait_until(lambda: sent(house) > 200, "the send")

    house.kill("worker-sms")
    house.ask(
        "UPDATE delivery_batch SET lease_until = now() - interval '1 second'"
        " WHERE lease_until IS NOT NULL"
    )  # the wait for a lease to run out, shortened
    house.start("worker-sms")
    house.wait_until(lambda: is_over(house), "the end of the send")

    assert not house.control.accepted(Channel.SMS).duplicates
    house.control.wait_until_quiet()
    house.wait_until(lambda: count(house, "state = 'delivered'") == sent(house), "the receipts")
    unknown = count(house, "state = 'unknown'")
    assert sent(house) + unknown == 1500
    assert unknown <= 4 * 64
    books_balance(house)


def test_a_launch_finishes_by_itself_after_redis_was_flushed(house: House) -> None:
    populate(house, 1200, rate_per_second=400)
    house.start("worker-sms", "worker-control", "webhooks", "clock")
    launch(house)
    house.wait_until(lambda: sent(house) > 100, "the send")

    flush(house)
    house.wait_until(lambda: is_over(house), "the end of the send")

    counts = house.control.accepted(Channel.SMS)
    assert (counts.accepted, dict(counts.duplicates)) == (1200, {})
    house.control.wait_until_quiet()
    house.wait_until(lambda: count(house, "state = 'delivered'") == 1200, "the receipts")
    books_balance(house)


def flush(house: House) -> None:
    import asyncio

    async def flush_all() -> None:
        client = connect(house.environment["REDIS_URL"])
        await client.flushall()
        await client.aclose()

    asyncio.run(flush_all())
