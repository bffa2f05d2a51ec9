"""The demo lays itself out, once, by the verbs that people have."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli_terminal import installed_outreach, outreach

from outreach.audience.models import Membership, Person
from outreach.campaigns.models import Launch, LaunchState, StepRun
from outreach.cli.demo.seeding import first_day
from outreach.consent.models import Consent
from outreach.core.clock import FrozenClock
from outreach.delivery.actions import plan_step_run
from outreach.delivery.queries import launch_progress
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import School, Sender, Staff
from outreach.organisation.settings import Changes, set_organisation


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frozen_clock: FrozenClock) -> Path:
    monkeypatch.setenv("OUTREACH_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.mark.usefixtures("db")
def test_the_demo_is_three_schools_and_a_launch_under_way(state: Path) -> None:
    answer = outreach("demo")
    assert answer.code == 0
    assert "Say No! runs for 3 schools and 324 people; day 0 is 02 November 2026." in answer.out
    launch = Launch.objects.get()
    assert launch.state == LaunchState.RUNNING
    assert launch.approved_by != launch.created_by
    assert set(School.objects.values_list("consent_basis", flat=True)) == {"signed_form"}
    assert Person.objects.count() == Membership.objects.count() - 12  # twelve at two schools
    handlers = Sender.objects.filter(channel="sms").values_list("opt_out_handled_by", flat=True)
    assert set(handlers) == {"us"}


@pytest.mark.usefixtures("db")
def test_the_passwords_work_and_stay_with_their_owner(state: Path) -> None:
    printed = outreach("demo").out
    file = state / "demo-sign-in.json"
    passwords = json.loads(file.read_text("utf-8"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for email, password in passwords.items():
        assert Staff.objects.get(email=email).check_password(password)
        assert password in printed
    file.unlink()
    assert outreach("demo").out != printed
    fresh = json.loads(file.read_text("utf-8"))
    assert Staff.objects.get(email="admin@demo.example").check_password(fresh["admin@demo.example"])


@pytest.mark.usefixtures("db", "state")
def test_laid_out_again_it_adds_nothing() -> None:
    first = outreach("demo")
    counted = [Person.objects.count(), Consent.objects.count(), Launch.objects.count()]
    assert outreach("demo") == first
    assert [Person.objects.count(), Consent.objects.count(), Launch.objects.count()] == counted


@pytest.mark.usefixtures("db", "state")
def test_when_the_campaign_is_over_a_new_one_starts() -> None:
    outreach("demo")
    Launch.objects.update(state=LaunchState.FINISHED)
    assert "Say No! (2) runs for" in outreach("demo").out
    assert Launch.objects.filter(state=LaunchState.RUNNING).count() == 1


@pytest.mark.usefixtures("db", "state")
def test_every_step_finds_people_whom_it_may_reach() -> None:
    outreach("demo")
    for run in StepRun.objects.all():
        plan_step_run(run.pk)
    for step in launch_progress(Launch.objects.get()).steps:
        assert step.by_state["pending"] >= (9 if step.step_key == "staff-brief" else 250)


@pytest.mark.usefixtures("db", "state")
@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 11, 2, 12, 59, tzinfo=UTC), "2026-11-02"),
        (datetime(2026, 11, 2, 13, 1, tzinfo=UTC), "2026-11-03"),  # Berlin opens at 14:00 UTC
    ],
)
def test_the_first_step_opens_everywhere_with_an_hours_notice(
    frozen_clock: FrozenClock, moment: datetime, day: str
) -> None:
    frozen_clock.set(moment)
    outreach("demo")
    launch = Launch.objects.get()
    assert launch.starts_on.isoformat() == day
    assert first_day(launch.version, ["Europe/Berlin"]).isoformat() == day


@pytest.mark.usefixtures("db", "state")
def test_a_database_of_somebody_else_is_left_alone() -> None:
    set_organisation(Changes(name="Ministry"), actor=OPERATOR)
    answer = outreach("demo")
    assert (answer.code, answer.err) == (
        4,
        "This database belongs to Ministry. Use a database of its own.\n",
    )
    assert not School.objects.exists()


@pytest.mark.usefixtures("db", "state")
def test_a_folder_without_the_campaign_is_named(tmp_path: Path) -> None:
    answer = outreach("demo", "--source", tmp_path)
    assert answer.code == 2
    assert f"looked in {tmp_path}." in answer.err


def test_the_demo_is_refused_outside_its_mode(spare_database: str, tmp_path: Path) -> None:
    env = {
        "DATABASE_URL": spare_database,
        "OUTREACH_MODE": "trial",
        "OUTREACH_STATE_DIR": str(tmp_path),
    }
    answer = installed_outreach("demo", env=env)
    assert answer.code == 4
    assert answer.err.startswith("The demo is not laid out in mode trial")
