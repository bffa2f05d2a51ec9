"""Secrets that a first start makes by itself, and the made-up accounts of the sandbox.

Kept in `secrets.env` (mode 600) and `event-key.pem`. The never-send list is keyed with
one of them: who deletes the file loses every stop, so it is never rewritten.
"""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from outreach.core.errors import BadInput

LASTING = ("OUTREACH_SECRET_KEY", "OUTREACH_SUPPRESSION_KEYS")
_KEY_BYTES = 32


def stored_secrets(secrets_file: Path, event_key_file: Path) -> dict[str, str]:
    """Reads the secrets, making what is missing. Raises BadInput when the file cannot be read."""
    if not secrets_file.exists():
        public_key = _make_event_key(event_key_file)
        write_private(secrets_file, _as_lines(_new_secrets(public_key)))
    return _parse(secrets_file)


def _new_secrets(event_public_key: str) -> dict[str, str]:
    return {
        "OUTREACH_SECRET_KEY": secrets.token_urlsafe(48),
        "OUTREACH_SUPPRESSION_KEYS": f"1:{secrets.token_hex(_KEY_BYTES)}",
        "OUTREACH_TWILIO_ACCOUNT_SID": f"AC{secrets.token_hex(16)}",
        "OUTREACH_TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        "OUTREACH_SENDGRID_API_KEY": f"SG.{secrets.token_urlsafe(16)}.{secrets.token_urlsafe(32)}",
        "OUTREACH_SENDGRID_WEBHOOK_PUBLIC_KEYS": event_public_key,
        "OUTREACH_INBOUND_SECRET": secrets.token_hex(16),
    }


def _make_event_key(path: Path) -> str:
    """Writes a new P-256 private key; returns the public one as SendGrid prints it (base64 DER)."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    write_private(path, pem.decode())
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(public).decode()


def _as_lines(values: dict[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in values.items())


def write_private(path: Path, text: str) -> None:
    """Whole or not at all, readable by us alone from the first byte."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _parse(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        values = dict(line.split("=", 1) for line in lines if line.strip())
    except (OSError, ValueError) as error:
        raise BadInput(
            f"{path} cannot be read.",
            remedy="Restore it from a backup: without it the never-send list cannot be read.",
        ) from error
    if missing := [name for name in LASTING if not values.get(name)]:
        raise BadInput(f"{path} lacks {', '.join(missing)}.", remedy="Restore it from a backup.")
    return values
