"""Names of keys: what may be shown, noted and compared in a key's place."""

from __future__ import annotations

import hashlib
import hmac

_SHOWN = 16


def fingerprint(key: bytes) -> str:
    """Sixteen hexadecimal digits that tell keys apart and say nothing about them."""
    return hashlib.sha256(b"outreach key fingerprint\0" + key).hexdigest()[:_SHOWN]


def derived_key(secret: bytes, purpose: str) -> bytes:
    """A key for one purpose alone, 32 bytes, made of a secret that has others too."""
    return hmac.new(secret, f"outreach key for {purpose}".encode(), hashlib.sha256).digest()
