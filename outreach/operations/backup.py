"""Backups: one file of PostgreSQL's own format, and a note beside it about what belongs to it.

The note has fingerprints of the keys: without the keys of the never-send list a backup is of no
use, because its stops could not be found any more. They are never in the backup itself: keep
them elsewhere.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import orjson
from django.db import connection

from outreach.config.environment import Environment, environment
from outreach.core.errors import BadInput, NotNow
from outreach.consent.key_register import key_fingerprints
from outreach.core.fingerprints import fingerprint
from outreach.core.locks import Lock
from outreach.operations import pg_programs, stop_journal
from outreach.operations.models import UpkeepKind
from outreach.operations.runs import noted

_PATTERN = "outreach-*.dump"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Note:
    """What stands beside a backup. `made_at`: before the copy began, by the database's clock.
    `suppression_keys`: version -> fingerprint. `secret_key`: fingerprint of the one in use."""

    made_at: datetime
    outreach: str
    postgresql: int
    mode: str
    sha256: str
    size_bytes: int
    suppression_keys: Mapping[str, str]
    secret_key: str


def make_backup(folder: Path | None = None) -> Path:
    """Writes a backup, checks that it can be read, deletes those that are kept no longer.

    Returns the file. Raises BadInput without a folder, NotNow while another process makes one,
    Unavailable when PostgreSQL's programs are not there or fail.
    """
    place = folder or _folder()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [Lock.BACKUP])
        if not cursor.fetchone()[0]:
            raise NotNow("Another process makes a backup now.")
    try:
        with noted(UpkeepKind.BACKUP) as result:
            stop_journal.write_journal()
            file = _dump(place)
            result.update(file=file.name, bytes=file.stat().st_size, deleted=_rotate(place))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [Lock.BACKUP])
    return file


def backups(folder: Path) -> list[Path]:
    """Those that are whole, the oldest first."""
    return sorted(file for file in folder.glob(_PATTERN) if note_file(file).exists())


def note_file(file: Path) -> Path:
    return file.with_suffix(".json")


def read_note(file: Path) -> Note:
    """What stands beside `file`. Raises BadInput when it is missing or not of this file."""
    path = note_file(file)
    if not file.exists() or not path.exists():
        raise BadInput(
            f"{file.name} or the note beside it, {path.name}, is missing.",
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


def _folder() -> Path:
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
    file = folder / f"outreach-{made_at:%Y%m%dT%H%M%SZ}.dump"
    part = file.with_suffix(".part")
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))  # for the owner's eyes
    env, major = environment(), server_major()
    options = ["--format=custom", "--role=outreach_owner", f"--file={part}"]
    pg_programs.run(pg_programs.program("pg_dump", major), options, env.database_url)
    _check_readable(part, major)
    note = _note(env, part, made_at, major)
    _write(note_file(file), orjson.dumps(note, option=orjson.OPT_INDENT_2))
    part.replace(file)
    return file


def _check_readable(file: Path, major: int) -> None:
    listed = pg_programs.run(pg_programs.program("pg_restore", major), ["--list", str(file)], "")
    if "delivery_deliveryevent" not in listed:
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
