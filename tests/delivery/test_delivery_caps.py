"""Staff hear of a spending cap while there is time to decide, once each."""

from __future__ import annotations

from datetime import timedelta

import delivery_builders as build
import pytest

from outreach.campaigns.models import Launch
from outreach.core.clock import FrozenClock, now
from outreach.delivery.actions import plan_step_run, send_batch
from outreach.delivery.cap_warnings import warn_of_caps
from outreach.delivery.models import Batch, Spend
from outreach.notices.models import Notice
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Organisation, Role, Staff
from outreach.organisation.staff import give_role


@pytest.fixture
def launch(providers: object, ledger: FrozenClock) -> Launch:
    """One that has sent forty texts of a segment or two."""
    build.build_parents(build.build_school(), 40)
    found = build.build_running_launch()
    give_role(Staff.objects.get(name="maker"), Role.MANAGER, actor=OPERATOR)
    give_role(Staff.objects.get(name="approver"), Role.APPROVER, actor=OPERATOR)
    plan_step_run(build.first_run(found).pk)
    ledger.tick(timedelta(hours=2))
    send_batch(Batch.objects.get().pk)
    return found


def cap_at(share: float) -> None:
    """A cap of which `share` is spent."""
    spent = Spend.objects.get(key__startswith="launch:").micros
    Launch.objects.update(cap_micros=round(spent / share))


def test_below_four_fifths_nobody_is_written_to(launch: Launch) -> None:
    cap_at(0.79)

    assert warn_of_caps() == 0


def test_from_four_fifths_on_each_manager_is_told_once(launch: Launch) -> None:
    cap_at(0.8)

    assert (warn_of_caps(), warn_of_caps()) == (1, 0)

    notice = Notice.objects.get()
    assert (notice.kind, notice.destination) == ("cap_warning", "maker@example.org")
    assert notice.subject == "80 % of a spending cap is used: Autumn"


def test_a_cap_that_was_raised_warns_again_at_its_own_four_fifths(launch: Launch) -> None:
    cap_at(0.8)
    warn_of_caps()
    cap_at(0.5)
    assert warn_of_caps() == 0

    cap_at(0.9)

    assert warn_of_caps() == 1


def test_the_cap_of_the_day_warns_too(launch: Launch) -> None:
    spent = Spend.objects.get(key=f"day:{now():%Y-%m-%d}").micros
    Organisation.objects.update(day_cap_micros=spent)

    warn_of_caps()

    assert "100 % of a spending cap is used: 2026-11-02" in Notice.objects.get().subject
