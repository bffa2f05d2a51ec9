"""The compose file runs what `outreach up` runs, and nothing the image or the lock contradicts."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from compose_file import read_compose
from ruamel.yaml import YAML

from outreach.cli.setup.files import SECRETS
from outreach.cli.up.compose_demo import write_compose_demo
from outreach.cli.up.postgres import _INITDB
from outreach.cli.up.processes import Bindings, program, programs
from outreach.config.environment import Environment

_BINDINGS = Bindings(
    host="0.0.0.0",  # noqa: S104  # inside a container's own network
    webhook_url="http://webhooks:8001",
    event_key_file="/run/outreach/event-key.pem",
    inbound_secret="${OUTREACH_INBOUND_SECRET:-}",
)
_NAMES = [found.name for found in programs(_BINDINGS, sandbox=True)]


@pytest.fixture(scope="module")
def services(repository: Path) -> dict[str, Any]:
    text = (repository / "docker-compose.yml").read_text()
    loaded = YAML(typ="safe").load(text)
    return dict(loaded["services"])


@pytest.mark.parametrize("name", _NAMES)
def test_a_service_runs_the_command_of_the_process_table(
    services: dict[str, Any], name: str
) -> None:
    assert tuple(services[name]["command"]) == program(_BINDINGS, name).argv


@pytest.mark.parametrize("name", _NAMES)
def test_a_service_acts_in_the_database_role_of_the_table(
    services: dict[str, Any], name: str
) -> None:
    given = services[name]["environment"]
    wanted = program(_BINDINGS, name).environment
    assert {key: given[key] for key in wanted} == wanted
    assert ("OUTREACH_DATABASE_ROLE" in given) == bool(wanted)


@pytest.mark.parametrize("name", _NAMES)
def test_a_service_gets_the_time_to_stop_that_the_table_gives(
    services: dict[str, Any], name: str
) -> None:
    assert services[name]["stop_grace_period"] == (f"{program(_BINDINGS, name).stop_wait_seconds}s")


def test_there_is_no_service_that_the_table_does_not_know(services: dict[str, Any]) -> None:
    assert set(services) == {*_NAMES, "postgres", "redis", "migrate", "proxy"}


def test_only_the_sandbox_and_the_proxy_are_left_out_unless_asked_for(
    services: dict[str, Any],
) -> None:
    asked = {name: each["profiles"] for name, each in services.items() if "profiles" in each}
    assert asked == {"sandbox": ["demo"], "proxy": ["tls"]}


def test_every_service_that_calls_a_provider_has_the_demos_sandbox_on_its_loopback(
    services: dict[str, Any], repository: Path
) -> None:
    text = (repository / "docker-compose.demo.yml").read_text()
    beside = dict(YAML(typ="safe").load(text)["services"])
    workers = {name for name in services if name.startswith("worker-")}
    shared = {name for name, each in beside.items() if "network_mode" in each}
    assert shared == workers
    assert {beside[name]["network_mode"] for name in shared} == {"service:sandbox"}


def test_our_services_run_without_rights_over_a_read_only_file_system(
    services: dict[str, Any],
) -> None:
    for name in [*_NAMES, "migrate"]:
        assert services[name]["read_only"], name
        assert services[name]["cap_drop"] == ["ALL"], name


def test_every_published_port_but_the_proxys_is_loopback_unless_chosen_otherwise(
    services: dict[str, Any],
) -> None:
    inner = [service for name, service in services.items() if name != "proxy"]
    published = [port for service in inner for port in service.get("ports", [])]
    assert published
    assert [port for port in published if "127.0.0.1:" not in port] == []


def test_the_smallest_installation_fits_in_two_gigabytes(repository: Path, tmp_path: Path) -> None:
    found = read_compose(repository / "docker-compose.yml", tmp_path)
    lasting = [each for each in found.values() if each.name not in {"migrate", "sandbox"}]
    assert [each.name for each in lasting if not each.memory_mib] == []
    assert sum(each.memory_mib for each in lasting) <= 2048
    assert found["migrate"].memory_mib


def test_every_service_that_lasts_is_watched_and_comes_back(
    repository: Path, tmp_path: Path
) -> None:
    found = read_compose(repository / "docker-compose.yml", tmp_path)
    lasting = {name: each for name, each in found.items() if name != "migrate"}
    assert {each.restart for each in lasting.values()} == {"unless-stopped"}
    unwatched = {name for name, each in lasting.items() if not each.check}
    # The image's own check is that of the pages; the clock ends itself when it cannot work.
    assert unwatched == {"web", "clock"}


def test_setup_writes_every_secret_of_the_file_and_no_other(services: dict[str, Any]) -> None:
    used = {name for each in services.values() for name in each.get("secrets", [])}
    assert used == set(SECRETS)
    known = {f"OUTREACH_{name.upper()}" for name in Environment.model_fields} | {"DATABASE_URL"}
    assert set(SECRETS.values()) - known == {"POSTGRES_PASSWORD"}


def test_no_secret_is_in_the_environment_of_a_container(services: dict[str, Any]) -> None:
    for name, service in services.items():
        files = (
            {key for key in service["environment"] if key.endswith("_FILE")}
            if ("environment" in service)
            else set()
        )
        given = {key.removesuffix("_FILE") for key in files}
        assert not given & set(service.get("environment", {})), name
        for secret in service.get("secrets", []):
            assert f"{SECRETS[secret]}_FILE" in files, (name, secret)


def test_the_demo_finds_every_file_that_it_names(repository: Path, tmp_path: Path) -> None:
    (tmp_path / ".outreach").mkdir()
    write_compose_demo(tmp_path / ".outreach")
    shutil.copy(tmp_path / ".outreach" / "compose.env", tmp_path / ".env")
    demo = read_compose(repository / "docker-compose.yml", tmp_path)["worker-email"]
    assert [file for file in demo.secrets.values() if not file.is_file()] == []
    assert demo.environment["OUTREACH_MODE"] == "demo"
    own = demo.environment["OUTREACH_SUPPRESSION_KEYS"]
    assert demo.secrets["suppression_keys"].read_text() == own
    # What is empty leaves the made-up account of .env in place.
    assert demo.secrets["twilio_auth_token"].read_text() == ""
    assert demo.environment["OUTREACH_TWILIO_AUTH_TOKEN"]


def test_a_form_that_the_tests_do_not_understand_is_refused(
    repository: Path, tmp_path: Path
) -> None:
    text = (repository / "docker-compose.yml").read_text()
    for before, after in (
        ("    init: true", "    network_mode: host"),
        ("${OUTREACH_IMAGE:-outreach:local}", "${OUTREACH_IMAGE:+outreach}"),
        ("${OUTREACH_IMAGE:-outreach:local}", "$OUTREACH_IMAGE"),
        ("stop_grace_period: 40s", "stop_grace_period: 1m"),
    ):
        other = tmp_path / "docker-compose.yml"
        other.write_text(text.replace(before.strip(), after.strip()))
        with pytest.raises(AssertionError, match=r"does not understand|test understands"):
            read_compose(other, tmp_path)


def test_the_database_sorts_as_the_embedded_one_does(services: dict[str, Any]) -> None:
    there = set(services["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split())
    here = {option for option in _INITDB if "locale" in option or "encoding" in option}
    assert there == here


def test_the_image_starts_the_pages_of_the_table_as_an_ordinary_user(repository: Path) -> None:
    lines = (repository / "Dockerfile").read_text().splitlines()
    command = next(line for line in reversed(lines) if line.startswith("CMD ["))
    assert tuple(json.loads(command.removeprefix("CMD "))) == program(_BINDINGS, "web").argv
    assert "USER 10001" in lines


def test_the_lock_file_names_no_registry(repository: Path) -> None:
    assert "://" not in (repository / "requirements.lock").read_text()


def test_a_bare_make_explains_every_target(repository: Path) -> None:
    done = subprocess.run(
        ["make", "--no-print-directory"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=True,
    )
    for target in ("run", "test", "check", "bench", "chaos", "lock", "clean"):
        assert f"make {target} " in done.stdout, target


def test_a_machine_without_a_new_enough_python_is_told_so(repository: Path, tmp_path: Path) -> None:
    old = tmp_path / "python3.9"
    # Says what an old Python says: its version, and that it is too old.
    old.write_text('#!/bin/sh\ncase "$2" in *print*) echo 3.9;; *) exit 1;; esac\n')
    old.chmod(0o755)
    done = subprocess.run(
        ["sh", str(repository / "tools" / "find_python.sh")],
        env={"PATH": "/usr/bin:/bin", "PYTHON": str(old)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"needs Python 3.11 or newer; found: {old} (3.9)." in done.stderr


def test_the_python_of_these_tests_would_be_found(repository: Path) -> None:
    done = subprocess.run(
        ["sh", str(repository / "tools" / "find_python.sh")],
        env={"PATH": "/usr/bin:/bin", "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == sys.executable


def test_the_ci_script_is_a_shell_script_that_parses(repository: Path) -> None:
    script = repository / ".ci" / "run"
    subprocess.run(shlex.split(f"bash -n {script}"), check=True)
    assert script.stat().st_mode & 0o111
