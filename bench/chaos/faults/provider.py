"""What a provider can answer, and what must become of it (promise 3)."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime

from bench.chaos.trial import Trial, pause
from outreach.core.channels import Channel
from outreach.sandbox.faults import FaultKind

_HIT = 20
_RESET_SECONDS = 4
_SPEED = 60
_SLOWER_BY_AT_MOST = 1.1
# The batch before it may end, and the next begin, a throttle's burst apart.
_MEASURING_SLACK_SECONDS = 0.5


def busy(kind: FaultKind, wait_seconds: int) -> Callable[[Trial], None]:
    """Not taken, so sent later; nobody tries before the moment that the provider named."""

    def act(trial: Trial) -> None:
        trial.begin(rate=_SPEED)
        trial.launch()
        trial.wait_for("state IN ('accepted', 'delivered')", at_least=trial.house.people // 10)
        trial.house.control.fail(trial.channel, kind, count=3, retry_after_seconds=_RESET_SECONDS)
        trial.house.wait(trial.is_over, "the end of the send")
        gap = _longest_gap(trial)
        trial.result.notes["longest silence, s"] = gap
        least = wait_seconds - _MEASURING_SLACK_SECONDS
        trial.expect(gap >= least, f"silent for {gap:.1f} s only, asked for {wait_seconds}")

    return act


def refused(trial: Trial) -> None:
    """The provider's port is closed: not a byte left, so everything is sent later."""
    trial.begin(rate=_SPEED)
    trial.launch()
    trial.wait_for("state IN ('accepted', 'delivered')", at_least=trial.house.people // 10)
    trial.house.control.fail(trial.channel, FaultKind.REFUSED)
    pause(3)
    trial.house.control.clear_faults()
    trial.resume()


def lost_for_good(kind: FaultKind) -> Callable[[Trial], None]:
    """Answered so that nobody can know, and never taken: unknown, for a person to decide."""

    def act(trial: Trial) -> None:
        _hit(trial, kind)
        trial.unknown_at_most = _HIT
        trial.house.wait(trial.is_over, "the end of the send")
        unknown = trial.count("state = 'unknown'")
        trial.expect(unknown == _HIT, f"{unknown} unknown, {_HIT} were answered so")

    return act


def taken_all_the_same(kind: FaultKind, seconds: float = 1.0) -> Callable[[Trial], None]:
    """Taken, and answered so that nobody can know: the receipts settle every one."""

    def act(trial: Trial) -> None:
        _hit(trial, kind, seconds=seconds)

    return act


def slow(seconds: float) -> Callable[[Trial], None]:
    """Taken later than we wait for an answer: never sent again, and the receipts settle it."""

    def act(trial: Trial) -> None:
        _hit(trial, FaultKind.SLOW, seconds=seconds)
        trial.house.wait(trial.is_over, "the end of the send")
        came = trial.house.people
        trial.house.wait(
            lambda: trial.house.control.accepted(trial.channel).accepted >= came,
            "the provider taking what was slow",
        )

    return act


def _hit(trial: Trial, kind: FaultKind, **more: float) -> None:
    trial.begin()
    trial.house.control.fail(trial.channel, kind, count=_HIT, **more)
    trial.launch()


def one_personalization_refused(trial: Trial) -> None:
    """SendGrid refuses a whole request for one address in it: that one fails, the rest goes."""
    house = trial.house
    trial.begin(rate=1_000_000)
    bad, good = f"parent{house.people + 7}", f"parent{house.people + 7}@example.org"
    house.execute("UPDATE audience_address SET value = %s WHERE value = %s", bad, good)
    trial.launch()
    house.wait(trial.is_over, "the end of the send")
    house.execute("UPDATE audience_address SET value = %s WHERE value = %s", good, bad)
    house.execute("DELETE FROM consent_suppression")  # a refused address is blocked
    failed = trial.count("state = 'failed'")
    trial.expect(failed == 1, f"{failed} failed in place of one")
    sent = trial.house.control.accepted(Channel.EMAIL).accepted
    trial.expect(sent == house.people - 1, f"{sent} were sent")


def other_channel(trial: Trial) -> None:
    """Email keeps its pace while Twilio refuses every text for being too many."""
    alone = _seconds_of_send(trial)
    texts = Trial(trial.house, trial.result.fault, Channel.SMS)
    trial.begin(rate=_SPEED)
    trial.house.ensure(texts.worker)
    trial.house.control.fail(Channel.SMS, FaultKind.HTTP_429, retry_after_seconds=1)
    texts.launch()
    beside = _seconds_of_send(trial, begin=False)
    trial.house.control.clear_faults()
    trial.house.wait(texts.is_over, "the end of the texts")
    trial.result.notes |= {"alone, s": alone, "beside, s": beside}
    slower = beside / alone
    trial.expect(slower <= _SLOWER_BY_AT_MOST, f"email took {slower:.2f} times as long")


def _seconds_of_send(trial: Trial, *, begin: bool = True) -> float:
    if begin:
        trial.begin(rate=_SPEED)
    trial.launch()
    trial.house.wait(trial.is_over, "the end of the send")
    moments = _moments(trial)
    return (moments[-1] - moments[0]).total_seconds()


def _longest_gap(trial: Trial) -> float:
    pairs = itertools.pairwise(_moments(trial))
    return max((after - before).total_seconds() for before, after in pairs)


def _moments(trial: Trial) -> list[datetime]:
    items = trial.house.control.accepted_items(trial.channel)
    return sorted(datetime.fromisoformat(item["at"]) for item in items)
