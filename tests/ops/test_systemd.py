"""The files for systemd run what `outreach up` and docker-compose.yml run."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from outreach.cli.setup.env_file import read_settings
from outreach.cli.setup.files import SECRETS
from outreach.cli.up.processes import Bindings, program, programs

_TABLE = programs(Bindings(), sandbox=False)
_SECRETS = "secrets.env"
# What systemd gets after TERM, above what a worker takes at most.
_STOP_SECONDS = max(each.stop_wait_seconds for each in _TABLE) + 5


@pytest.fixture
def folder(repository: Path) -> Path:
    return repository / "ops" / "systemd"


@pytest.mark.parametrize("name", [each.name for each in _TABLE])
def test_a_process_has_the_command_and_role_of_the_table(folder: Path, name: str) -> None:
    file = folder / f"{name}.env"
    found = read_settings(file.read_text(), file.name)
    wanted = program(Bindings(), name)
    assert tuple(found.pop("COMMAND").split()) == wanted.argv
    assert found == wanted.environment


def test_each_process_has_a_file_and_is_started_and_there_is_none_besides(folder: Path) -> None:
    names = {file.name for file in folder.glob("*.env")} - {_SECRETS}
    assert names == {f"{each.name}.env" for each in _TABLE}
    started = re.findall(r"outreach@([a-z-]+)\.service", (folder / "outreach.target").read_text())
    assert sorted(started) == sorted(each.name for each in _TABLE)


def test_every_secret_that_setup_writes_reaches_the_processes(folder: Path) -> None:
    found = read_settings((folder / _SECRETS).read_text(), _SECRETS)
    wanted = {file: name for file, name in SECRETS.items() if file != "postgres_password"}
    assert found == {f"{name}_FILE": f"secrets/{file}" for file, name in wanted.items()}


def test_a_shell_reads_the_files_as_systemd_does(folder: Path) -> None:
    for each in _TABLE:
        read = f'. "{folder}/{each.name}.env" && printf "%s\\n" $COMMAND'
        done = subprocess.run(["/bin/sh", "-c", read], capture_output=True, text=True, check=True)
        assert tuple(done.stdout.split()) == each.argv


def test_a_worker_gets_the_time_to_finish(folder: Path) -> None:
    unit = (folder / "outreach@.service").read_text().splitlines()
    assert f"TimeoutStopSec={_STOP_SECONDS}" in unit
    assert "KillMode=mixed" in unit
