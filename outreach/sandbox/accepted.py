"""The count of what was accepted, by token, so that a message that went twice always shows.

Tokens of dropped messages stay known as 64-bit hashes, some 70 bytes each; at a
million tokens the chance of one false alarm is below one in ten million.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class AcceptedLedger:
    """`messages`: accepted in all. `duplicates`: token -> how often it was accepted, from 2 on."""

    messages: int = 0
    requests: int = 0
    without_token: int = 0
    duplicates: Counter[str] = field(default_factory=Counter)
    _seen: set[int] = field(default_factory=set)

    @property
    def distinct_tokens(self) -> int:
        return len(self._seen)

    def note(self, token: str) -> None:
        self.messages += 1
        if not token:
            self.without_token += 1
            return
        key = _short(token)
        if key in self._seen:
            self.duplicates[token] = max(self.duplicates[token], 1) + 1
        self._seen.add(key)

    def has(self, token: str) -> bool:
        return _short(token) in self._seen


def _short(token: str) -> int:
    return int.from_bytes(hashlib.blake2b(token.encode(), digest_size=8).digest(), "big")
