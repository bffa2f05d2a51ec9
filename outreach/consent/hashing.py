"""The keyed hash of this installation, with the keys from the settings."""

from __future__ import annotations

from functools import lru_cache

from outreach.config.environment import environment
from outreach.core.keyed_hash import AddressHasher


@lru_cache(maxsize=1)
def hasher() -> AddressHasher:
    """Hashes match keys under every key version. Raises BadInput when the keys are not set."""
    return AddressHasher(environment().suppression_key_map())
