"""The environment that our processes get.

In mode demo it is made here alone (promise 13): whatever real keys, relays or proxies the
caller's environment holds are left out, and the made-up ones of the sandbox take their place.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from outreach.cli.up.credentials import LASTING
from outreach.cli.up.processes import Bindings
from outreach.cli.up.state import INSTANCE_VARIABLE

_DEMO_DROPS = (
    *("OUTREACH_TWILIO_", "OUTREACH_SENDGRID_", "OUTREACH_SMTP_"),
    *("OUTREACH_VONAGE_", "OUTREACH_SES_"),
    *("OUTREACH_IMAP_", "OUTREACH_INBOUND_"),
)
_DEMO_DROPS_FOREIGN = ("TWILIO_", "SENDGRID_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
# Reserved for examples (RFC 2606): mail to it reaches nobody.
_DEMO_INBOUND_DOMAIN = "replies.outreach.example"


def children_environment(
    *,
    given: Mapping[str, str],
    secrets: Mapping[str, str],
    state_root: Path,
    database_url: str,
    redis_url: str,
    bindings: Bindings,
) -> dict[str, str]:
    """What every process gets in any mode. `given`: the caller's environment.

    The two lasting secrets come from `secrets` where the caller has none of his own.
    """
    # Secrets given as files were read by the settings already.
    kept = {name: value for name, value in given.items() if not _is_file_reference(name)}
    lasting = {name: secrets[name] for name in LASTING if not given.get(name)}
    programs = str(Path(sys.executable).parent)
    return {
        "OUTREACH_PUBLIC_URL": f"http://{bindings.host}:{bindings.web_port}",
        "OUTREACH_WEBHOOK_URL": bindings.webhook_url,
        **kept,
        **lasting,
        INSTANCE_VARIABLE: str(state_root),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "PATH": os.pathsep.join([programs, given.get("PATH", os.defpath)]),
        "PYTHONUNBUFFERED": "1",
    }


def demo_environment(
    base: Mapping[str, str], *, secrets: Mapping[str, str], bindings: Bindings, clock_text: str
) -> dict[str, str]:
    """`base` with everything that could reach a real person replaced. `clock_text`: "" for none."""
    kept = {name: value for name, value in base.items() if not _is_dropped_in_demo(name)}
    made_up = {name: value for name, value in secrets.items() if name not in LASTING}
    sandbox = f"http://{bindings.host}:{bindings.sandbox_port}"
    return {
        **kept,
        **made_up,
        "OUTREACH_MODE": "demo",
        "OUTREACH_TWILIO_BASE_URL": sandbox,
        "OUTREACH_SENDGRID_BASE_URL": sandbox,
        "OUTREACH_SANDBOX_URL": sandbox,
        "OUTREACH_INBOUND_DOMAIN": _DEMO_INBOUND_DOMAIN,
        "OUTREACH_PUBLIC_URL": f"http://{bindings.host}:{bindings.web_port}",
        "OUTREACH_WEBHOOK_URL": bindings.webhook_url,
        "OUTREACH_DEMO_CLOCK": clock_text,
    }


def _is_file_reference(name: str) -> bool:
    ours = name.startswith("OUTREACH_") or name in {"DATABASE_URL_FILE", "REDIS_URL_FILE"}
    return ours and name.endswith("_FILE")


def _is_dropped_in_demo(name: str) -> bool:
    return name.startswith(_DEMO_DROPS) or name.upper().startswith(_DEMO_DROPS_FOREIGN)
