"""`outreach setup`: what it asks, what it writes, what it refuses to overwrite."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from outreach.cli.program import program
from outreach.cli.setup.env_file import read_settings
from outreach.cli.setup.files import SECRETS
from outreach.config.environment import Environment
from outreach.core.versioned_keys import read_keys

RELAY = "smtp://user:password@mail.example.org:587"
WORDS = {
    "domain": "outreach.example.org",
    "organisation": "Safe Online",
    "currency": "gbp",
    "administrator": "Maya",
    "administrator-email": "maya@example.org",
    "mail": "smtp",
    "mail-from": "news@example.org",
}


def run(folder: Path, *flags: str, answers: str = "", relay: str = RELAY, **changed: str) -> str:
    """What the command printed, with its exit code behind it. "" as a value leaves one out."""
    words = {**WORDS, **{name.replace("_", "-"): value for name, value in changed.items()}}
    options = [f"--{name}={value}" for name, value in words.items() if value]
    runner = CliRunner(env={"OUTREACH_SMTP_URL": relay or None})
    argv = ["setup", f"--folder={folder}", *options, *flags]
    done = runner.invoke(program, argv, input=answers, prog_name="outreach")
    return f"{done.output}[{done.exit_code}]"


def settings(folder: Path) -> dict[str, str]:
    return read_settings((folder / ".env").read_text(), ".env")


def stored(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in (folder / "secrets").iterdir()}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_script_gets_both_without_a_question(tmp_path: Path) -> None:
    printed = run(tmp_path, "--no-input")
    assert printed.endswith("[0]"), printed
    found = settings(tmp_path)
    assert found["OUTREACH_MODE"] == "trial"
    assert found["OUTREACH_PUBLIC_URL"] == "https://outreach.example.org"
    assert found["OUTREACH_WEBHOOK_URL"] == "https://hooks.outreach.example.org"
    assert (found["COMPOSE_PROFILES"], found["OUTREACH_TRUSTED_PROXIES"]) == ("tls", "1")
    assert stored(tmp_path).keys() == SECRETS.keys()
    assert stored(tmp_path)["smtp_url"] == RELAY


def test_what_it_writes_can_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path, "--no-input")
    secrets = stored(tmp_path)
    for name, value in settings(tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OUTREACH_SECRET_KEY", secrets["secret_key"])
    monkeypatch.setenv("OUTREACH_SUPPRESSION_KEYS", secrets["suppression_keys"])
    env = Environment()  # type: ignore[call-arg]
    assert list(env.suppression_key_map()) == [1]
    assert len(env.secret_key) >= 32
    assert env.allowed_hosts == ["outreach.example.org", "127.0.0.1", "localhost"]
    password = secrets["postgres_password"]
    assert secrets["database_url"] == f"postgresql://outreach:{password}@postgres:5432/outreach"


def test_no_secret_is_printed_and_nobody_else_may_come_near(tmp_path: Path) -> None:
    printed = run(tmp_path, "--no-input")
    assert not [value for value in stored(tmp_path).values() if value and value in printed]
    assert mode(tmp_path / ".env") == 0o600
    assert mode(tmp_path / "secrets") == 0o700


def test_a_person_is_asked_for_what_was_not_given(tmp_path: Path) -> None:
    lines = [
        "outreach.example.org",
        "",
        "",
        "none",
        "y",
        "Safe Online",
        "",
        "EUR",
        "Maya",
        "m@a.example",
        "",
    ]
    nothing = dict.fromkeys((name.replace("-", "_") for name in WORDS), "")
    printed = run(tmp_path, answers="\n".join([*lines, ""]), relay="", **nothing)
    assert printed.endswith("[0]"), printed
    assert "Public name for the providers [hooks.outreach.example.org]" in printed
    assert "staff invite m@a.example --name Maya --role administrator --print" in printed
    assert "sender add" not in printed
    assert settings(tmp_path)["OUTREACH_MODE"] == "trial"


def test_an_answer_that_cannot_be_used_is_asked_for_again_at_once(tmp_path: Path) -> None:
    lines = ["", "localhost", "outreach.example.org", "outreach.example.org", "hooks.example.org"]
    lines += ["life", "live", "trial", "pounds", "GBP", "", "mail.example.org", RELAY]
    printed = run(
        tmp_path,
        "--tls",
        "--plain-addresses",
        answers="\n".join([*lines, ""]),
        relay="",
        domain="",
        currency="",
        language="en",
    )
    assert printed.endswith("[0]"), printed
    assert printed.count("is not a public name.") == 2
    assert "Pages and webhooks cannot have the same name. Take another one" in printed
    assert "'pounds' is not a currency. Like EUR." in printed
    assert printed.count("Write it like smtp://user:password@mail.example.org:587.") == 2
    assert "'life' is no mode. Write demo, trial or live." in printed
    assert "does not begin in mode live" in printed
    assert settings(tmp_path)["OUTREACH_HOOKS_DOMAIN"] == "hooks.example.org"
    assert stored(tmp_path)["smtp_url"] == RELAY


def test_what_was_given_is_judged_before_anything_is_asked(tmp_path: Path) -> None:
    printed = run(tmp_path, domain="", currency="pounds")
    assert "'pounds' is not a currency" in printed
    assert "Public name" not in printed


@pytest.mark.parametrize("wanted", ["demo", "trial"])
def test_the_mode_is_asked_for_and_said_with_the_way_to_change_it(
    tmp_path: Path, wanted: str
) -> None:
    printed = run(tmp_path, "--tls", "--plain-addresses", answers=f"\n{wanted}\n", language="en")
    assert printed.endswith("[0]"), printed
    assert "trial  only staff whose address is confirmed" in printed
    assert "Mode (demo, trial) [trial]" in printed
    assert settings(tmp_path)["OUTREACH_MODE"] == wanted
    assert f"Mode {wanted}; who is written to: " in printed
    assert "outreach setup --mode MODE --change" in printed
    assert "Mode trial; who" in run(tmp_path, "--no-input", "--change", mode="trial")


def test_the_address_of_day_one_and_other_lines_written_by_hand_stay(tmp_path: Path) -> None:
    run(tmp_path, "--no-input", "--no-tls", proxies="2")
    file = tmp_path / ".env"
    text = file.read_text().replace(
        "OUTREACH_PUBLIC_URL=https://outreach.example.org",
        "OUTREACH_PUBLIC_URL=http://127.0.0.1:8000",
    )
    text = text.replace(",localhost", ",localhost,10.0.0.7")
    file.write_text(text)
    printed = run(tmp_path, "--no-input", relay="")
    assert printed.endswith("[0]"), printed
    assert "This would change" not in printed
    assert "OUTREACH_PUBLIC_URL is http://127.0.0.1:8000, not https://outreach.example" in printed
    assert file.read_text() == text
    moved = run(tmp_path, "--no-input", "--change", domain="help.example.org")
    assert moved.endswith("[0]"), moved
    assert settings(tmp_path)["OUTREACH_PUBLIC_URL"] == "https://help.example.org"
    assert "somebody wrote" not in moved


def test_the_way_for_mails_is_the_one_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTREACH_SENDGRID_API_KEY", "SG.key")
    assert run(tmp_path, "--no-input", relay="", mail="sendgrid").endswith("[0]")
    monkeypatch.delenv("OUTREACH_SENDGRID_API_KEY")
    printed = run(tmp_path, "--no-input", relay="", mail="")
    assert printed.endswith("[0]"), printed
    assert "--provider sendgrid" in printed


def test_it_says_what_to_run_next(tmp_path: Path) -> None:
    printed = run(tmp_path, "--no-input")
    after = "docker compose run --rm clock outreach"
    for step in (
        "docker compose up -d --wait",
        f"{after} organisation set --name 'Safe Online' --language en --currency GBP",
        f"{after} sender add news@example.org --channel email --provider smtp",
        f"{after} staff invite maya@example.org --name Maya --role administrator --print",
        f"{after} doctor",
    ):
        assert f"  {step}\n" in printed


@pytest.mark.parametrize(
    ("changed", "place", "remedy"),
    [
        ({"domain": "https://a.example/"}, "--domain: ", "like outreach.example.org"),
        ({"domain": "192.0.2.7"}, "--domain: ", "no certificate is made for it"),
        ({"domain": "localhost"}, "--domain: ", "is not a public name"),
        ({"domain": "a..example"}, "--domain: ", "is not a public name"),
        ({"hooks_domain": "outreach.example.org"}, "--hooks-domain: ", "hooks.outreach.example"),
        ({"mode": "live"}, "--mode: ", "Begin with trial"),
        ({"language": "Klingonish"}, "--language: ", "like en"),
        ({"currency": "POUND"}, "--currency: ", "Like EUR"),
        ({"administrator": " "}, "--administrator: ", "A name is missing"),
        ({"administrator_email": "maya"}, "--administrator-email: ", "like anna@example.org"),
        ({"mail_from": "news@"}, "--mail-from: ", "is not an email address"),
        ({"relay": "mail.example.org"}, "OUTREACH_SMTP_URL: ", "smtp://user:password@"),
        ({"relay": ""}, "OUTREACH_SMTP_URL: ", "like smtp://user:password@host:587"),
        ({"mail": "sendgrid"}, "OUTREACH_SENDGRID_API_KEY: ", "needs its secret"),
        ({"organisation": ""}, "--organisation: ", "is missing"),
    ],
)
def test_nonsense_is_refused_with_its_place(
    changed: dict[str, str], place: str, remedy: str, tmp_path: Path
) -> None:
    printed = run(tmp_path, "--no-input", **changed)
    assert printed.endswith("[2]"), printed
    assert place in printed
    assert remedy in printed
    assert list(tmp_path.iterdir()) == []


def test_no_proxy_at_all_is_refused(tmp_path: Path) -> None:
    assert "--proxies: " in run(tmp_path, "--no-input", "--no-tls", proxies="0")
    assert run(tmp_path, "--no-input", "--no-tls", proxies="2").endswith("[0]")
    assert settings(tmp_path)["OUTREACH_TRUSTED_PROXIES"] == "2"
    assert settings(tmp_path)["COMPOSE_PROFILES"] == ""


def test_a_second_time_nothing_changes_and_no_key_is_made_anew(tmp_path: Path) -> None:
    run(tmp_path, "--no-input")
    before = (stored(tmp_path), (tmp_path / ".env").read_text())
    printed = run(tmp_path, "--no-input", relay="")
    assert printed.endswith("[0]")
    assert "nothing was changed" in printed
    assert "are written" not in printed
    assert "--change" in printed
    assert (stored(tmp_path), (tmp_path / ".env").read_text()) == before


def test_what_would_change_is_said_first_and_done_with_a_yes_only(tmp_path: Path) -> None:
    run(tmp_path, "--no-input")
    with (tmp_path / ".env").open("a") as env:
        env.write("\n# ours\nOUTREACH_LOG_FORMAT=json\n")
    before = stored(tmp_path)
    other = {"domain": "help.example.org", "relay": "smtps://a:b@other.example"}
    refused = run(tmp_path, "--no-input", **other)
    assert refused.endswith("[4]"), refused
    assert ".env: OUTREACH_DOMAIN: outreach.example.org → help.example.org" in refused
    assert "secrets/smtp_url: another value" in refused
    assert "other.example" not in refused
    assert run(tmp_path, "--language=en", answers="\n\n\nn\n", **other).endswith("[4]")
    assert settings(tmp_path)["OUTREACH_DOMAIN"] == "outreach.example.org"

    changed = run(tmp_path, "--no-input", "--change", **other)
    assert changed.endswith("[0]")
    assert "are written." in changed
    text = (tmp_path / ".env").read_text()
    assert "OUTREACH_DOMAIN=help.example.org\n" in text
    assert "# ours\nOUTREACH_LOG_FORMAT=json\n" in text
    assert {name for name, value in stored(tmp_path).items() if value != before[name]} == {
        "smtp_url"
    }


def test_a_lost_key_is_not_replaced(tmp_path: Path) -> None:
    run(tmp_path, "--no-input")
    (tmp_path / "secrets" / "suppression_keys").unlink()
    printed = run(tmp_path, "--no-input", "--change")
    assert printed.endswith("[4]"), printed
    assert "secrets/suppression_keys: " in printed
    assert "Put it back" in printed
    assert not (tmp_path / "secrets" / "suppression_keys").exists()


def test_a_new_installation_may_encrypt_its_addresses_and_keeps_the_key(tmp_path: Path) -> None:
    printed = run(tmp_path, "--no-input", "--encrypt-addresses")
    assert "secrets/suppression_keys and secrets/address_keys to a safe place" in printed
    key = stored(tmp_path)["address_keys"]
    assert list(read_keys(key, "")) == [1]
    assert run(tmp_path, "--no-input").endswith("[0]")
    assert stored(tmp_path)["address_keys"] == key
    refused = run(tmp_path, "--no-input", "--plain-addresses", "--change")
    assert "Back to plain text" in refused
    assert refused.endswith("[4]")
    assert stored(tmp_path)["address_keys"] == key


def test_addresses_that_are_there_already_are_not_encrypted_by_a_setting_alone(
    tmp_path: Path,
) -> None:
    run(tmp_path, "--no-input", "--plain-addresses")
    assert stored(tmp_path)["address_keys"] == ""
    refused = run(tmp_path, "--no-input", "--encrypt-addresses", "--change")
    assert "docs/encrypted-addresses.md" in refused
    assert refused.endswith("[4]")
    assert stored(tmp_path)["address_keys"] == ""


def test_keys_of_an_older_env_file_are_taken_over(tmp_path: Path) -> None:
    key = f"1:{'ab' * 32}"
    (tmp_path / ".env").write_text(
        f"POSTGRES_PASSWORD='password'\nOUTREACH_SUPPRESSION_KEYS={key}\n"
    )
    assert run(tmp_path, "--no-input", "--change").endswith("[0]")
    assert stored(tmp_path)["suppression_keys"] == key
    assert stored(tmp_path)["postgres_password"] == "password"


def test_live_stays_live_and_other_profiles_stay(tmp_path: Path) -> None:
    lines = ["OUTREACH_MODE=trial", "COMPOSE_PROFILES=ours"]
    (tmp_path / ".env").write_text("\n".join(lines))
    assert run(tmp_path, "--no-input", "--change", "--tls", mode="live").endswith("[0]")
    assert run(tmp_path, "--no-input").endswith("[0]")
    assert settings(tmp_path)["OUTREACH_MODE"] == "live"
    assert settings(tmp_path)["COMPOSE_PROFILES"] == "ours,tls"


def test_a_line_that_is_no_setting_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OUTREACH_MODE=trial\noops\n")
    assert f"{tmp_path / '.env'}:2: This line is no setting." in run(tmp_path, "--no-input")
