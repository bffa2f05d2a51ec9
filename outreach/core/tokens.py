"""Public tokens: opaque, signed with 128 bits, bound to one purpose.

A token carries up to a few integers (the key of a row, an attempt) sealed with
AES-SIV (RFC 5297), so nobody can read, alter or invent one, the same integers
give the same token, and a token made for one purpose opens for no other. After a restore the
database gives numbers again that it gave before: what opens somebody's account or data carries the
moment at which its row was made as well (`moment_number`).
"""

from __future__ import annotations

import re
from base64 import b32encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from outreach.core.errors import BadToken
from outreach.core.short_tokens import open_short, seal_short
from outreach.core.token_batches import ALPHABET, BatchCipher, columns_of, spelt

DELIVERY_STATUS = "delivery-status"
NOTICE_STATUS = "notice-status"
STOP_LINK = "stop-link"
REPLY_TO = "reply-to"
JOIN_LINK = "join-link"
PREFERENCES = "preferences"
# The first number of a PREFERENCES token: made for a message, or for an address on a day.
PREFERENCES_BY_DELIVERY = 1
PREFERENCES_BY_ADDRESS = 2
ANSWER_LINK = "answer-link"
OWN_DATA = "own-data"
OWN_DATA_OPEN = "own-data-open"
TEST_ALERT = "test-alert"
STAFF_LINK = "staff-link"
FORM_STAMP = "form-stamp"
API_CURSOR = "api-cursor"
API_DELIVERY = "api-delivery"

# What a text carries, and what may be tried out: 48 bits guard it in place of 128.
_ALSO_SHORT = frozenset({STOP_LINK})
_BITS = 5
_LETTERS = re.compile(f"[{ALPHABET.decode()}]+")
# Python's own digits of base 32, which `int` reads in C.
_TO_DIGITS = str.maketrans(ALPHABET.decode(), "0123456789abcdefghijklmnopqrstuv")
_WORTH_IT = 8  # rows: fewer cost less one by one
_FIRST_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)


class TokenSealer:
    """Seals and opens tokens. `keys`: secrets, the newest first; old ones still open."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise ValueError("a TokenSealer needs at least one key")
        self._keys = tuple(keys)
        self._ciphers = [AESSIV(_derive(key)) for key in keys]
        self._batches = BatchCipher(_derive(keys[0]))

    def seal(self, purpose: str, *numbers: int) -> str:
        """A URL-safe token (base32, no padding, lower case) for non-negative `numbers`."""
        sealed = self._ciphers[0].encrypt(b"".join(map(_pack, numbers)), [purpose.encode()])
        return b32encode(sealed).decode().rstrip("=").lower()

    def seal_all(self, purpose: str, rows: Sequence[tuple[int, ...]]) -> list[str]:
        """What `seal` gives for each of `rows`, at an eighth of the cost of one by one."""
        columns = columns_of(rows) if len(rows) >= _WORTH_IT else None
        if columns is None:
            return [self.seal(purpose, *numbers) for numbers in rows]
        return spelt(self._batches.encrypt(columns, purpose.encode()))

    def seal_short(self, purpose: str, first: int, second: int) -> str:
        """A token of two numbers for a text message; `open` opens it like any other.

        Fewer bits guard it, so `purpose` is one of those that only stop.
        """
        if purpose not in _ALSO_SHORT:
            raise ValueError(f"a {purpose} token must be a long one")
        return seal_short(self._keys[0], purpose, first, second)

    def open(self, purpose: str, token: str) -> tuple[int, ...]:
        """The numbers that were sealed. Raises BadToken for anything we did not seal for this."""
        if purpose in _ALSO_SHORT and (numbers := open_short(self._keys, purpose, token)):
            return numbers
        sealed = _decode(token)
        for cipher in self._ciphers:
            try:
                return _unpack(cipher.decrypt(sealed, [purpose.encode()]))
            except (InvalidTag, ValueError):
                continue
        raise BadToken("This link is not valid.", remedy="Use the link from the latest message.")


def moment_number(moment: datetime) -> int:
    """Microseconds since 1970, as exact as PostgreSQL keeps it, of an aware `moment`.

    Beside a row's number it tells the row from another that got the same number later.
    """
    return (moment - _FIRST_MOMENT) // timedelta(microseconds=1)


@lru_cache(maxsize=16)
def _derive(key: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=b"outreach token v1").derive(key)


def _pack(number: int) -> bytes:
    size = (number.bit_length() + 7) // 8 or 1
    return bytes([size]) + number.to_bytes(size, "big")


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
