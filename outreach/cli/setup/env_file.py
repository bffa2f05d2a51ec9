"""A file of settings, read and changed line by line: what we do not know stays as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping

from outreach.core.errors import BadInput

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)")


def read_settings(text: str, where: str) -> dict[str, str]:
    """Name -> value. Raises BadInput for a line that is no setting."""
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise BadInput(
                "This line is no setting.",
                where=f"{where}:{number}",
                remedy="Write NAME=value, or begin it with # if it is a comment.",
            )
        found[match[1]] = _bare(match[2].strip())
    return found


def with_settings(text: str, changes: Mapping[str, str]) -> str:
    """`text` with these settings: in their old place where they had one, else at the end.

    `changes`: values that need no quotation marks.
    """
    left = dict(changes)
    lines = []
    for line in text.splitlines():
        match = _LINE.fullmatch(line.strip())
        name = match[1] if match else ""
        if name in changes:
            if name in left:  # a second line of the name would win
                lines.append(f"{name}={left.pop(name)}")
        else:
            lines.append(line)
    lines += [f"{name}={value}" for name, value in left.items()]
    return "\n".join(lines) + "\n"


def _bare(value: str) -> str:
    for mark in ("'", '"'):
        if len(value) > 1 and value.startswith(mark) and value.endswith(mark):
            return value[1:-1]
    return value.split(" #", maxsplit=1)[0].rstrip()
