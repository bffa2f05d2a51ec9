"""Secrets and signatures, as Standard Webhooks 1.0 says (standardwebhooks.com, read 2026-11-22).

Kept is a secret sealed with the installation's key, because every message needs it again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from outreach.config.environment import environment
from outreach.core.errors import NotNow

_PREFIX = "whsec_"
_SECRET_BYTES = 32


def new_secret() -> str:
    """whsec_ and 256 random bits in base64."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def sealed(secret: str) -> bytes:
    return _box().encrypt(secret.encode())


def opened(secret: bytes) -> str:
    """Raises NotNow for one that was sealed with a key that this installation no longer has."""
    try:
        return _box().decrypt(bytes(secret)).decode()
    except InvalidToken:
        raise NotNow(
            "The secret of this endpoint cannot be opened.",
            remedy="Put the old key into OUTREACH_SECRET_KEY_OLD, or make the secret anew.",
        ) from None


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 over id, time (Unix seconds) and body, in base64."""
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _box() -> MultiFernet:
    env = environment()
    return MultiFernet([Fernet(_derived(key)) for key in (env.secret_key, *env.secret_key_old)])


def _derived(key: str) -> bytes:
    derive = HKDF(hashes.SHA256(), 32, salt=None, info=b"outreach webhook secret v1")
    return base64.urlsafe_b64encode(derive.derive(key.encode()))
