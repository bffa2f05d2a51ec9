"""The templates that ship with the program.

They lie beside it, not in it, so that an organisation can change them; an installation that copied
the program alone has none.
"""

from __future__ import annotations

from pathlib import Path

from outreach.core.errors import Unavailable

_BESIDE_US = Path(__file__).resolve().parents[2]


def shipped(name: str, *, beside: Path = _BESIDE_US) -> Path:
    """`templates/NAME`, a file or folder. Raises Unavailable where the templates were left out."""
    path = beside / "templates" / name
    if not path.exists():
        raise Unavailable(
            f"The templates were not installed: {path} is not there.",
            remedy="Install in the folder of the sources, and keep that folder: "
            "pip install --editable . (docs/guides/operators.md, Without Docker).",
        )
    return path
