"""Ctrl-C once stops in order, twice hurries; an unfinished stop is never interrupted."""

from __future__ import annotations

import signal

import pytest

from outreach.cli.up.interrupts import stop_signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_interrupts_and_the_second_hurries(number: signal.Signals) -> None:
    with stop_signals() as interrupts:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
        interrupts.stopping()
        assert not interrupts.hurry
        signal.raise_signal(number)
        assert interrupts.hurry


def test_a_signal_during_a_stop_after_an_error_hurries() -> None:
    with stop_signals() as interrupts:
        interrupts.stopping()
        signal.raise_signal(signal.SIGINT)
        assert interrupts.hurry


def test_the_handlers_of_before_are_back_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stop_signals():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before
