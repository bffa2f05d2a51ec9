"""The arithmetic behind `python -m bench.simulate`, at places where the answer is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.simulate import LANES, Setting, predict

FAST = Setting(messages=100_000, latency_seconds=0.0, processes=2, messages_a_process=2_000)


def test_without_latency_the_processors_decide() -> None:
    found = predict(FAST)
    assert (found.rate, found.seconds, found.held_up_by) == (4_000, 25.0, "processor")


def test_with_a_slow_provider_two_chunks_of_each_process_are_in_flight() -> None:
    # 64 texts are prepared in 0.032 s and answered after 1 s, twice over in two processes.
    found = predict(replace(FAST, latency_seconds=1.0))
    assert found.rate == pytest.approx(2 * 2 * 64 / 1.032)
    assert found.seconds == pytest.approx(100_000 / found.rate + 1.0)
    assert found.held_up_by == "provider's latency"


def test_an_email_request_carries_a_thousand_while_a_text_request_carries_one() -> None:
    slow = replace(FAST, latency_seconds=2.0, calls_at_once=4)
    assert predict(slow).rate == pytest.approx(4 / 2.0)
    email = predict(replace(slow, lane=LANES["email"]))
    assert email.rate == pytest.approx(2 * 2 * 1_000 / (1_000 / 2_000 + 2.0))


def test_a_number_that_sends_one_segment_a_second_decides_alone() -> None:
    found = predict(
        replace(FAST, messages=3_600, latency_seconds=0.3, sender_rate=1.0, segments=2.0)
    )
    assert found.held_up_by == "sender's rate"
    assert found.seconds == pytest.approx(7_200, abs=1)


def test_nothing_goes_out_of_no_process() -> None:
    with pytest.raises(ValueError, match="needs a process"):
        predict(replace(FAST, processes=0))


@given(
    latency=st.floats(0, 30),
    processes=st.integers(1, 200),
    rate=st.floats(0.1, 10_000),
    calls=st.floats(1, 10_000),
)
def test_more_of_anything_is_never_slower(
    latency: float, processes: int, rate: float, calls: float
) -> None:
    setting = replace(
        FAST, latency_seconds=latency, processes=processes, sender_rate=rate, calls_at_once=calls
    )
    before = predict(setting).seconds
    for better in (
        replace(setting, processes=processes + 1),
        replace(setting, sender_rate=rate * 2),
        replace(setting, calls_at_once=calls * 2),
        replace(setting, latency_seconds=latency / 2),
    ):
        assert predict(better).seconds <= before * (1 + 1e-9)
