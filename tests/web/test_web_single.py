"""An urgent message and a correction: checked, looked at, decided by a second person."""

from __future__ import annotations

import html
import re

import pytest
import web_builders as build
from django.db import connection
from django.test.utils import CaptureQueriesContext
from web_client import AppClient

from outreach.campaigns.actions import approve_launch
from outreach.campaigns.models import CampaignVersion, Launch, LaunchState
from outreach.campaigns.siblings import corrected_runs
from outreach.campaigns.versions import definition_of
from outreach.consent.models import Topic
from outreach.organisation.models import Role, School, Staff
from outreach.organisation.staff import actor_of
from tests.organisation.contact_builders import make_ready

MOST_STATEMENTS = 40
SMS = "{{ school.name }}: No lessons today. {{ help.sms_line }}. {{ sms.stop_line }}"
GIVEN = {
    "key": "urgent-20261102-100000",
    "title": "Storm",
    "topic": "online-safety",
    "to": "guardians",
    "channels": "sms",
    "worth_days": "1",
    "why": "A storm closes the schools.",
    "says_yes": "on",
    "en.sms.body": SMS,
}


@pytest.fixture
def topic(school: School) -> Topic:
    for channel in ("email", "sms"):
        build.build_sender(channel)
    return Topic.objects.create(slug="online-safety", name="Online safety")


def seen_in(shown: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', shown)
    assert found is not None, shown
    return found[1]


def send(client: AppClient, address: str, given: dict[str, str]) -> str:
    """Looks, then sends what was looked at; gives where it leads."""
    shown = client.post(address, given | {"do": "look"}).content.decode()
    answer = client.post(address, given | {"do": "send", "seen": seen_in(shown)})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def test_the_form_begins_with_what_every_message_has_to_say(
    client: AppClient, manager: Staff, topic: Topic
) -> None:
    shown = html.unescape(client.as_staff(manager).get("/urgent").content.decode())
    assert "{{ help.sms_line }}. {{ sms.stop_line }}" in shown
    assert 'name="en.email.subject"' in shown


def test_each_language_that_is_chosen_has_its_own_words(
    client: AppClient, manager: Staff, topic: Topic, school: School
) -> None:
    School.objects.filter(pk=school.pk).update(languages=["en", "de"])
    shown = client.as_staff(manager).get("/urgent?languages=de&languages=en").content.decode()
    assert 'name="de.sms.body"' in shown
    assert 'name="en.sms.body"' in shown


def test_an_urgent_message_waits_for_a_second_person_and_asks_to_go_first(
    client: AppClient, manager: Staff, approver: Staff, topic: Topic
) -> None:
    client.as_staff(manager)
    launch = Launch.objects.get(uuid=send(client, "/urgent", GIVEN).rpartition("/")[2])
    assert (launch.name, launch.state) == ("Storm", LaunchState.IN_REVIEW)
    assert (launch.urgent_asked_by, launch.is_urgent) == (manager, False)
    (step,) = definition_of(launch.version).steps
    assert [channel.value for channel in step.channels] == ["sms"]
    client.as_staff(approver)
    client.post(f"/launches/{launch.uuid}/approve-urgent")
    make_ready()
    approve_launch(launch, actor=actor_of(approver))
    launch.refresh_from_db()
    assert (launch.is_urgent, launch.approved_by) == (True, approver)


def test_what_nobody_looked_at_is_not_made(client: AppClient, manager: Staff, topic: Topic) -> None:
    client.as_staff(manager)
    shown = client.post("/urgent", GIVEN | {"do": "look"}).content.decode()
    other = GIVEN | {"en.sms.body": SMS.replace("today", "tomorrow")}
    answer = client.post("/urgent", other | {"do": "send", "seen": seen_in(shown)})
    assert answer.status_code == 200
    assert not Launch.objects.exists()
    assert not CampaignVersion.objects.exists()


def test_what_the_checks_forbid_cannot_be_sent(
    client: AppClient, manager: Staff, topic: Topic
) -> None:
    client.as_staff(manager)
    broken = GIVEN | {"en.sms.body": "{{ nothing.here }}", "do": "look"}
    shown = client.post("/urgent", broken).content.decode()
    assert "Has to be mended" in shown
    assert "Ask for approval" not in shown


def test_words_of_a_way_that_was_chosen_are_needed(
    client: AppClient, manager: Staff, topic: Topic
) -> None:
    client.as_staff(manager)
    shown = client.post("/urgent", GIVEN | {"channels": "email,sms"}).content.decode()
    assert "Write it, or choose to go another way." in shown


def test_a_correction_goes_to_those_of_exactly_that_send(
    client: AppClient, manager: Staff, approver: Staff, topic: Topic
) -> None:
    wrong = build.build_running(manager, approver, "Autumn")
    other = build.build_running(manager, approver, "Winter")
    for launch in (wrong, other):
        build.count_up(launch, delivered=120, failed=3)
    run = wrong.step_runs.order_by("position")[0]
    client.as_staff(manager)
    page = client.get(f"/launches/{wrong.uuid}").content.decode()
    address = f"/launches/{wrong.uuid}/steps/{run.uuid}/correct"
    assert address in page
    shown = client.get(address).content.decode()
    assert "may have reached: 120 so far" in shown
    assert "Hello from {{ school.name }}." in html.unescape(shown)
    given = GIVEN | {
        "key": "correction-20261102-100000",
        "en.email.subject": "Correction",
        "en.email.preheader": "From {{ school.name }}",
        "en.email.body": "# Correction\n\nThe link was wrong.\n",
    }
    made = Launch.objects.get(uuid=send(client, address, given).rpartition("/")[2])
    (step,) = definition_of(made.version).steps
    assert (step.corrects, step.corrects_in) == (run.step_key, f"{wrong.uuid}")
    assert corrected_runs(build.plan(wrong), step) == []
    assert corrected_runs(build.plan(other), step) == [run.pk]


def test_a_step_that_has_not_gone_out_is_not_corrected(
    client: AppClient, manager: Staff, approver: Staff, topic: Topic
) -> None:
    launch = build.build_running(manager, approver)
    run = launch.step_runs.order_by("position")[1]
    address = f"/launches/{launch.uuid}/steps/{run.uuid}/correct"
    assert client.as_staff(manager).get(address).status_code == 404


def test_an_approver_may_not_write_one(
    client: AppClient, organisation: object, topic: Topic
) -> None:
    client.as_staff(build.build_staff("Otto", Role.APPROVER))
    assert client.get("/urgent").status_code == 403


def test_the_form_asks_few_things_of_the_database(
    client: AppClient, manager: Staff, topic: Topic
) -> None:
    client.as_staff(manager).get("/urgent")
    with CaptureQueriesContext(connection) as found:
        client.post("/urgent", GIVEN | {"do": "look"})
    assert len(found) <= MOST_STATEMENTS
