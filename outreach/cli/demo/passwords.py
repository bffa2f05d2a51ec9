"""The demo's passwords: made once, kept in the state folder for its owner alone."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from outreach.cli.up.credentials import write_private
from outreach.cli.up.state import INSTANCE_VARIABLE
from outreach.core.errors import BadInput

_FILE = "demo-sign-in.json"


def state_folder() -> Path:
    """Where a running `outreach up` keeps its state, else ./.outreach."""
    named = os.environ.get("OUTREACH_STATE_DIR") or os.environ.get(INSTANCE_VARIABLE)
    return Path(named or ".outreach")


def stored_passwords(folder: Path, emails: tuple[str, ...]) -> dict[str, str]:
    """Email -> password, making what is missing. Raises BadInput for a damaged file."""
    path = folder / _FILE
    known = _read(path) if path.exists() else {}
    missing = [email for email in emails if email not in known]
    if missing:
        known |= {email: secrets.token_urlsafe(12) for email in missing}
        folder.mkdir(parents=True, exist_ok=True)
        write_private(path, json.dumps(known, indent=2) + "\n")
    return {email: known[email] for email in emails}


def _read(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {str(email): str(password) for email, password in found.items()}
    except (ValueError, AttributeError) as error:
        raise BadInput(
            f"{path} cannot be read.", remedy="Delete it; new passwords are made then."
        ) from error
