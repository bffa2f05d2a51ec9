"""What the processes are given: promise 13 in the environment, secrets that last, the clock."""

from __future__ import annotations

import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_private_key

from outreach.cli.up.children import children_environment, demo_environment
from outreach.cli.up.cli_settings import how_to_use, write_cli_settings
from outreach.cli.up.compose_demo import write_compose_demo
from outreach.cli.up.credentials import stored_secrets
from outreach.cli.up.lapse import LapseMemory
from outreach.cli.up.outside import require_database, require_redis
from outreach.cli.up.processes import Bindings
from outreach.cli.up.unread import unread_settings
from outreach.core.errors import BadInput, Unavailable

_NOW = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
_REAL = {
    "TWILIO_AUTH_TOKEN": "really-real",
    "OUTREACH_TWILIO_ACCOUNT_SID": "ACreally-real",
    "OUTREACH_TWILIO_AUTH_TOKEN_FILE": "/run/secrets/really-real",
    "OUTREACH_TWILIO_AUTH_TOKEN_OLD": "really-real",
    "OUTREACH_TWILIO_BASE_URL": "https://really-real.example",
    "SENDGRID_API_KEY": "really-real",
    "OUTREACH_SENDGRID_API_KEY": "really-real",
    "OUTREACH_VONAGE_API_SECRET": "really-real",
    "OUTREACH_SES_SECRET_ACCESS_KEY": "really-real",
    "OUTREACH_SMTP_URL": "smtp://really-real.example",
    "https_proxy": "http://really-real.example",
    "OUTREACH_MODE": "demo",
    "HOME": "/home/someone",
}


def _secrets(folder: Path) -> dict[str, str]:
    return stored_secrets(folder / "secrets.env", folder / "event-key.pem")


def _base(folder: Path, given: dict[str, str]) -> dict[str, str]:
    return children_environment(
        given=given,
        secrets=_secrets(folder),
        state_root=folder,
        database_url="postgresql:///outreach",
        redis_url="redis://127.0.0.1:6379/0",
        bindings=Bindings(),
    )


def _demo(folder: Path) -> dict[str, str]:
    base = _base(folder, _REAL)
    return demo_environment(base, secrets=_secrets(folder), bindings=Bindings(), clock_text="")


def test_in_demo_no_real_key_relay_or_proxy_reaches_a_process(tmp_path: Path) -> None:
    demo = _demo(tmp_path)
    assert [name for name, value in demo.items() if "really-real" in value] == []
    assert demo["HOME"] == "/home/someone"


def test_in_demo_both_providers_are_the_sandbox_on_loopback(tmp_path: Path) -> None:
    demo = _demo(tmp_path)
    assert demo["OUTREACH_TWILIO_BASE_URL"] == "http://127.0.0.1:8002"
    assert demo["OUTREACH_SENDGRID_BASE_URL"] == "http://127.0.0.1:8002"
    assert demo["OUTREACH_TWILIO_ACCOUNT_SID"] == _secrets(tmp_path)["OUTREACH_TWILIO_ACCOUNT_SID"]


def test_another_shell_gets_the_settings_of_the_demo_and_nothing_of_its_callers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "of us" / "cli.env"
    file.parent.mkdir()
    demo = {**_demo(tmp_path), "OUTREACH_PUBLIC_URL": "own", "OUTREACH_DEMO_CLOCK": "await|a|b c"}
    write_cli_settings(file, demo, given={"OUTREACH_PUBLIC_URL": "own"})
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    monkeypatch.chdir(tmp_path)
    read = how_to_use(file).replace("outreach doctor", "env -0")
    assert str(tmp_path) not in read
    done = subprocess.run(["/bin/sh", "-c", read], env={}, capture_output=True, check=True)
    found = dict(line.split("=", 1) for line in done.stdout.decode().split("\0") if line)
    assert found["OUTREACH_DEMO_CLOCK"] == "await|a|b c"
    assert found["OUTREACH_TWILIO_BASE_URL"] == "http://127.0.0.1:8002"
    assert (Path(found["PATH"].split(":")[0]) / "outreach").exists()
    for name in ("OUTREACH_PUBLIC_URL", "OUTREACH_INSTANCE", "HOME"):
        assert name not in found


@pytest.fixture
def set_up(tmp_path: Path) -> Path:
    """What `outreach setup` leaves: settings, secrets, and files of secrets that are empty."""
    (tmp_path / ".env").write_text("COMPOSE_PROFILES=tls\nOUTREACH_MODE=trial\n")
    (tmp_path / "secrets").mkdir()
    for name, text in (("secret_key", "key"), ("postgres_password", "x"), ("imap_url", "")):
        (tmp_path / "secrets" / name).write_text(text)
    return tmp_path


def test_files_of_setup_that_are_not_read_are_named(set_up: Path) -> None:
    said = unread_settings(set_up, {"OUTREACH_MODE": "demo"})
    assert said.startswith("Not read: .env and secrets/, which lie here. Only what is exported")
    assert ".env, which lies here" in unread_settings(set_up, {"OUTREACH_SECRET_KEY": "key"})


def test_files_of_setup_that_were_exported_are_not_named(set_up: Path, tmp_path: Path) -> None:
    given = {"OUTREACH_MODE": "trial", "OUTREACH_SECRET_KEY": "key"}
    assert unread_settings(set_up, given) == ""
    assert unread_settings(tmp_path / "elsewhere", {}) == ""


def test_a_file_that_cannot_be_read_stops_nothing(set_up: Path) -> None:
    (set_up / ".env").write_text("no setting\n")
    assert "Not read: .env" in unread_settings(set_up, {"OUTREACH_SECRET_KEY": "key"})


def test_outside_demo_the_made_up_accounts_are_not_given(tmp_path: Path) -> None:
    base = _base(tmp_path, {"OUTREACH_MODE": "trial"})
    assert "OUTREACH_TWILIO_ACCOUNT_SID" not in base
    assert base["OUTREACH_SECRET_KEY"]


def test_a_secret_of_the_users_own_wins(tmp_path: Path) -> None:
    assert _base(tmp_path, {"OUTREACH_SECRET_KEY": "own"})["OUTREACH_SECRET_KEY"] == "own"


def test_secrets_are_made_once_and_readable_by_us_alone(tmp_path: Path) -> None:
    first = _secrets(tmp_path)
    assert _secrets(tmp_path) == first
    for name in ("secrets.env", "event-key.pem"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_the_public_event_key_belongs_to_the_private_one(tmp_path: Path) -> None:
    import base64

    text = _secrets(tmp_path)["OUTREACH_SENDGRID_WEBHOOK_PUBLIC_KEYS"]
    private = load_pem_private_key((tmp_path / "event-key.pem").read_bytes(), password=None)
    assert load_der_public_key(base64.b64decode(text)) == private.public_key()


def test_a_damaged_secrets_file_is_refused_not_replaced(tmp_path: Path) -> None:
    _secrets(tmp_path)
    (tmp_path / "secrets.env").write_text("OUTREACH_SECRET_KEY=x\n")
    with pytest.raises(BadInput, match=r"lacks OUTREACH_SUPPRESSION_KEYS"):
        _secrets(tmp_path)


def test_the_compose_demo_gets_its_settings_once(tmp_path: Path) -> None:
    write_compose_demo(tmp_path)
    text = (tmp_path / "compose.env").read_text()
    assert "OUTREACH_TWILIO_BASE_URL=http://127.0.0.1:8002\n" in text
    write_compose_demo(tmp_path)
    assert (tmp_path / "compose.env").read_text() == text


def test_the_demo_clock_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    memory = LapseMemory(tmp_path / "clock.json")
    clock = memory.resume(speed=60, ran_on=False, real_now=_NOW)
    stopped = _NOW + timedelta(minutes=1)
    memory.write(clock, seen_at=stopped, stopped_at=stopped)
    later = memory.resume(speed=10, ran_on=False, real_now=_NOW + timedelta(days=3))
    assert later.shown_start == clock.shown_start + timedelta(hours=1)
    assert later.speed == 10


@pytest.mark.parametrize("ran_on", [True, False])
def test_the_demo_clock_never_goes_back_after_a_crash(tmp_path: Path, *, ran_on: bool) -> None:
    memory = LapseMemory(tmp_path / "clock.json")
    clock = memory.resume(speed=60, ran_on=False, real_now=_NOW)
    seen = _NOW + timedelta(seconds=10)
    memory.write(clock, seen_at=seen, stopped_at=None)
    crashed = seen + timedelta(seconds=2)
    shown_at_crash = clock.shown_start + (crashed - clock.real_start) * clock.speed
    again = memory.resume(speed=60, ran_on=ran_on, real_now=crashed + timedelta(seconds=5))
    assert again.shown_start >= shown_at_crash


def test_a_damaged_clock_file_starts_a_new_clock(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    path.write_text('{"clock": 3}')
    shown = LapseMemory(path).resume(speed=1, ran_on=False, real_now=_NOW).shown_start
    assert (shown.hour, shown.minute, shown.date()) == (12, 30, _NOW.date())


def test_a_database_that_is_not_there_is_said_without_the_password() -> None:
    with pytest.raises(Unavailable) as caught:
        require_database("postgresql://someone:hunter2@127.0.0.1:1/outreach")
    assert "PostgreSQL at 127.0.0.1:1 does not answer" in str(caught.value)
    assert "unset it to use the embedded server" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_database_url_that_makes_no_sense_is_said_so() -> None:
    with pytest.raises(BadInput, match="DATABASE_URL cannot be read"):
        require_database("postgresql://someone:hunter2@127.0.0.1:port/outreach?no=such")


def test_a_redis_that_is_not_there_is_said_without_the_password() -> None:
    with pytest.raises(Unavailable, match=r"Redis at 127\.0\.0\.1:1 does not answer") as caught:
        require_redis("redis://:hunter2@127.0.0.1:1/0")
    assert "hunter2" not in str(caught.value)


def test_a_redis_url_that_makes_no_sense_is_said_so() -> None:
    with pytest.raises(BadInput, match="REDIS_URL cannot be read"):
        require_redis("http://127.0.0.1")
