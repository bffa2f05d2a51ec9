"""Public tokens: opaque, signed with 128 bits, bound to one purpose.

A token carries up to a few integers (the key of a row, an attempt) sealed with
AES-SIV (RFC 5297), so nobody can read, alter or invent one, the same integers
give the same token, and a token made for one purpose opens for no other.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from outreach.core.errors import BadToken

DELIVERY_STATUS = "delivery-status"
NOTICE_STATUS = "notice-status"
STOP_LINK = "stop-link"
REPLY_TO = "reply-to"


class TokenSealer:
    """Seals and opens tokens. `keys`: secrets, the newest first; old ones still open."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise ValueError("a TokenSealer needs at least one key")
        self._ciphers = [AESSIV(_derive(key)) for key in keys]

    def seal(self, purpose: str, *numbers: int) -> str:
        """A URL-safe token (base32, no padding, lower case) for non-negative `numbers`."""
        plain = b"".join(_pack(number) for number in numbers)
        sealed = self._ciphers[0].encrypt(plain, [purpose.encode()])
        return _encode(sealed)

    def open(self, purpose: str, token: str) -> tuple[int, ...]:
        """The numbers that were sealed. Raises BadToken for anything we did not seal for this."""
        sealed = _decode(token)
        for cipher in self._ciphers:
            try:
                return _unpack(cipher.decrypt(sealed, [purpose.encode()]))
            except (InvalidTag, ValueError):
                continue
        raise BadToken("This link is not valid.", remedy="Use the link from the latest message.")


@lru_cache(maxsize=16)
def _derive(key: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=b"outreach token v1").derive(key)


def _pack(number: int) -> bytes:
    body = number.to_bytes((number.bit_length() + 7) // 8 or 1, "big")
    return bytes([len(body)]) + body


def _unpack(plain: bytes) -> tuple[int, ...]:
    numbers: list[int] = []
    at = 0
    while at < len(plain):
        end = at + 1 + plain[at]
        numbers.append(int.from_bytes(plain[at + 1 : end], "big"))
        at = end
    return tuple(numbers)


def _decode(token: str) -> bytes:
    try:
        sealed = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except (binascii.Error, ValueError) as error:
        raise BadToken("This link is not complete.", remedy="Copy the whole link.") from error
    # The last letter has bits to spare, and "\u017f" is an "s" in capitals: one spelling only.
    if _encode(sealed) != token.lower():
        raise BadToken("This link is not complete.", remedy="Copy the whole link.")
    return sealed


def _encode(sealed: bytes) -> str:
    return base64.b32encode(sealed).decode().rstrip("=").lower()
