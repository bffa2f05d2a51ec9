"""The keyed hash under which a "never send here" outlives the person.

HMAC-SHA-256 of channel and match key. Keys carry versions; they are added, never
dropped, because a suppression made under an old key must still be found.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class KeyedHash:
    """`version`: which key. `digest`: 32 bytes."""

    version: int
    digest: bytes


class AddressHasher:
    """Hashes addresses under every key we ever had. `keys`: version -> secret."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        if not keys:
            raise ValueError("an AddressHasher needs at least one key")
        self._keys = dict(sorted(keys.items()))

    @property
    def newest_version(self) -> int:
        return max(self._keys)

    def newest(self, channel: str, match_key: str) -> KeyedHash:
        version = self.newest_version
        return KeyedHash(version, self._digest(version, channel, match_key))

    def every(self, channel: str, match_key: str) -> list[KeyedHash]:
        """One hash per key version, oldest first."""
        return [KeyedHash(v, self._digest(v, channel, match_key)) for v in self._keys]

    def _digest(self, version: int, channel: str, match_key: str) -> bytes:
        text = f"{channel}\0{match_key}".encode()
        return hmac.new(self._keys[version], text, hashlib.sha256).digest()
