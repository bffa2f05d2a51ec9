"""An opt-out outlives erasure and every later roster, and no race with an import undoes it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from outreach.audience.models import Address, AddressHash
from outreach.consent.models import ConsentState, Suppression
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock
from outreach.delivery.actions import plan_step_run, send_batch
from outreach.delivery.models import Batch, Delivery
from outreach.organisation.audit import OPERATOR
from outreach.sandbox.control import SandboxControl
from outreach.subscriptions.entering import Why, enter_opt_out, read_address
from outreach.subscriptions.erasing import erase_address
from tests.delivery import delivery_builders as build
from tests.subscriptions.roster_school import Upload, school_with_basis

NUMBERS = [f"+4477009001{number:02}" for number in range(40)]


@pytest.fixture
def upload(sandbox: SandboxControl) -> Upload:
    return Upload(school_with_basis("north"))


def lines(*numbers: str) -> str:
    return "".join(f"Parent {n},,{number},10-12,yes\n" for n, number in enumerate(numbers))


def stop(number: str) -> None:
    enter_opt_out(
        read_address(number), Why.ASKED, evidence="phone call, 3 November", actor=OPERATOR
    )


def first_step(clock: FrozenClock) -> None:
    run = build.first_run(build.build_running_launch())
    plan_step_run(run.pk)
    clock.tick(timedelta(hours=2))
    for batch in Batch.objects.all():
        send_batch(batch.pk)


def test_number_that_was_stopped_before_anybody_knew_it_is_never_written_to(
    upload: Upload, sandbox: SandboxControl, frozen_clock: FrozenClock
) -> None:
    stop(NUMBERS[0])
    upload(lines(NUMBERS[0], NUMBERS[1]))
    first_step(frozen_clock)
    (got,) = sandbox.accepted_items(Channel.SMS)
    assert got["to"] == NUMBERS[1]


def test_erasure_and_another_roster_bring_nobody_back(
    upload: Upload, sandbox: SandboxControl, frozen_clock: FrozenClock
) -> None:
    upload(lines(NUMBERS[0]))
    erase_address(Address.objects.get())
    assert NUMBERS[0] not in str(list(Address.objects.values()))
    assert NUMBERS[0] not in str(list(Suppression.objects.values()))

    upload(lines(NUMBERS[0]))
    upload(lines(NUMBERS[0], NUMBERS[1]))
    first_step(frozen_clock)
    assert [each["to"] for each in sandbox.accepted_items(Channel.SMS)] == [NUMBERS[1]]
    assert Delivery.objects.filter(reason="suppressed").count() == 1


def test_roster_uploaded_while_people_stop_resurrects_none(
    upload: Upload, sandbox: SandboxControl, frozen_clock: FrozenClock
) -> None:
    def leave(numbers: list[str]) -> None:
        for number in numbers:
            stop(number)
        connection.close()

    def come_in() -> None:
        for end in (10, 20, 30, 40):
            upload(lines(*NUMBERS[:end]))
        connection.close()

    leaving = [threading.Thread(target=leave, args=(NUMBERS[n::2],)) for n in range(2)]
    coming = threading.Thread(target=come_in)
    for each in (coming, *leaving):
        each.start()
    for each in (coming, *leaving):
        each.join()

    assert ConsentState.objects.filter(granted=True).count() == len(NUMBERS)
    assert AddressHash.objects.count() == len(NUMBERS)
    first_step(frozen_clock)
    assert sandbox.accepted(Channel.SMS).accepted == 0
    assert Delivery.objects.filter(reason="suppressed").count() == len(NUMBERS)
