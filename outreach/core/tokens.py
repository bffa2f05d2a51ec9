"""Public tokens: opaque, signed with 128 bits, bound to one purpose.

A token carries up to a few integers (the key of a row, an attempt) sealed with
AES-SIV (RFC 5297), so nobody can read, alter or invent one, the same integers
give the same token, and a token made for one purpose opens for no other.
"""

from __future__ import annotations

import re
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

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_BITS = 5
_LETTERS = re.compile(f"[{_ALPHABET}]+")
# Python's own digits of base 32, which `int` reads in C.
_TO_DIGITS = str.maketrans(_ALPHABET, "0123456789abcdefghijklmnopqrstuv")
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]


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
    letters = token.lower() if token.isascii() else ""
    bits = len(letters) * _BITS
    spare = bits % 8
    if not _LETTERS.fullmatch(letters) or spare >= _BITS:
        raise _incomplete()
    number = int(letters.translate(_TO_DIGITS), 1 << _BITS)
    # The last letter has bits to spare: one spelling only.
    if number & ((1 << spare) - 1):
        raise _incomplete()
    return (number >> spare).to_bytes(bits // 8, "big")


def _incomplete() -> BadToken:
    return BadToken("This link is not complete.", remedy="Copy the whole link.")


def _encode(sealed: bytes) -> str:
    """RFC 4648 base32; the standard library's is pure Python and takes half of a seal's time."""
    letters = -(-len(sealed) * 8 // _BITS)
    pairs = -(-letters // 2)
    number = int.from_bytes(sealed, "big") << (pairs * 2 * _BITS - len(sealed) * 8)
    shifts = range((pairs - 1) * 2 * _BITS, -1, -2 * _BITS)
    return "".join([_PAIRS[number >> shift & 1023] for shift in shifts])[:letters]
