"""Messages a day, warm-up and pauses: per sender and per account, for all workers at once."""

from __future__ import annotations

from datetime import timedelta

import delivery_builders as build
import pytest
from django.db import connection

from outreach.config.environment import environment
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock, now
from outreach.delivery import limits
from outreach.delivery.actions import plan_step_run, send_batch
from outreach.delivery.capacity import room_by_day, senders_today
from outreach.delivery.models import Batch, Delivery, Spend
from outreach.delivery.upkeep import close_batches, wake_due_batches
from outreach.organisation.audit import OPERATOR
from outreach.organisation.limits import Limits, end_warm_up, lift_pauses, most_on
from outreach.organisation.models import AccountLimit, AuditEntry, Sender
from outreach.sandbox.control import SandboxControl
from outreach.sandbox.faults import FaultKind

WHY = "agreed with the provider"


def open_batch(clock: FrozenClock, people: int, channel: str = "sms") -> Batch:
    build.build_parents(build.build_school(), people, channel)
    plan_step_run(build.first_run(build.build_running_launch()).pk)
    clock.tick(timedelta(hours=2))
    return Batch.objects.get()


def sender_of(channel: str = "sms") -> Sender:
    return Sender.objects.get(channel=channel)


def states() -> dict[str, int]:
    found: dict[str, int] = {}
    for state in Delivery.objects.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def work(batch: Batch, passes: int = 3) -> None:
    for _ in range(passes):
        send_batch(batch.pk)
        Batch.objects.update(try_after=None)


def a_day(number: int | None) -> Limits:
    return Limits(rate_per_second=None, most_a_day=number)


def test_a_sender_sends_no_more_in_a_day_than_it_may(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    batch = open_batch(ledger, 100)
    limits.limit_sender(sender_of(), a_day(70), actor=OPERATOR, why=WHY)

    work(batch)

    assert states() == {"accepted": 70, "pending": 30}
    assert providers.accepted(Channel.SMS).accepted == 70
    assert wake_due_batches() == 0


def test_a_limit_holds_for_all_senders_of_an_account_together(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    batch = open_batch(ledger, 100)
    limits.limit_account("twilio", a_day(10), actor=OPERATOR, why=WHY)

    work(batch)

    assert states() == {"accepted": 10, "pending": 90}


def test_a_limit_set_in_the_middle_of_a_day_counts_what_went_out_before(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    batch = open_batch(ledger, 100)
    limits.limit_sender(sender_of(), a_day(40), actor=OPERATOR, why=WHY)
    work(batch)
    limits.limit_sender(sender_of(), a_day(None), actor=OPERATOR, why=WHY)
    Spend.objects.filter(key__startswith="sender:").delete()

    limits.limit_sender(sender_of(), a_day(50), actor=OPERATOR, why=WHY)
    work(batch)

    assert states() == {"accepted": 50, "pending": 50}


def test_a_raised_limit_holds_from_the_next_claim_on(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    batch = open_batch(ledger, 100)
    limits.limit_sender(sender_of(), a_day(10), actor=OPERATOR, why=WHY)
    work(batch)

    limits.limit_sender(sender_of(), a_day(200), actor=OPERATOR, why="the number is known now")
    work(batch)

    assert states() == {"accepted": 100}
    entry = AuditEntry.objects.filter(action="sender.limits").latest("pk")
    assert (entry.actor, entry.why) == (OPERATOR.name, "the number is known now")


def test_what_a_provider_refuses_does_not_use_the_day_up(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    batch = open_batch(ledger, 3)
    limits.limit_sender(sender_of(), a_day(3), actor=OPERATOR, why=WHY)
    providers.fail(Channel.SMS, FaultKind.HTTP_503)
    work(batch, passes=1)
    providers.clear_faults()

    assert Spend.objects.get(key__startswith="sender:").messages == 0


def test_a_warm_up_lets_more_through_each_day_and_the_rest_expires_with_its_window(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    batch = open_batch(ledger, 60)
    limits.start_warm_up(
        sender_of(), from_day=now().date(), schedule=[20, 30], actor=OPERATOR, why="new number"
    )
    work(batch)
    assert states() == {"accepted": 20, "pending": 40}

    ledger.tick(timedelta(hours=6))
    close_batches()

    assert states() == {"accepted": 20, "expired": 40}
    today = now().date()
    days = [most_on(sender_of(), today + timedelta(days=n)) for n in (-1, 0, 1, 2)]
    assert days == [20, 20, 30, None]


def test_the_database_and_the_page_agree_on_the_limit_of_a_day(ledger: FrozenClock) -> None:
    sender, today = sender_of(), now().date()
    limits.start_warm_up(
        sender, from_day=today, schedule=[20, 300], actor=OPERATOR, why="new number"
    )
    limits.limit_sender(sender, a_day(100), actor=OPERATOR, why=WHY)
    sender.refresh_from_db()

    for ahead in (-1, 0, 1, 2):
        day = today + timedelta(days=ahead)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT outreach_most_today(most_a_day, warm_up, warm_up_from, %s) "
                "FROM organisation_sender WHERE id = %s",
                [day, sender.pk],
            )
            assert cursor.fetchone() == (most_on(sender, day),)


def test_the_launch_says_how_much_fits_on_its_days(ledger: FrozenClock) -> None:
    batch = open_batch(ledger, 60)
    launch = batch.step_run.launch
    assert room_by_day(launch) == []

    limits.start_warm_up(
        sender_of(), from_day=now().date(), schedule=[20, 30], actor=OPERATOR, why="new number"
    )

    rooms = [(room.most, room.wanted, room.is_short) for room in room_by_day(launch)]
    assert rooms == [(20, 60, True), (30, None, False)]


def test_a_warm_up_ends_when_a_person_says_so(ledger: FrozenClock) -> None:
    limits.start_warm_up(
        sender_of(), from_day=now().date(), schedule=[1], actor=OPERATOR, why="new"
    )

    end_warm_up(sender_of(), actor=OPERATOR, why="an old number after all")

    assert most_on(sender_of(), now().date()) is None


def hour_long(providers: SandboxControl) -> None:
    providers.fail(Channel.SMS, FaultKind.HTTP_429, retry_after_seconds=3000)


def test_a_reset_time_holds_for_every_worker_although_redis_is_away(
    providers: SandboxControl, ledger: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    environment.cache_clear()
    batch = open_batch(ledger, 5)
    hour_long(providers)
    send_batch(batch.pk)
    providers.clear_faults()
    before = providers.accepted(Channel.SMS).requests
    Batch.objects.update(try_after=None)

    assert wake_due_batches() == 0
    send_batch(batch.pk)

    assert states() == {"pending": 5}
    assert providers.accepted(Channel.SMS).requests == before
    account = AccountLimit.objects.get(provider="twilio")
    assert account.paused_why == "The provider asked us to wait."
    sms, mail = (
        next(x for x in senders_today() if x.sender.channel == c) for c in ("sms", "email")
    )
    assert sms.paused_until is not None
    assert mail.paused_until is None


def test_a_person_may_lift_a_pause_before_its_time(
    providers: SandboxControl, ledger: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = open_batch(ledger, 5)
    AccountLimit.objects.create(provider="twilio", paused_until="2999-01-01T00:00Z")
    send_batch(batch.pk)
    assert states() == {"pending": 5}

    lift_pauses(sender_of(), actor=OPERATOR, why="their support says it is over")
    send_batch(batch.pk)

    assert states() == {"accepted": 5}
