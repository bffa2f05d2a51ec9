"""Short forms of the faults of `make chaos`: nobody twice, nobody lost, the books balance.

One house for all of them, of real processes with a PostgreSQL and a Redis that may be broken.
What a provider can answer is tested beside the lanes, in `tests/delivery`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.chaos.faults import FAULTS, run_fault
from bench.chaos.house import House

pytestmark = pytest.mark.e2e

PEOPLE = 200


@pytest.fixture(scope="module")
def broken_house() -> Iterator[House]:
    """Its processes start with the first fault that needs them."""
    with House(PEOPLE) as house:
        yield house


@pytest.mark.parametrize(
    "name",
    [
        "kill-before-claim",
        "kill-claimed",
        "kill-calling",
        "kill-accepted",
        "kill-recorded",
        "kill-webhook",
    ],
)
def test_a_process_killed_at_any_point_loses_and_repeats_nothing(
    broken_house: House, name: str
) -> None:
    nothing_falls_short(broken_house, name)


@pytest.mark.parametrize("name", ["clock-alone", "redis-flushed", "postgres-restarted"])
def test_a_send_goes_on_by_itself_after_what_it_stands_on_was_away(
    broken_house: House, name: str
) -> None:
    nothing_falls_short(broken_house, name)


@pytest.mark.parametrize("name", ["doubled", "callbacks-late"])
def test_whatever_happens_twice_or_late_ends_the_same(broken_house: House, name: str) -> None:
    nothing_falls_short(broken_house, name)


def test_one_refused_address_fails_alone_in_its_request(broken_house: House) -> None:
    nothing_falls_short(broken_house, "email-one-refused")


def test_a_provider_that_is_away_is_replaced_and_comes_back(broken_house: House) -> None:
    nothing_falls_short(broken_house, "failover-503")


def test_a_stop_by_text_is_obeyed_in_the_middle_of_a_batch(broken_house: House) -> None:
    nothing_falls_short(broken_house, "stop-by-text")


def test_a_worker_without_memory_stops_loudly_and_the_books_balance(broken_house: House) -> None:
    nothing_falls_short(broken_house, "out-of-memory")


def test_a_step_in_the_hour_that_comes_twice_goes_out_once(broken_house: House) -> None:
    nothing_falls_short(broken_house, "night-new_york-2026-11")


def nothing_falls_short(house: House, name: str) -> None:
    """One run of the fault; what fell short is the message of the failure."""
    result = run_fault(house, FAULTS[name], hurried=True)
    assert result.shortfalls == []
    assert (result.planned, result.duplicates, result.lost) == (PEOPLE, 0, 0)
