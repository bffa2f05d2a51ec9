"""`stop_if`: a launch stops itself when more goes wrong than its campaign allows."""

from __future__ import annotations

from datetime import timedelta

import delivery_builders as build
import pytest

from outreach.campaigns.definition import StopIf
from outreach.campaigns.models import LaunchState
from outreach.consent.actions import suppress
from outreach.consent.models import SuppressionReason
from outreach.core.clock import FrozenClock
from outreach.delivery import stop_conditions
from outreach.delivery.actions import plan_step_run
from outreach.delivery.models import Delivery, Pace
from outreach.delivery.stop_conditions import Ends, stop_by_conditions, why_stop
from outreach.organisation.audit import OPERATOR

LIMITS = StopIf.model_validate({"complaints": "0.5%", "opt_outs": "3%", "failures": "10%"})


@pytest.mark.parametrize(
    ("ends", "says"),
    [
        (Ends(1000, 5, 30, 100), ""),
        (Ends(1000, 6, 0, 0), "6 complained; the campaign stops above 0.005"),
        (Ends(1000, 0, 31, 0), "31 opted out; the campaign stops above 0.03"),
        (Ends(1000, 0, 0, 101), "101 failed; the campaign stops above 0.1"),
        (Ends(99, 50, 50, 50), ""),
    ],
)
def test_each_share_has_its_own_limit_and_few_messages_say_nothing(ends: Ends, says: str) -> None:
    assert says in why_stop(LIMITS, ends)
    assert bool(says) == bool(why_stop(LIMITS, ends))


@pytest.mark.usefixtures("ledger")
def test_a_launch_pauses_when_too_many_of_its_readers_opt_out(
    ledger: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stop_conditions, "FEWEST_WENT_OUT", 4)
    parents = build.build_parents(build.build_school(), 4, "email")
    definition = build.DEFINITION.replace("steps:", "stop_if: {opt_outs: 30%}\nsteps:")
    launch = build.build_running_launch(definition=definition)
    run = build.first_run(launch)
    plan_step_run(run.pk)
    Delivery.objects.filter(step_run_id=run.pk).update(state="accepted")
    ledger.tick(timedelta(minutes=1))
    build_pace(run.pk, ledger)
    for count, parent in enumerate(parents[:2], start=1):
        key = parent.email.match_key
        suppress("email", key, reason=SuppressionReason.ASKED, evidence="reply", actor=OPERATOR)
        stop_by_conditions()
        launch.refresh_from_db()
        assert launch.state == (LaunchState.RUNNING if count == 1 else LaunchState.PAUSED)
    assert launch.state_reason.startswith("Of 4 messages 2 opted out")


def build_pace(run_id: int, clock: FrozenClock) -> None:
    Pace.objects.create(step_run_id=run_id, minute=clock.now(), state="accepted", number=4)
