"""Backups: one file of PostgreSQL's own format, and a note beside it about what belongs to it.

The note has fingerprints of the keys: without the keys of the never-send list a backup is of no
use, because its stops could not be found any more. They are never in the backup itself: keep
them elsewhere.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO

import orjson
from django.db import connection

from outreach.config.environment import Environment, environment
from outreach.consent.key_register import key_fingerprints
from outreach.core.errors import BadInput, NotNow
from outreach.core.fingerprints import fingerprint
from outreach.core.locks import Lock
from outreach.operations import pg_programs, stop_journal
from outreach.operations.models import UpkeepKind
from outreach.operations.runs import noted
from outreach.operations.sealed_copies import require_recipients, seal
from outreach.organisation.address_key_register import recorded_keys

_PATTERN = "outreach-*.dump*"
_PLAIN, _SEALED = ".dump", ".age"
_CHUNK = 1 << 20
# The names of the tables stand in front, readable, in PostgreSQL's own format.
_HEAD_BYTES = 8 << 20
_LEDGER = "delivery_deliveryevent"
_OPTIONS = ("--format=custom", "--role=outreach_owner")


@dataclass(frozen=True)
class Note:
    """What stands beside a backup. `made_at`: before the copy began, by the database's clock.
    `suppression_keys`: version -> fingerprint. `secret_key`: fingerprint of the one in use.
    `address_keys`: of those under which addresses stand encrypted in it.
    `recipients`: public keys of those that open it; empty: it is not encrypted."""

    made_at: datetime
    outreach: str
    postgresql: int
    mode: str
    sha256: str
    size_bytes: int
    suppression_keys: Mapping[str, str]
    secret_key: str
    recipients: Sequence[str] = ()
    address_keys: Mapping[str, str] = field(default_factory=dict)


def make_backup(folder: Path | None = None) -> Path:
    """Writes a backup, checks that it can be read, deletes those that are kept no longer.

    Returns the file. Raises BadInput without a folder, NotNow while another process makes one,
    Unavailable when PostgreSQL's programs are not there or fail.
    """
    place = folder or backup_folder()
    with _alone(), noted(UpkeepKind.BACKUP) as result:
        stop_journal.write_journal()
        file = _dump(place)
        result.update(file=file.name, bytes=file.stat().st_size, deleted=_rotate(place))
    return file


def copy_as_it_is() -> Path:
    """A backup of tables that may be older than this program: it reads none of them itself.

    Deletes no other backup. Returns and raises as `make_backup`.
    """
    with _alone():
        return _dump(backup_folder())


@contextmanager
def _alone() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [Lock.BACKUP])
        if not cursor.fetchone()[0]:
            raise NotNow("Another process makes a backup now.")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [Lock.BACKUP])


def backups(folder: Path) -> list[Path]:
    """Those that are whole, the oldest first."""
    found = (file for file in folder.glob(_PATTERN) if file.suffix in {_PLAIN, _SEALED})
    return sorted(file for file in found if note_file(file).exists())


def note_file(file: Path) -> Path:
    return file.with_name(file.name.removesuffix(_SEALED)).with_suffix(".json")


def read_note(file: Path) -> Note:
    """What stands beside `file`. Raises BadInput when it is missing or not of this file."""
    path = note_file(file)
    gone = next((each for each in (file, path) if not each.exists()), None)
    if gone:
        raise BadInput(
            "There is no such file.",
            where=str(gone),
            remedy="Name a file that `outreach backup` has made, with its .json beside it.",
        )
    values = orjson.loads(path.read_bytes())
    note = Note(**{**values, "made_at": datetime.fromisoformat(values["made_at"])})
    if _sha256(file) != note.sha256:
        raise BadInput(f"{file.name} is not what was written: it is damaged, or was changed.")
    return note


def server_major() -> int:
    """Of PostgreSQL, for instance 18."""
    connection.ensure_connection()
    return int(connection.connection.info.server_version) // 10_000


def backup_folder() -> Path:
    """Where backups go. Raises BadInput when no folder is set."""
    folder = environment().backup_dir
    if not folder:
        raise BadInput(
            "There is no folder for backups.",
            remedy="Set OUTREACH_BACKUP_DIR, or name one with --to.",
        )
    return Path(folder)


def _dump(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        made_at: datetime = cursor.fetchone()[0].astimezone(UTC)
    env, major = environment(), server_major()
    ending = _PLAIN + (_SEALED if require_recipients(env) else "")
    file = folder / f"outreach-{made_at:%Y%m%dT%H%M%SZ}{ending}"
    part = file.with_suffix(".part")
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))  # for the owner's eyes
    if env.backup_recipients:
        _copy_sealed(part, env, major)
    else:
        _copy_plainly(part, env, major)
    note = _note(env, part, made_at, major)
    _write(note_file(file), orjson.dumps(note, option=orjson.OPT_INDENT_2))
    part.replace(file)
    return file


def _copy_plainly(part: Path, env: Environment, major: int) -> None:
    options = [*_OPTIONS, f"--file={part}"]
    pg_programs.run(pg_programs.program("pg_dump", major), options, env.database_url)
    listed = pg_programs.run(pg_programs.program("pg_restore", major), ["--list", str(part)], "")
    _require_ledger(listed)


def _copy_sealed(part: Path, env: Environment, major: int) -> None:
    """Nothing readable ever lies in the folder."""
    path = pg_programs.program("pg_dump", major)
    with part.open("wb") as out, pg_programs.piped(path, _OPTIONS, env.database_url) as dump:
        source = _Overheard(dump.stdout or io.BytesIO())
        seal(source, out, env.backup_recipients)
    _require_ledger(source.head.decode("latin-1"))


class _Overheard:
    """Reads through, and keeps what stands in front."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.head = b""

    def read(self, size: int = -1) -> bytes:
        found = self._source.read(size)
        self.head += found[: _HEAD_BYTES - len(self.head)]
        return found


def _require_ledger(listed: str) -> None:
    if _LEDGER not in listed:
        raise BadInput("The backup has no ledger in it.", remedy="Run `outreach migrate` first.")


def _note(env: Environment, file: Path, made_at: datetime, major: int) -> Note:
    return Note(
        made_at=made_at,
        outreach=version("outreach"),
        postgresql=major,
        mode=env.mode.value,
        sha256=_sha256(file),
        size_bytes=file.stat().st_size,
        suppression_keys=key_fingerprints(env.suppression_key_map()),
        secret_key=fingerprint(env.secret_key.encode()),
        recipients=env.backup_recipients,
        address_keys={str(version): name for version, name in recorded_keys().items()},
    )


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(content)


def _rotate(folder: Path) -> int:
    """Deletes all but the newest; the journal forgets what is older than the oldest of them."""
    whole = backups(folder)
    old = whole[: -environment().backups_kept]
    for file in old:
        file.unlink()
        note_file(file).unlink()
    if old:
        oldest = whole[len(old)]
        stop_journal.forget_before(folder, read_note(oldest).made_at)
    return len(old)


def _sha256(file: Path) -> str:
    found = hashlib.sha256()
    with file.open("rb") as content:
        while chunk := content.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()
