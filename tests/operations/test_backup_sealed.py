"""Backups that open with a key kept elsewhere, and with nothing that the installation has."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from outreach.audience.models import Address
from outreach.config.environment import environment
from outreach.config.roles import ensure_roles
from outreach.core.clock import FrozenClock
from outreach.core.errors import BadInput
from outreach.operations import pg_programs
from outreach.operations.backup import backups, make_backup, note_file, read_note, server_major
from outreach.operations.restore import restore
from outreach.operations.sealed_copies import make_key, read_keys
from outreach.organisation.audit import OPERATOR
from tests.cli.cli_terminal import outreach
from tests.delivery import delivery_builders as build

AsOwner = Callable[[], AbstractContextManager[None]]
PHONE = "+447700900001"


class Keys:
    """Two pairs in files; `use` sets which of them open what is made from now on."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._set = monkeypatch.setenv
        self.files = [folder / f"key-{number}" for number in range(2)]
        self.public = [make_key(file) for file in self.files]

    def use(self, *numbers: int) -> None:
        self._set("OUTREACH_BACKUP_RECIPIENTS", ", ".join(self.public[n] for n in numbers))
        environment.cache_clear()

    def secret(self, number: int) -> list[str]:
        return read_keys(self.files[number])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OUTREACH_BACKUP_DIR", str(tmp_path / "backups"))
    environment.cache_clear()
    return tmp_path / "backups"


@pytest.fixture
def keys(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keys:
    return Keys(tmp_path, monkeypatch)


def put_back(file: Path, secret: list[str]) -> None:
    restore(
        file,
        replace=True,
        make_roles=lambda: ensure_roles(environment()),
        actor=OPERATOR,
        keys=secret,
    )


def test_an_encrypted_backup_opens_with_its_key_alone_and_brings_everything_back(
    real_day: FrozenClock, folder: Path, keys: Keys, as_owner: AsOwner
) -> None:
    build.build_parent(build.build_school(), phone=PHONE)
    keys.use(0)
    file = make_backup()
    assert file.suffix == ".age"
    assert backups(folder) == [file]
    assert {each.suffix for each in folder.iterdir()} <= {".age", ".json", ".jsonl"}
    assert file.read_bytes().startswith(b"age-encryption.org/v1")
    listing = [pg_programs.program("pg_restore", server_major()), "--list", file]
    assert subprocess.run(listing, capture_output=True, check=False).returncode
    assert keys.secret(0)[0] not in note_file(file).read_text()
    Address.objects.update(value="+447700900009")
    for wrong, words in (([], "its key is not here"), (keys.secret(1), "for another key")):
        with as_owner(), pytest.raises(BadInput, match=words) as refused:
            put_back(file, wrong)
        assert keys.public[0] in refused.value.remedy
    assert Address.objects.get().value == "+447700900009", "refused before anything changes"
    with as_owner():
        put_back(file, keys.secret(0))
    assert Address.objects.get().value == PHONE


def test_a_new_key_is_added_before_the_old_one_goes(
    real_day: FrozenClock, folder: Path, keys: Keys
) -> None:
    made = []
    for numbers in ((0,), (0, 1), (1,)):
        keys.use(*numbers)
        made.append(read_note(make_backup(folder / str(numbers))).recipients)
    assert made == [[keys.public[0]], keys.public, [keys.public[1]]]


def test_what_is_no_key_is_refused_and_no_backup_is_made(
    real_day: FrozenClock, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTREACH_BACKUP_RECIPIENTS", "age1nothing")
    environment.cache_clear()
    with pytest.raises(BadInput, match="no public key of age") as refused:
        make_backup()
    assert "outreach backup-key" in refused.value.remedy
    assert backups(folder) == []


def test_the_command_makes_a_key_for_its_owner_alone_and_overwrites_none(tmp_path: Path) -> None:
    file = tmp_path / "key"
    made = outreach("backup-key", file)
    assert made.code == 0
    assert file.stat().st_mode & 0o77 == 0
    (secret,) = read_keys(file)
    assert "OUTREACH_BACKUP_RECIPIENTS=age1" in made.out
    assert secret not in made.out
    again = outreach("backup-key", file)
    assert again.code == 2
    assert "is there already" in again.err
    assert read_keys(file) == [secret]
