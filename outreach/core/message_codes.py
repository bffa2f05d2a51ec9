"""The short code of a message, for parents who ask whether it is genuine.

Names a step of a send and a school, never a person. A part of it is a keyed check, so that a
made-up code is very probably refused; whoever copies a real one shows the real wording.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence

from outreach.core.errors import BadToken

# Crockford's base 32: no I, L, O, U, which people read as something else.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("ILO", "110")
_SEPARATOR = re.compile(r"[^0-9A-Z]+")
_CHECK_LETTERS = 4
_LONGEST = 40
_PARTS = 3


def message_code(key: bytes, step_run_id: int, school_id: int) -> str:
    """ "1F-3A-9K7Q". `key`: the installation's secret."""
    numbers = f"{_write(step_run_id)}-{_write(school_id)}"
    return f"{numbers}-{_check(key, numbers)}"


def read_message_code(keys: Sequence[bytes], code: str) -> tuple[int, int]:
    """Step run and school. `keys`: the newest first. Raises BadToken for a code that none made."""
    parts = _SEPARATOR.split(code[:_LONGEST].upper().translate(_MISREAD).strip())
    parts = [part for part in parts if part]
    if len(parts) == _PARTS:
        numbers = f"{parts[0]}-{parts[1]}"
        if any(hmac.compare_digest(_check(key, numbers), parts[2]) for key in keys):
            return _read(parts[0]), _read(parts[1])
    raise BadToken("This is not a code of ours.", remedy="Copy it from the end of the mail.")


def _check(key: bytes, numbers: str) -> str:
    digest = hmac.new(key, f"message code\0{numbers}".encode(), hashlib.sha256).digest()
    number = int.from_bytes(digest[:4], "big")
    return "".join(_ALPHABET[number >> (5 * place) & 31] for place in range(_CHECK_LETTERS))


def _write(number: int) -> str:
    letters = ""
    while True:
        number, digit = divmod(number, 32)
        letters = _ALPHABET[digit] + letters
        if not number:
            return letters


def _read(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 32 + _ALPHABET.index(letter)
    return number
