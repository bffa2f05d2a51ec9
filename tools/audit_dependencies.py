"""Asks PyPI for known holes in the versions of requirements.lock, with pip-audit.

python tools/audit_dependencies.py     exit code 1 where there is one

PyPI itself has to be asked: mirrors do not know them, and then have no page of a single version
either. Where it cannot be reached nothing is audited, and the one line that is written says so.
"""

from __future__ import annotations

import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Any version of any package that PyPI will always have.
_PAGE = "https://pypi.org/pypi/jinja2/3.1.5/json"
_SECONDS = 10
_AUDIT = (
    *("tool", "run", "--quiet", "pip-audit==2.10.1", "--requirement", "requirements.lock"),
    *("--no-deps", "--disable-pip", "--strict", "--progress-spinner", "off"),
)


def main() -> int:
    """Exit code 1 where a hole is known."""
    if not _pypi_answers():
        sys.stdout.write("PyPI is not reachable: dependencies are NOT audited for known holes.\n")
        return 0
    uv = Path(sys.executable).parent / "uv"
    return subprocess.run([uv, *_AUDIT], cwd=ROOT, check=False).returncode  # noqa: S603  # own words


def _pypi_answers() -> bool:
    try:
        with urllib.request.urlopen(_PAGE, timeout=_SECONDS):
            return True
    except (urllib.error.URLError, TimeoutError):
        return False


if __name__ == "__main__":
    sys.exit(main())
