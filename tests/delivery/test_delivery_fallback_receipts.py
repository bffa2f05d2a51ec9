"""What receipts say before and after a delivery fell back (promises 3, 5 and 7)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fallback_builders import (
    books_balance,
    bounce,
    events,
    report,
    row,
    send_all,
    sent,
    wait_and_fall_back,
)

from outreach.consent.models import Suppression
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock
from outreach.core.tokens import STOP_LINK
from outreach.delivery.actions import decide_unknown
from outreach.delivery.controls import Verdict
from outreach.delivery.models import (
    DeliveryState,
)
from outreach.delivery.rules import Event, next_state
from outreach.organisation import lanes
from outreach.organisation.audit import OPERATOR
from outreach.sandbox.control import SandboxControl
from outreach.sandbox.faults import FaultKind
from outreach.subscriptions.opt_out import opt_out_by_link


@pytest.mark.parametrize(
    ("kind", "refusal"),
    [
        ("failed", "opted_out"),
        ("bounced", "opted_out"),
        ("bounced", "other"),
        ("failed", "content"),
        ("failed", "not_enabled"),
        ("complained", "opted_out"),
        ("unsubscribed", "opted_out"),
    ],
)
def test_a_stop_or_a_fault_of_ours_is_nothing_to_fall_back_from(
    providers: SandboxControl, ledger: FrozenClock, kind: str, refusal: str
) -> None:
    sent(ledger)

    report(kind, refusal=refusal)

    assert wait_and_fall_back(ledger) == 0
    assert row().attempt == 1


def test_what_was_delivered_before_it_bounced_is_not_sent_again(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    sent(ledger)
    report("delivered")

    bounce()

    assert wait_and_fall_back(ledger) == 0
    assert row().state == "bounced"


def test_a_delivered_that_comes_after_the_bounce_stops_the_fallback(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    sent(ledger)
    bounce()
    report("delivered")

    assert wait_and_fall_back(ledger) == 0
    assert row().state == "bounced"


def test_nothing_falls_back_that_was_ever_unknown(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    providers.fail(Channel.EMAIL, FaultKind.HTTP_500)
    sent(ledger)
    providers.clear_faults()
    assert row().state == "unknown"
    ledger.tick(timedelta(minutes=11))
    decide_unknown(row().step_run.launch, Verdict.SEND_AGAIN, actor=OPERATOR, why="not there")
    send_all()

    bounce(attempt=2)

    assert wait_and_fall_back(ledger) == 0
    assert (row().state, row().attempt) == ("bounced", 2)


@pytest.mark.parametrize("when", ["waiting", "sent", "delivered", "failed"])
def test_receipts_of_the_attempt_that_failed_move_nothing_ever(
    providers: SandboxControl, ledger: FrozenClock, when: str
) -> None:
    sent(ledger)
    bounce()
    wait_and_fall_back(ledger)
    if when != "waiting":
        send_all()
    if when in ("delivered", "failed"):
        report(when, attempt=2, refusal="other" if when == "failed" else None)
    before = row()

    for kind in ("accepted", "delivered", "deferred", "bounced", "failed"):
        report(kind, refusal="bad_address" if kind in ("bounced", "failed") else None)
        assert (row().state, row().message_id) == (before.state, before.message_id)
        assert events()[-1] == "older_settled"

    assert books_balance()


def test_a_late_complaint_blocks_the_address_that_it_is_about(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    sent(ledger)
    bounce()
    wait_and_fall_back(ledger)
    send_all()

    report("complained", refusal="opted_out")

    assert set(Suppression.objects.values_list("channel", flat=True)) == {"email"}


def test_a_stop_link_of_the_mail_stops_the_text_that_came_in_its_place(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    sent(ledger)
    bounce()
    wait_and_fall_back(ledger)

    opt_out_by_link(lanes.sealer().seal(STOP_LINK, row().step_run_id, row().id))
    send_all()

    assert (row().state, row().reason) == ("skipped", "suppressed")
    asked = Suppression.objects.filter(reason="asked").values_list("channel", flat=True)
    assert sorted(asked) == ["email", "sms"]


def test_what_falls_back_is_all_that_leaves_the_end_and_late_receipts_move_nothing() -> None:
    leaving = {state for state in DeliveryState if next_state(Event.FALL_BACK, state)}

    assert leaving == {DeliveryState.FAILED, DeliveryState.BOUNCED}
    for event in (Event.OLDER_SETTLED, Event.NO_FALLBACK):
        assert {next_state(event, state) for state in DeliveryState} == {None}
