"""A send goes on with another version: shown first, asked for, decided by a second person."""

from __future__ import annotations

import pytest
import web_builders as build
from web_client import AppClient

from outreach.campaigns.models import CampaignVersion, Launch, LaunchMove, StepRun
from outreach.organisation.models import Role, School, Staff
from tests.organisation.contact_builders import make_ready

NEXT = build.DEFINITION.replace("days: 3", "days: 10").replace("17:00", "18:00")


@pytest.fixture
def versions(school: School) -> tuple[CampaignVersion, CampaignVersion]:
    """Two versions of one campaign with texts that can be written."""
    pair = build.build_version(), build.build_version(NEXT)
    stop = "{{ help.sms_line }}. {{ sms.stop_line }}\n"
    head = "---\nsubject: A\npreheader: B\nreviewed_by: null\n---\n"
    steps = ("launch", "where-to-report")
    files = {f"en/{step}.email.md": f"{head}Hello.\n" for step in steps}
    files |= {f"en/{step}.sms.txt": f"{{{{ school.name }}}}: hello. {stop}" for step in steps}
    CampaignVersion.objects.update(files=files)
    make_ready()
    return pair


@pytest.fixture
def running(
    versions: tuple[CampaignVersion, CampaignVersion], manager: Staff, approver: Staff
) -> Launch:
    launch = build.build_running(manager, approver)
    Launch.objects.filter(pk=launch.pk).update(version=versions[0])
    launch.refresh_from_db()
    return launch


def given(version: CampaignVersion, **changed: object) -> dict[str, object]:
    form = {"version": version.pk, "why": "A later second step.", "do": "look"}
    return form | changed


def body(client: AppClient, address: str, data: dict[str, object] | None = None) -> str:
    answer = client.get(address) if data is None else client.post(address, data, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def ask(client: AppClient, launch: Launch, version: CampaignVersion) -> str:
    address = f"/launches/{launch.uuid}/move-ask"
    shown = body(client, address, given(version))
    assert "What this changes" in shown
    assert not LaunchMove.objects.exists()
    return body(client, address, given(version, do="save", seen=version.pk, says_yes="on"))


def test_a_second_person_lets_a_running_send_go_on_with_another_version(
    client: AppClient,
    manager: Staff,
    approver: Staff,
    running: Launch,
    versions: tuple[CampaignVersion, CampaignVersion],
) -> None:
    other = next(each for each in versions if each.pk != running.version_id)
    shown = ask(client.as_staff(manager), running, other)
    assert "Asked. A second person decides." in shown
    assert "A later second step." in shown
    refused = body(client.as_staff(approver), f"/launches/{running.uuid}")
    assert "Look and decide" in refused
    assert "is to go on with version" in body(client, "/")
    decided = body(client, f"/launches/{running.uuid}/move-approve", {})
    assert f"It goes on with version {other.number}." in decided
    running.refresh_from_db()
    assert running.version == other
    moved = StepRun.objects.get(launch=running, step_key="where-to-report")
    assert f"{moved.day}" == "2026-11-12"


def test_who_asked_does_not_approve(
    client: AppClient, running: Launch, versions: tuple[CampaignVersion, CampaignVersion]
) -> None:
    other = next(each for each in versions if each.pk != running.version_id)
    both = build.build_staff("Ada", Role.ADMINISTRATOR)
    ask(client.as_staff(both), running, other)
    shown = body(client, f"/launches/{running.uuid}/move")
    assert "You asked for it, so somebody else decides." in shown
    assert "cannot approve it" in body(client, f"/launches/{running.uuid}/move-approve", {})
    running.refresh_from_db()
    assert running.version != other


def test_a_move_is_declined_with_a_reason(
    client: AppClient,
    manager: Staff,
    running: Launch,
    versions: tuple[CampaignVersion, CampaignVersion],
) -> None:
    other = next(each for each in versions if each.pk != running.version_id)
    ask(client.as_staff(manager), running, other)
    address = f"/launches/{running.uuid}/move-decline"
    assert "The reason is missing" in body(client, address, {"why": ""})
    assert "It stays with the version" in body(client, address, {"why": "Not now."})
    assert LaunchMove.objects.get().decided_why == "Not now."


def test_a_draft_follows_another_version_at_once(
    client: AppClient, manager: Staff, versions: tuple[CampaignVersion, CampaignVersion]
) -> None:
    launch = build.build_draft(manager)
    other = next(each for each in versions if each.pk != launch.version_id)
    address = f"/launches/{launch.uuid}/move-ask"
    body(client.as_staff(manager), address, given(other))
    body(client, address, given(other, do="save", seen=other.pk))
    launch.refresh_from_db()
    assert launch.version == other


def test_a_campaign_of_one_version_says_how_to_make_another(
    client: AppClient, manager: Staff, approver: Staff, school: School
) -> None:
    launch = build.build_running(manager, approver)
    assert "There is no other version" in body(
        client.as_staff(manager), f"/launches/{launch.uuid}/move-ask"
    )
    assert "Nobody asked for another version" in body(client, f"/launches/{launch.uuid}/move")


def test_a_step_of_a_running_send_is_moved_in_a_version_that_is_then_asked_for(
    client: AppClient, manager: Staff, running: Launch
) -> None:
    day = StepRun.objects.get(launch=running, step_key="where-to-report").day
    listed = body(client.as_staff(manager), "/calendar?view=list&month=2026-11")
    address = f"/launches/{running.uuid}/steps/where-to-report/{day}/move"
    assert address in listed
    to = {"what": "step", "day": "2026-11-20", "why": "", "do": "look"}
    assert "a second person decides" in body(client, address, to)
    shown = body(client, address, to | {"do": "save", "seen": "step:2026-11-20"})
    assert "Saved as a new version. Now ask for it." in shown
    assert '<option value="' in shown
    assert not LaunchMove.objects.exists()
