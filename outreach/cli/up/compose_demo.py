"""`python -m outreach.cli.up.compose_demo FOLDER`: the settings of the compose file's demo.

Writes `FOLDER/compose.env`, the files of the secrets and the sandbox's event key once; a second
call changes nothing. `docker-compose.yml` says how to use them.
"""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

from outreach.cli.setup.files import new_secrets, write_secrets
from outreach.cli.up.credentials import stored_secrets, write_private

_EVENT_KEY = "event-key.pem"
# The workers share its network, see docker-compose.demo.yml: mode demo sends to loopback only.
_SANDBOX_URL = "http://127.0.0.1:8002"
_SETTINGS = {
    "OUTREACH_ENV_FILE": ".outreach/compose.env",
    "OUTREACH_SECRETS": "./.outreach/secrets",
    "OUTREACH_MODE": "demo",
    "OUTREACH_TWILIO_BASE_URL": _SANDBOX_URL,
    "OUTREACH_SENDGRID_BASE_URL": _SANDBOX_URL,
    "OUTREACH_SANDBOX_URL": "http://127.0.0.1:8002",
    "OUTREACH_WEBHOOK_URL": "http://webhooks:8001",
    "OUTREACH_INBOUND_DOMAIN": "replies.outreach.example",
}


def write_compose_demo(folder: Path) -> None:
    """Makes the files where they are missing. Raises BadInput for unreadable secrets."""
    target = folder / "compose.env"
    if target.exists():
        return
    stored = stored_secrets(folder / "secrets.env", folder / _EVENT_KEY)
    # The container's user is another one; the key signs nothing but the sandbox's events.
    (folder / _EVENT_KEY).chmod(0o644)
    lasting = {
        "secret_key": stored["OUTREACH_SECRET_KEY"],
        "suppression_keys": stored["OUTREACH_SUPPRESSION_KEYS"],
    }
    write_secrets(folder / "secrets", {**new_secrets(secrets.token_hex(24)), **lasting})
    values = {**_SETTINGS, **stored}
    write_private(target, "".join(f"{name}={value}\n" for name, value in values.items()))


if __name__ == "__main__":
    write_compose_demo(Path(sys.argv[1]))
