"""Where the embedded servers put their Unix sockets.

A socket path may have 107 bytes on Linux and 103 on macOS, and it stands in URLs and in
PostgreSQL's list of folders. So the socket of a project in a deep or oddly named folder
lies in a short one under the system's temporary folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
import tempfile
from pathlib import Path

from outreach.core.errors import Unavailable

_LONGEST_SOCKET_PATH_BYTES = 103  # macOS; Linux allows four more
_ODD = re.compile(rb"[^A-Za-z0-9/._+-]")
_LAST_RESORT = Path("/tmp")  # noqa: S108  # made private and checked for its owner below


def socket_folder(home: Path, socket_name: str, owner_uid: int) -> Path:
    """`home` itself, or a private folder of `owner_uid` with a short path; it exists afterwards.

    The answer is the same for the same `home`, so that a second start finds the first
    one's socket. Raises Unavailable when somebody else has taken the short folder's name.
    """
    if _fits(home / socket_name):
        return home
    name = f"outreach-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"
    bases = [Path(tempfile.gettempdir()), _LAST_RESORT]
    folder = next((base / name for base in bases if _fits(base / name / socket_name)), None)
    if folder is None:
        raise Unavailable(
            f"No folder with a path short enough for {socket_name} was found.",
            remedy="Set TMPDIR to a folder with a short path.",
        )
    _make_private(folder, owner_uid)
    return folder


def leave_socket_folder(home: Path, socket_name: str, owner_uid: int) -> None:
    """Clears away the short folder, if there was need of one, after its server has stopped."""
    folder = socket_folder(home, socket_name, owner_uid)
    if folder != home:
        (folder / socket_name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # something else is in it: leave it
            folder.rmdir()


def _fits(path: Path) -> bool:
    encoded = os.fsencode(path)
    return len(encoded) <= _LONGEST_SOCKET_PATH_BYTES and not _ODD.search(encoded)


def _make_private(folder: Path, owner_uid: int) -> None:
    # The name is predictable and the parent is everybody's: refuse what others laid there.
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {owner_uid, os.geteuid()}:
        raise Unavailable(
            f"{folder} belongs to another user.",
            remedy="Remove it, or set TMPDIR.",
        )
    folder.chmod(0o700)
    if found.st_uid != owner_uid:
        os.chown(folder, owner_uid, -1)
