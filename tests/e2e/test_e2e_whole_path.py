"""The main job from a file to "delivered", by the commands a person uses and the real processes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from e2e_house import House

from outreach.core.channels import Channel
from tests.servers import Servers

pytestmark = pytest.mark.e2e

ROSTER = """name,email,mobile,language,consent
Anna Example,anna@example.org,,en,yes
Bea Example,,07700 900001,en,yes
Carl Example,,07700 900002,en,yes
Dan Example,,07700 900002,en,yes
Eva Example,eva@example.org,,en,no
"""
DORA = "dora@example.org"
SECOND_ROSTER = """name,email,mobile,language,consent
Anna Example,anna@example.org,,en,yes
"""


@pytest.fixture
def lapsing(spare_database: str, servers: Servers, tmp_path: Path) -> Iterator[House]:
    """A house whose clock shows forty minutes a second, from Tuesday morning."""
    redis = servers.redis_url.replace("virtual_host=0", "virtual_host=14")
    morning = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
    with House(spare_database, redis, tmp_path, shown_start=morning, speed=2400) as found:
        yield found


def staff(name: str, role: str, *more: str) -> list[str]:
    who = ["staff", "add", f"{name}@example.org", "--name", name.title()]
    return [*who, "--role", role, "--generate-password", *more]


def set_up(house: House, folder: Path, campaign: Path) -> None:
    sms = ["--channel", "sms", "--provider", "twilio", "--country", "GB", "--rate", "50"]
    mail = ["--channel", "email", "--provider", "sendgrid", "--rate", "100"]
    commands = [
        ["organisation", "set", "--name", "Safe Online Network"],
        ["price", "set", "GB", "0.04"],
        ["sender", "add", "+447700900999", *sms, "--stop-answered-by", "us"],
        ["sender", "add", "hello@outreach.test", *mail],
        staff("maya", "manager"),
        staff("alex", "approver"),
        staff("dora", "duty_contact", "--phone", "+447700900501"),
        ["campaign", "import", str(campaign), "--as", "maya@example.org"],
    ]
    for slug, roster in (("greenhill", ROSTER), ("hillside", SECOND_ROSTER)):
        where = ["--country", "GB", "--zone", "Europe/London", "--language", "en"]
        form = ["--wording", "I agree", "--dated-on", "2026-09-01"]
        file = folder / f"{slug}.csv"
        file.write_text(roster)
        topic = ["--topic", "online-safety"]
        commands += [
            ["school", "add", slug, "--name", slug.title(), *where],
            ["school", "basis", slug, "signed_form", *form],
            ["roster", "import", str(file), "--school", slug, "--yes", *topic],
            ["staff", "role", DORA, "safeguarding_lead", "--school", slug],
        ]
    house.run_each([*commands, ["readiness", "test", DORA]])


def confirm_the_alert(house: House) -> None:
    """The one person who is alerted to calls for help, everywhere, confirms the test alert."""
    ((text,),) = house.ask(
        "SELECT text FROM notices_notice WHERE kind = 'test_alert' AND channel = 'sms'"
    )
    house.run("readiness", "confirm", text.split()[-1])


def write_campaign(folder: Path) -> Path:
    from bench.launching import EMAIL, SMS

    home = folder / "campaigns" / "two-steps"
    texts = folder / "templates" / "two-steps" / "en"
    home.mkdir(parents=True)
    texts.mkdir(parents=True)
    steps = "".join(
        f"  - key: {key}\n    title: {key}\n    to: guardians\n    channels: [email, sms]\n"
        f'    when: {{day: {day}, at: "12:00", within: 6h}}\n    expires_after: 5d\n'
        for day, key in enumerate(("first", "second"))
    )
    (home / "campaign.yaml").write_text(
        "schema: 1\ncampaign: two-steps\ntitle: Two steps\ntopic: online-safety\n"
        f"languages: [en]\ndefault_language: en\nsteps:\n{steps}"
    )
    for key in ("first", "second"):
        (texts / f"{key}.email.md").write_text(EMAIL)
        (texts / f"{key}.sms.txt").write_text(SMS)
    return home


def no_log_names_anybody(house: House) -> None:
    """Names, addresses and words of this run, in whatever the processes wrote (promise 10)."""
    written = house.whole_logs()
    assert "this clock leads" in written
    words = ("@example.org", "7700900", "7700 900", "Example", "Stop.", "Bea ", "Anna")
    assert [word for word in words if word in written] == []


def states(house: House, step: str) -> dict[str, int]:
    rows = house.ask(
        "SELECT coalesce(d.reason, d.state), count(*) FROM delivery_delivery d "
        "JOIN campaigns_steprun r ON r.id = d.step_run_id WHERE r.step_key = %s GROUP BY 1",
        step,
    )
    return dict(rows)


def test_from_a_file_to_delivered_and_a_stop_between_two_steps(
    lapsing: House, tmp_path: Path
) -> None:
    house = lapsing
    manager, approver = "maya@example.org", "alex@example.org"
    home = write_campaign(tmp_path)
    set_up(house, tmp_path, home)
    confirm_the_alert(house)
    made = house.run(
        *("launch", "create", "--campaign", "two-steps", "--name", "Autumn", "--json"),
        *("--starts-on", "2026-11-03", "--as", manager),
    )
    assert json.loads(made)["state"] == "draft"
    review = ("review", "--accept-unreviewed")
    steps = ((review, manager), (("approve",), approver), (("start",), manager))
    house.run_each([["launch", *verb, "Autumn", "--as", who] for verb, who in steps])
    house.start("webhooks", "worker-email", "worker-sms", "worker-control", "clock")
    house.wait_until(lambda: house.children("worker-control") != set(), "the languages", 120)
    house.begin()

    expected = {"delivered": 3, "shared_address": 1, "no_consent": 1}
    house.wait_until(lambda: states(house, "first") == expected, "the first step", 180)
    at_work = house.children("worker-control")
    house.control.reply_from_phone("+447700900001", "Stop.")
    house.wait_until(lambda: house.ask("SELECT 1 FROM consent_suppression") != [], "the stop")
    expected = {"delivered": 2, "suppressed": 1, "shared_address": 1, "no_consent": 1}
    house.wait_until(lambda: states(house, "second") == expected, "the second step", 180)

    bea = house.control.messages(Channel.SMS, "+447700900001")
    assert len([text for text in bea if text["direction"].startswith("outbound")]) == 2
    assert len(house.control.messages(Channel.EMAIL, "anna@example.org")) == 2
    assert house.control.messages(Channel.EMAIL, "eva@example.org") == []
    status = json.loads(house.run("launch", "status", "Autumn", "--json"))
    assert status["planned"] == 10
    assert at_work
    assert house.children("worker-control") == at_work, "a child was replaced: it has grown"
    no_log_names_anybody(house)
