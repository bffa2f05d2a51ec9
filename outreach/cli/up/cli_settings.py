"""What another terminal needs to talk to this installation: a file that its shell reads.

It holds the secrets that were made here, as `secrets.env` beside it does, so it is for us alone.
What the caller's own environment had is not written down: such a terminal has to export it too.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from outreach.cli.up.credentials import write_private
from outreach.cli.up.state import INSTANCE_VARIABLE

_NAMES = ("DATABASE_URL", "REDIS_URL")


def write_cli_settings(
    path: Path, environment: Mapping[str, str], *, given: Mapping[str, str]
) -> None:
    """`environment`: of our processes. `given`: the caller's."""
    lines = [
        f"export {name}={shlex.quote(value)}"
        for name, value in sorted(environment.items())
        if _is_setting(name) and given.get(name) != value
    ]
    programs = environment["PATH"].split(os.pathsep, maxsplit=1)[0]
    lines.append(f'export PATH={shlex.quote(programs)}:"$PATH"')
    write_private(path, "\n".join(lines) + "\n")


def how_to_use(path: Path) -> str:
    """A line for the shell that asks the doctor, with the path as short as it can be."""
    here = Path.cwd()
    # A name without a slash would be looked for in PATH.
    shown = f"./{path.relative_to(here)}" if path.is_relative_to(here) else str(path)
    return f". {shlex.quote(shown)} && outreach doctor"


def _is_setting(name: str) -> bool:
    # A process with the mark of this start would be stopped as one of ours.
    return name in _NAMES or (name.startswith("OUTREACH_") and name != INSTANCE_VARIABLE)
