"""An uploaded file, encrypted while a school looks at it.

Owns the key and the binding of each file to its upload. AES-256-GCM under a key derived from
the installation's secret: a copy of the database alone shows nobody's list.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from outreach.config.environment import environment
from outreach.core.errors import NotNow

_NONCE_BYTES = 12


def seal(content: bytes, bound_to: str) -> bytes:
    """`bound_to`: what it belongs to (the upload's uuid); opens for nothing else."""
    nonce = os.urandom(_NONCE_BYTES)
    key = _cipher(environment().secret_key)
    return nonce + key.encrypt(nonce, content, bound_to.encode())


def unseal(sealed: bytes | memoryview, bound_to: str) -> bytes:
    """The content. Raises NotNow when no key of the settings opens it."""
    env = environment()
    nonce, rest = bytes(sealed[:_NONCE_BYTES]), bytes(sealed[_NONCE_BYTES:])
    for secret in (env.secret_key, *env.secret_key_old):
        try:
            return _cipher(secret).decrypt(nonce, rest, bound_to.encode())
        except InvalidTag:
            continue
    raise NotNow("This upload cannot be opened any more.", remedy="Upload the file again.")


def seal_mends(mends: Mapping[tuple[int, int], str], bound_to: str) -> bytes:
    """The mended cells: (row, position from 1) -> text."""
    listed = [[row, position, text] for (row, position), text in sorted(mends.items())]
    return seal(json.dumps(listed).encode(), f"{bound_to}:mends")


def unseal_mends(sealed: bytes | memoryview | None, bound_to: str) -> dict[tuple[int, int], str]:
    if not sealed:
        return {}
    listed = json.loads(unseal(sealed, f"{bound_to}:mends"))
    return {(row, position): text for row, position, text in listed}


@lru_cache(maxsize=4)
def _cipher(secret: str) -> AESGCM:
    derived = HKDF(hashes.SHA256(), 32, salt=None, info=b"outreach roster upload v1")
    return AESGCM(derived.derive(secret.encode()))
