"""Starting, stopping, memory, and what the control API refuses."""

from __future__ import annotations

import base64
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key
from sandbox_senders import SCHOOL, SendGrid, Twilio, ask, mail

from outreach.core.channels import Channel
from outreach.core.clock import LapseClock
from outreach.core.errors import BadInput, Unavailable
from outreach.sandbox.command import main, read_clock, read_start
from outreach.sandbox.config import SandboxConfig
from outreach.sandbox.control import SandboxControl, SandboxServer
from outreach.sandbox.server import start_sandbox

CREDENTIALS = {
    "OUTREACH_TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
    "OUTREACH_TWILIO_AUTH_TOKEN": "made-up",
    "OUTREACH_SENDGRID_API_KEY": "SG.made-up",
}
CONFIG = SandboxConfig("AC" + "1" * 32, "made-up", "SG.made-up")


def test_missing_credential_is_named_with_its_variable() -> None:
    with pytest.raises(BadInput, match="OUTREACH_SENDGRID_API_KEY"):
        read_start([], {**CREDENTIALS, "OUTREACH_SENDGRID_API_KEY": ""})


def test_options_win_over_the_environment() -> None:
    start = read_start(["--sendgrid-api-key=SG.other", "--callback-host=webhooks"], CREDENTIALS)
    assert start.config.sendgrid_api_key == "SG.other"
    assert start.config.callback_hosts == {"webhooks"}


def test_host_for_everybody_is_refused_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("OUTREACH_DEMO_CLOCK", raising=False)
    assert main(["--host=0.0.0.0"]) == 2
    assert "--allow-other-machines" in capsys.readouterr().err


async def test_port_in_use_is_a_sentence(sandbox: SandboxServer) -> None:
    port = int(sandbox.url.rpartition(":")[2])
    with pytest.raises(BadInput, match=f"Port {port} on 127.0.0.1 cannot be used"):
        await start_sandbox(replace(CONFIG, port=port))


def test_server_that_cannot_start_says_why() -> None:
    with pytest.raises(Unavailable, match="--allow-other-machines"):
        SandboxServer(host="0.0.0.0")  # noqa: S104 - the refusal is what is tested


async def test_event_key_is_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "events.pem"
    shown = []
    for _ in range(2):
        running = await start_sandbox(replace(CONFIG, event_key_file=path))
        shown.append(running.world.event_key.public_key)
        await running.stop()
    assert shown[0] == shown[1]
    assert load_der_public_key(base64.b64decode(shown[0]))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "events.pem"
    path.write_text("hello")
    with pytest.raises(BadInput, match="not a PEM private key"):
        await start_sandbox(replace(CONFIG, event_key_file=path))


def test_demo_clock_dates_the_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC)
    demo = LapseClock(now, now + timedelta(days=400), 1000.0)
    monkeypatch.setenv("OUTREACH_DEMO_CLOCK", demo.as_text())
    with SandboxServer() as server:
        created = Twilio(server).send().json["date_created"]
        assert str((now + timedelta(days=400)).year) in created
        assert b"Demo clock" in ask(server.url, "GET", "/").body


def test_text_that_is_no_demo_clock_is_refused() -> None:
    with pytest.raises(BadInput):
        read_clock({"OUTREACH_DEMO_CLOCK": "yesterday"})


async def test_in_process_sandbox_listens_on_two_ports_and_stops() -> None:
    running = await start_sandbox(CONFIG)
    assert running.url != running.api_url
    await running.stop()
    again = await start_sandbox(CONFIG)
    await again.stop()


def test_old_messages_drop_and_their_duplicates_still_show() -> None:
    with SandboxServer(max_messages=10) as server:
        sendgrid = SendGrid(server)
        everybody = [f"p{number}@home.example" for number in range(40)]
        sendgrid.send(mail(*everybody))
        sendgrid.send(mail(everybody[0]))
        counts = server.control.accepted(Channel.EMAIL)
        assert (counts.accepted, counts.distinct_tokens) == (41, 40)
        assert counts.duplicates == {"token-0": 2}
        assert len(server.control.accepted_items(Channel.EMAIL)) == 10


def test_accepted_items_carry_token_and_state(twilio: Twilio, control: SandboxControl) -> None:
    twilio.send(StatusCallback="http://127.0.0.1:9/status/abc?x=1#rc=0")
    control.wait_until_quiet()
    (item,) = control.accepted_items(Channel.SMS)
    assert (item["token"], item["state"]) == ("abc", "delivered")


def test_reset_forgets_messages_faults_and_settings(
    twilio: Twilio, control: SandboxControl
) -> None:
    twilio.send()
    control.configure(countries=["DE"], senders=[{"sender": SCHOOL}])
    control.reset()
    assert control.accepted(Channel.SMS).accepted == 0
    settings = control.call("GET", "settings")
    assert (settings["countries"], settings["senders"]) == (None, [])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "settings", {"min_delay": 1}),
        ("PATCH", "settings", {"repeat_share": 2}),
        ("POST", "faults", {"channel": "fax", "kind": "slow"}),
        ("POST", "faults", {"channel": "sms", "kind": "slow", "count": 0}),
        ("DELETE", "faults?kind=nothing", None),
        ("GET", "accepted", None),
        ("POST", "phones/+447700900123/reply", {"body": "hi"}),
        ("POST", "mailboxes/nobody@home.example/reply", {"text": "hi"}),
    ],
)
def test_what_the_control_api_cannot_do_is_said(
    control: SandboxControl, method: str, path: str, body: object
) -> None:
    with pytest.raises(BadInput, match="message"):
        control.call(method, path, body)
