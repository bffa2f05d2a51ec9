"""Many tokens at once, each letter for letter the one that is sealed by itself.

Numbers in a token are nearly always shorter than one block of AES. For those, AES-SIV (RFC 5297,
sections 2.4 to 2.6) enciphers two blocks: one makes the tag, the other hides the numbers. Here the
first blocks of all rows are one call of the cipher, the second ones another, and all letters are
spelt together: an eighth of the price of one by one. Refuses to open anything.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

ALPHABET = b"abcdefghijklmnopqrstuvwxyz234567"
_TO_LETTERS = ALPHABET.ljust(256, b"?")
# Base 32 writes five bytes as eight letters of five bits.
_FIVE, _EIGHT = 5, 8
_BLOCK = 16
_ENDS = b"\x80"  # a text that is shorter than a block; zeros follow (section 2.1)
_CARRY = 0x87  # of doubling (section 2.3)
_COUNTER = 0xFFFFFFFFFFFFFFFF_7FFFFFFF_7FFFFFFF  # the part of a tag that counting starts from

# Texts of one length: the first byte of each, then the second of each, and so on.
Columns = Sequence[bytes]


def columns_of(rows: Sequence[tuple[int, ...]]) -> Columns | None:
    """The numbers of each row as a token has them: the size of each in bytes, and it.

    None where that is not one length for all, or as long as a block: seal those one by one.
    """
    if len(set(map(len, rows))) != 1:
        return None
    columns: list[bytes] = []
    for numbers in zip(*rows, strict=True):
        found = _columns_of(numbers)
        if found is None:
            return None
        columns += found
    return columns if 0 < len(columns) < _BLOCK else None


def _columns_of(numbers: tuple[int, ...]) -> list[bytes] | None:
    try:
        wide = struct.pack(f">{len(numbers)}Q", *numbers)
    except struct.error:
        return None
    found = [wide[place::8] for place in range(8)]
    while len(found) > 1 and found[0].count(0) == len(numbers):
        del found[0]
    if len(found) > 1 and 0 in found[0]:
        return None
    return [bytes([len(found)]) * len(numbers), *found]


class BatchCipher:
    """Seals as `AESSIV(key)` does. `key`: 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._tag_key, hiding_key = key[: len(key) // 2], key[len(key) // 2 :]
        # One block at a time is enciphered, so that no mode has anything to chain.
        self._tags = Cipher(algorithms.AES(self._tag_key), modes.ECB())  # noqa: S305
        self._hiding = Cipher(algorithms.AES(hiding_key), modes.ECB())  # noqa: S305
        self._begins = lru_cache(maxsize=64)(self._beginning)

    def encrypt(self, texts: Columns, bound_to: bytes) -> Columns:
        """Tag and hidden text of each. `texts`: shorter than a block."""
        rows = len(texts[0])
        padded = bytearray(_BLOCK * rows)
        for place, column in enumerate([*texts, _ENDS * rows]):
            padded[place::_BLOCK] = column
        plain = int.from_bytes(padded, "big")
        tags = _enciphered(self._tags, plain ^ _repeated(self._begins(bound_to), rows), rows)
        counters = int.from_bytes(tags, "big") & _repeated(_COUNTER, rows)
        stream = _enciphered(self._hiding, counters, rows)
        hidden = (int.from_bytes(stream, "big") ^ plain).to_bytes(_BLOCK * rows, "big")
        return [
            *(tags[place::_BLOCK] for place in range(_BLOCK)),
            *(hidden[place::_BLOCK] for place in range(len(texts))),
        ]

    def _beginning(self, bound_to: bytes) -> int:
        """What every padded text is combined with before its block is enciphered: S2V of
        `bound_to` (section 2.4), doubled, and the subkey of CMAC for a whole block."""
        begun = _doubled(self._cmac(bytes(_BLOCK))) ^ self._cmac(bound_to)
        subkey = _doubled(int.from_bytes(_enciphered(self._tags, 0, 1), "big"))
        return _doubled(begun) ^ subkey

    def _cmac(self, text: bytes) -> int:
        mac = CMAC(algorithms.AES(self._tag_key))
        mac.update(text)
        return int.from_bytes(mac.finalize(), "big")


def _enciphered(cipher: Cipher[modes.ECB], blocks: int, rows: int) -> bytes:
    step = cipher.encryptor()
    return step.update(blocks.to_bytes(_BLOCK * rows, "big")) + step.finalize()


def _doubled(block: int) -> int:
    whole = 1 << _BLOCK * 8
    return block << 1 if block << 1 < whole else block << 1 ^ whole ^ _CARRY


@lru_cache(maxsize=64)
def _repeated(block: int, rows: int) -> int:
    return int.from_bytes(block.to_bytes(_BLOCK, "big") * rows, "big")


def spelt(texts: Columns) -> list[str]:
    """Each text in RFC 4648 base32, without padding, in lower case.

    All bits are one integer, in which groups of five are moved to a byte each: first a group of
    eight letters in halves, then its halves, then pairs of letters.
    """
    rows = len(texts[0])
    groups = -(-len(texts) // _FIVE)
    width = groups * _EIGHT
    spread = bytearray(width * rows)
    for place, column in enumerate(texts):
        group, byte = divmod(place, _FIVE)
        spread[group * _EIGHT + _EIGHT - _FIVE + byte :: width] = column
    bits = int.from_bytes(spread, "big")
    for staying, moving, far in _moves(rows * groups):
        bits = bits & staying | (bits & moving) << far
    letters = bits.to_bytes(width * rows, "big").translate(_TO_LETTERS).decode()
    length = -(-len(texts) * 8 // _FIVE)
    return [letters[at : at + length] for at in range(0, width * rows, width)]


@lru_cache(maxsize=16)
def _moves(groups: int) -> list[tuple[int, int, int]]:
    """The masks of what stays and what moves, and how far, in so many groups of eight letters."""
    moves = []
    half = _EIGHT // 2
    while half:
        low = (1 << half * _FIVE) - 1
        blocks = groups * _EIGHT // (2 * half)
        staying, moving = (
            int.from_bytes(mask.to_bytes(2 * half, "big") * blocks, "big")
            for mask in (low, low << half * _FIVE)
        )
        moves.append((staying, moving, half * (8 - _FIVE)))
        half //= 2
    return moves
