"""Writes `docs/settings.md`, `docs/retention.md` and `.env.example` from what the code says.

With `--check` writes nothing and fails when a file is not what it would write.
"""

from __future__ import annotations

import sys
from pathlib import Path

from outreach.cli.retention_page import retention_page
from outreach.cli.settings_page import settings_example, settings_page

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
    wanted = {
        ROOT / "docs" / "settings.md": settings_page(),
        ROOT / "docs" / "retention.md": retention_page(),
        ROOT / ".env.example": settings_example(),
    }
    if "--check" not in arguments:
        for path, text in wanted.items():
            path.write_text(text, encoding="utf-8")
        return 0
    stale = [path for path, text in wanted.items() if _read(path) != text]
    for path in stale:
        sys.stdout.write(f"{path.relative_to(ROOT)} is not current. Run `make docs`.\n")
    return 1 if stale else 0


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
