"""Public tokens: opaque, signed with 128 bits, bound to one purpose.

A token carries up to a few integers (the key of a row, an attempt) sealed with
AES-SIV (RFC 5297), so nobody can read, alter or invent one, the same integers
give the same token, and a token made for one purpose opens for no other. After a restore the
database gives numbers again that it gave before: what opens somebody's account or data carries the
moment at which its row was made as well (`moment_number`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from outreach.core.errors import BadToken
from outreach.core.short_tokens import open_short, seal_short

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
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_BITS = 5
_LETTERS = re.compile(f"[{_ALPHABET}]+")
# Python's own digits of base 32, which `int` reads in C.
_TO_DIGITS = str.maketrans(_ALPHABET, "0123456789abcdefghijklmnopqrstuv")
_TO_LETTERS = _ALPHABET.encode().ljust(256, b"?")
_AT_ONCE = 64  # tokens that are spelt together
_SIZES = [bytes([size]) for size in range(256)]
_FIRST_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)


class TokenSealer:
    """Seals and opens tokens. `keys`: secrets, the newest first; old ones still open."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise ValueError("a TokenSealer needs at least one key")
        self._keys = tuple(keys)
        self._ciphers = [AESSIV(_derive(key)) for key in keys]

    def seal(self, purpose: str, *numbers: int) -> str:
        """A URL-safe token (base32, no padding, lower case) for non-negative `numbers`."""
        return self.seal_all(purpose, [numbers])[0]

    def seal_all(self, purpose: str, rows: Sequence[tuple[int, ...]]) -> list[str]:
        """What `seal` gives for each of `rows`, at less than half the cost of one by one."""
        cipher, bound_to = self._ciphers[0], [purpose.encode()]
        sealed = [cipher.encrypt(b"".join(map(_pack, numbers)), bound_to) for numbers in rows]
        if len(sealed) == 1:
            return _encode(sealed, 1)
        parts = (sealed[at : at + _AT_ONCE] for at in range(0, len(sealed), _AT_ONCE))
        return [token for part in parts for token in _encode(part, _AT_ONCE)]

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


# A delivery's number is in three tokens of one message, its step run's in all of a chunk.
@lru_cache(maxsize=4096)
def _pack(number: int) -> bytes:
    size = (number.bit_length() + 7) // 8 or 1
    return _SIZES[size] + number.to_bytes(size, "big")


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


def _encode(sealed: Sequence[bytes], places: int) -> list[str]:
    """Each of `sealed`, at most `places` of them, in RFC 4648 base32.

    The standard library's is pure Python and takes most of a seal's time. Here all bits are one
    integer, in which groups of five are moved to a byte each, half of a token at a time.
    """
    letters = 8
    while letters * _BITS < max(map(len, sealed)) * 8:
        letters *= 2
    room = letters * _BITS // 8
    rows = b"".join([each.ljust(room, b"\0").rjust(letters, b"\0") for each in sealed])
    number = int.from_bytes(rows.ljust(places * letters, b"\0"), "big")
    for staying, moving, bits in _moves(letters, places):
        number = number & staying | (number & moving) << bits
    text = number.to_bytes(places * letters, "big").translate(_TO_LETTERS).decode()
    return [
        text[place * letters : place * letters - (-len(each) * 8 // _BITS)]
        for place, each in enumerate(sealed)
    ]


@lru_cache(maxsize=8)
def _moves(letters: int, places: int) -> list[tuple[int, int, int]]:
    """The masks of what stays and what moves, and how far, from halves down to single letters."""
    moves = []
    half = letters // 2
    while half:
        low = (1 << half * _BITS) - 1
        blocks = places * letters // (2 * half)
        staying, moving = (
            int.from_bytes(mask.to_bytes(2 * half, "big") * blocks, "big")
            for mask in (low, low << half * _BITS)
        )
        moves.append((staying, moving, half * (8 - _BITS)))
        half //= 2
    return moves
