"""The compose file runs what `outreach up` runs, and nothing the image or the lock contradicts."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from outreach.cli.up.postgres import _INITDB
from outreach.cli.up.processes import Bindings, program, programs

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
    assert set(services) == {*_NAMES, "postgres", "redis", "migrate"}


def test_only_the_sandbox_is_left_out_of_production(services: dict[str, Any]) -> None:
    assert [name for name, service in services.items() if "profiles" in service] == ["sandbox"]


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


def test_every_published_port_is_loopback_unless_chosen_otherwise(
    services: dict[str, Any],
) -> None:
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert published
    assert [port for port in published if "127.0.0.1:" not in port] == []


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
