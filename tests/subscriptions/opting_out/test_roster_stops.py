"""What ends with a school's list or its year: the next step is not sent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from roster_school import HEADING, Upload

from outreach.audience.models import Membership
from outreach.consent.models import ConsentState
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock
from outreach.delivery.actions import plan_step_run, send_batch
from outreach.delivery.models import Batch, Delivery
from outreach.organisation.audit import OPERATOR, RECIPIENT
from outreach.organisation.models import School
from outreach.sandbox.control import SandboxControl
from outreach.subscriptions.lapse import close_year
from outreach.subscriptions.opt_out import opt_out
from outreach.subscriptions.roster.ending import end_memberships
from tests.delivery import delivery_builders as build

PHONE = "+447700900001"
ANNA = f"Anna,,{PHONE},8-10,yes\n"


@pytest.fixture
def school(sandbox: SandboxControl, frozen_clock: FrozenClock) -> School:
    """Anna's school; a step is planned for her and due."""
    found = build.build_school()
    School.objects.update(consent_basis="signed_form", consent_wording="Yes.")
    found.refresh_from_db()
    Upload(found)(ANNA, heading=HEADING)
    plan_step_run(build.first_run(build.build_running_launch()).pk)
    frozen_clock.tick(timedelta(hours=2))
    return found


def outcome(sandbox: SandboxControl) -> tuple[str, str | None, int]:
    """State and reason of Anna's message, and how many texts the provider took."""
    send_batch(Batch.objects.get().pk)
    state, reason = Delivery.objects.values_list("state", "reason").get()
    return state, reason, sandbox.accepted(Channel.SMS).requests


def test_it_is_sent_when_nothing_has_ended(school: School, sandbox: SandboxControl) -> None:
    assert outcome(sandbox) == ("accepted", None, 1)


def test_next_step_is_not_sent_after_the_end_of_the_consent(
    school: School, sandbox: SandboxControl, frozen_clock: FrozenClock
) -> None:
    """By the claim itself: nobody has written the lapse down yet."""
    ConsentState.objects.update(ends_at=frozen_clock.now())
    assert outcome(sandbox) == ("skipped", "no_consent", 0)


def test_next_step_is_not_sent_after_the_year_was_closed(
    school: School, sandbox: SandboxControl
) -> None:
    close_year(school, why="end of the year", actor=OPERATOR)
    assert outcome(sandbox) == ("skipped", "no_consent", 0)


def test_next_step_is_not_sent_to_who_has_left(school: School, sandbox: SandboxControl) -> None:
    ids = list(Membership.objects.values_list("pk", flat=True))
    end_memberships(school, ids, why="not on the list", actor=OPERATOR)
    assert outcome(sandbox) == ("skipped", "membership_ended", 0)


def test_uploading_the_list_again_does_not_undo_a_stop(
    school: School, sandbox: SandboxControl
) -> None:
    opt_out("sms", PHONE, evidence="inbound:1", actor=RECIPIENT)
    Upload(school)(ANNA, heading=HEADING)
    assert outcome(sandbox) == ("skipped", "suppressed", 0)
