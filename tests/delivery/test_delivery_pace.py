"""A launch spread over hours goes out at an even pace, whatever happens meanwhile."""

from __future__ import annotations

from datetime import timedelta

import delivery_builders as build
import pytest

from outreach.campaigns.actions import pause_launch, resume_launch, spread_launch
from outreach.campaigns.models import Launch
from outreach.config.environment import environment
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock
from outreach.core.errors import BadInput
from outreach.delivery.actions import plan_step_run, send_batch
from outreach.delivery.models import Batch, Delivery, Spread
from outreach.delivery.upkeep import wake_due_batches
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import AuditEntry
from outreach.sandbox.control import SandboxControl
from outreach.sandbox.faults import FaultKind

PEOPLE = 60


@pytest.fixture
def spread(providers: SandboxControl, ledger: FrozenClock) -> Launch:
    """A launch whose window of three hours has just opened, spread over two of them."""
    build.build_parents(build.build_school(), PEOPLE)
    launch = build.build_running_launch()
    spread_launch(launch, 120, actor=OPERATOR, why="so that the school can answer calls")
    plan_step_run(build.first_run(launch).pk)
    ledger.tick(timedelta(hours=2))
    work()
    return launch


def work(passes: int = 3) -> None:
    for _ in range(passes):
        for batch in Batch.objects.filter(is_done=False):
            send_batch(batch.pk)
        Batch.objects.update(try_after=None)


def sent() -> int:
    return Delivery.objects.filter(state="accepted").count()


def test_half_of_the_time_lets_half_of_the_messages_through(
    spread: Launch, ledger: FrozenClock
) -> None:
    assert sent() == 0
    ledger.tick(timedelta(minutes=60))
    work()
    assert sent() == PEOPLE // 2
    ledger.tick(timedelta(minutes=30))
    work()
    assert sent() == PEOPLE * 3 // 4
    ledger.tick(timedelta(minutes=31))
    work()
    assert sent() == PEOPLE


def test_nobody_is_woken_while_nothing_may_go(spread: Launch, ledger: FrozenClock) -> None:
    ledger.tick(timedelta(minutes=60))
    work()
    Batch.objects.update(woken_at=None)

    assert wake_due_batches() == 0
    ledger.tick(timedelta(minutes=4))
    assert wake_due_batches() == 1


def test_the_pace_needs_no_redis(
    spread: Launch, ledger: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    environment.cache_clear()
    ledger.tick(timedelta(minutes=60))
    work()

    assert sent() == PEOPLE // 2


def test_after_a_pause_what_is_left_is_spread_over_the_time_that_is_left(
    spread: Launch, ledger: FrozenClock
) -> None:
    ledger.tick(timedelta(minutes=20))
    work()
    assert sent() == 10
    pause_launch(spread, actor=OPERATOR, why="a look at the first replies")
    ledger.tick(timedelta(minutes=60))
    resume_launch(spread, actor=OPERATOR)
    work()
    assert sent() == 10
    ledger.tick(timedelta(minutes=20))
    work()
    assert sent() == 10 + 25


def test_a_changed_pace_holds_for_what_still_waits(spread: Launch, ledger: FrozenClock) -> None:
    ledger.tick(timedelta(minutes=20))
    work()
    spread_launch(spread, None, actor=OPERATOR, why="the calls are few")
    work()

    assert sent() == PEOPLE
    assert AuditEntry.objects.filter(action="launch.pace").count() == 2


def test_what_is_given_back_does_not_use_the_pace_up(
    spread: Launch, providers: SandboxControl, ledger: FrozenClock
) -> None:
    ledger.tick(timedelta(minutes=60))
    providers.fail(Channel.SMS, FaultKind.HTTP_503, retry_after_seconds=0)
    work(passes=1)

    assert Spread.objects.get().used == 0
    assert sent() == 0


def test_two_workers_together_keep_the_one_pace(spread: Launch, ledger: FrozenClock) -> None:
    """A second batch of the same zone is left alone while the first is worked."""
    first = Batch.objects.get()
    Batch.objects.filter(pk=first.pk).update(last_id=30)
    second = Batch.objects.get()
    second.pk = None
    second.first_id, second.last_id = 31, PEOPLE
    second.save()
    Delivery.objects.filter(id__gt=30).update(batch=second)
    ledger.tick(timedelta(minutes=60))
    work()
    assert sent() == PEOPLE // 2

    Batch.objects.filter(pk=first.pk).update(lease_token=7, lease_until="2999-01-01T00:00Z")
    ledger.tick(timedelta(minutes=30))
    send_batch(second.pk)
    assert sent() == PEOPLE // 2


def test_a_time_that_is_no_time_is_refused(spread: Launch) -> None:
    for minutes in (0, 9, 20_000):
        with pytest.raises(BadInput):
            spread_launch(spread, minutes, actor=OPERATOR, why="x")
    with pytest.raises(BadInput):
        spread_launch(spread, 60, actor=OPERATOR, why=" ")


def test_a_step_that_says_so_is_spread_without_the_launch(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    build.build_parents(build.build_school(), 40)
    definition = build.DEFINITION.replace("within: 3h}", "within: 3h, spread: 2h}", 1)
    launch = build.build_running_launch(definition=definition)
    run = build.first_run(launch)
    plan_step_run(run.pk)
    ledger.set(Batch.objects.filter(step_run=run)[0].opens_at)
    work()
    assert sent() < 10
    ledger.tick(timedelta(hours=1))
    work()
    assert 15 <= sent() <= 25
