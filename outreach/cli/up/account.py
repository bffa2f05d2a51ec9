"""The system account that PostgreSQL runs under when we are root.

PostgreSQL refuses to run as root. Then, and only then, a system user without a
shell is made, and the folders above the data and the programs get the right to be
passed through (never to be listed) by it.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from outreach.core.errors import Unavailable

ACCOUNT_NAME = "outreach-postgres"


@dataclass(frozen=True)
class Account:
    """A system user: numeric user and group id."""

    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        """Whether this process runs as that very user."""
        return self.uid == os.geteuid()


def server_account() -> Account:
    """Who PostgreSQL runs as: ourselves, or a system user that is made when we are root.

    Raises Unavailable when the user cannot be made.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    try:
        entry = pwd.getpwnam(ACCOUNT_NAME)
    except KeyError:
        entry = _make_account()
    return Account(entry.pw_uid, entry.pw_gid)


def let_through(account: Account, path: Path) -> None:
    """Lets `account` reach `path`: adds the right to pass, not to list, to folders without it."""
    if account.is_ours:
        return
    for folder in path.resolve().parents:
        _add_rights(folder, stat.S_IXOTH)


def let_read(account: Account, root: Path) -> None:
    """Lets `account` read and run everything under `root`, installed with a strict umask or not."""
    if account.is_ours or root.stat().st_mode & stat.S_IROTH:
        return
    for path in _tree(root):
        executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        _add_rights(path, stat.S_IROTH | (stat.S_IXOTH if executable else 0))


def own(account: Account, path: Path) -> None:
    """Hands `path` alone, not what is in it, to `account`."""
    if not account.is_ours:
        os.chown(path, account.uid, account.gid)


def _tree(root: Path) -> Iterator[Path]:
    yield root
    yield from (path for path in root.rglob("*") if not path.is_symlink())


def _add_rights(path: Path, rights: int) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & rights != rights:
        path.chmod(mode | rights)


def _make_account() -> pwd.struct_passwd:
    program = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if program:
        argv = [program, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        subprocess.run([*argv, ACCOUNT_NAME], check=False, capture_output=True)  # noqa: S603  # own list
    try:
        return pwd.getpwnam(ACCOUNT_NAME)
    except KeyError as error:
        raise Unavailable(
            f"PostgreSQL cannot run as root, and the user {ACCOUNT_NAME} could not be made.",
            remedy="Start it as a normal user, or set DATABASE_URL to a PostgreSQL of yours.",
        ) from error
