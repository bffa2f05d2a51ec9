"""Backups that only a key kept elsewhere can open (age, https://age-encryption.org/v1).

The installation knows public keys alone: who takes its disks, or the machine itself, opens no
backup. Several keys may be set; each opens what is made from then on.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Protocol

from pyrage import DecryptError, IdentityError, RecipientError, decrypt_io, encrypt_io, x25519

from outreach.config.environment import Environment
from outreach.core.errors import BadInput

_SETTING = "OUTREACH_BACKUP_RECIPIENTS"
_SECRET = "AGE-SECRET-KEY-"  # noqa: S105  # how each of them begins


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


def require_recipients(env: Environment) -> list[str]:
    """The public keys of the settings; empty: backups are not encrypted. Raises BadInput."""
    for text in env.backup_recipients:
        _recipient(text)
    return env.backup_recipients


def seal(source: Readable, target: IO[bytes], recipients: Sequence[str]) -> None:
    """Reads `source` to its end; what is in `target` afterwards opens with any of the keys."""
    encrypt_io(source, target, [_recipient(text) for text in recipients])


def unseal(source: IO[bytes], target: IO[bytes], keys: Sequence[str]) -> None:
    """The reverse. Raises BadInput when no key fits, or it is not what was written."""
    try:
        decrypt_io(source, target, [x25519.Identity.from_str(key) for key in keys])
    except DecryptError as error:
        raise BadInput("This key does not open the backup.") from error


def make_key(file: Path) -> str:
    """Writes a new secret key into `file`, for its owner's eyes; returns the public one.

    Raises BadInput when the file is there already.
    """
    identity = x25519.Identity.generate()
    public = str(identity.to_public())
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise BadInput(f"{file} is there already.", remedy="Name another file.") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(f"# public key: {public}\n{identity}\n")
    return public


def read_keys(file: Path) -> list[str]:
    """The secret keys of a file as `make_key` or age-keygen writes it. Raises BadInput."""
    lines = file.read_text("utf-8", errors="replace").splitlines()
    keys = [line.strip() for line in lines if line.strip().startswith(_SECRET)]
    if not keys:
        raise BadInput(
            f"{file.name} has no key of age in it.", remedy=f"A line of it begins with {_SECRET}."
        )
    for key in keys:
        public_key(key)
    return keys


def public_key(key: str) -> str:
    """Of a secret one. Raises BadInput."""
    try:
        return str(x25519.Identity.from_str(key).to_public())
    except IdentityError as error:
        raise BadInput("This is no key of age.") from error


def _recipient(text: str) -> x25519.Recipient:
    try:
        return x25519.Recipient.from_str(text)
    except RecipientError as error:
        raise BadInput(
            f"{_SETTING} has something in it that is no public key of age.",
            where=_SETTING,
            remedy="Make one with: outreach backup-key FILE. It begins with age1.",
        ) from error
