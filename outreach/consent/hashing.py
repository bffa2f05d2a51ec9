"""The keyed hash of this installation, with the keys from the settings."""

from __future__ import annotations

from functools import lru_cache

from outreach.config.environment import environment
from outreach.consent.key_register import require_known_keys
from outreach.core.keyed_hash import AddressHasher


@lru_cache(maxsize=1)
def hasher() -> AddressHasher:
    """Hashes match keys under every key version.

    The first call of a process asks the database which keys were ever used, and notes new ones.
    Raises BadInput when the keys are not set, or one of those is missing or another one.
    """
    keys = environment().suppression_key_map()
    require_known_keys(keys)
    return AddressHasher(keys)
