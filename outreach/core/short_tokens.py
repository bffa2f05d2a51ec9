"""Public tokens for text messages, where each letter counts: 22 letters in place of 39.

Two numbers and six zero bytes fill one block of AES; whoever opens a token looks for the zeros
(encode, then encipher: Bellare and Rogaway, ASIACRYPT 2000). So a token shows nothing, the same
numbers give the same one, and a made-up one passes once in 2**48 times.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

# Base 58: nothing that reads as something else, nothing at which a phone ends a link.
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS = {letter: digit for digit, letter in enumerate(_ALPHABET)}
LETTERS = 22
_BLOCK_BYTES = 16
_FIRST_BYTES, _SECOND_BYTES = 4, 6
_ZEROS = bytes(_BLOCK_BYTES - _FIRST_BYTES - _SECOND_BYTES)


def seal_short(key: bytes, purpose: str, first: int, second: int) -> str:
    """`first` below 2**32, `second` below 2**48. Raises OverflowError for more."""
    plain = first.to_bytes(_FIRST_BYTES, "big") + second.to_bytes(_SECOND_BYTES, "big") + _ZEROS
    step = _cipher(key, purpose).encryptor()
    return _write(int.from_bytes(step.update(plain) + step.finalize(), "big"))


def open_short(keys: Sequence[bytes], purpose: str, token: str) -> tuple[int, int] | None:
    """What was sealed under one of `keys`; None for anything that was not."""
    number = _read(token)
    if number is None:
        return None
    for key in keys:
        step = _cipher(key, purpose).decryptor()
        plain = step.update(number.to_bytes(_BLOCK_BYTES, "big")) + step.finalize()
        if plain.endswith(_ZEROS):
            first, second = plain[:_FIRST_BYTES], plain[_FIRST_BYTES : -len(_ZEROS)]
            return int.from_bytes(first, "big"), int.from_bytes(second, "big")
    return None


@lru_cache(maxsize=16)
def _cipher(key: bytes, purpose: str) -> Cipher[modes.ECB]:
    """One block only is ever enciphered, so that no mode has anything to chain."""
    info = b"outreach short token v1\0" + purpose.encode()
    block_key = HKDF(hashes.SHA256(), 32, salt=None, info=info).derive(key)
    return Cipher(algorithms.AES(block_key), modes.ECB())  # noqa: S305  # a single block


def _write(number: int) -> str:
    letters = ""
    for _ in range(LETTERS):
        number, digit = divmod(number, len(_ALPHABET))
        letters = _ALPHABET[digit] + letters
    return letters


def _read(token: str) -> int | None:
    if len(token) != LETTERS or not set(token) <= _DIGITS.keys():
        return None
    number = 0
    for letter in token:
        number = number * len(_ALPHABET) + _DIGITS[letter]
    return number if number < 1 << (8 * _BLOCK_BYTES) else None
