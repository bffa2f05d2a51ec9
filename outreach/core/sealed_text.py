"""Addresses as they stand in the database where they are encrypted.

AES-256-GCM from `cryptography`, written as `e1:<version of the key>:<base64>`. What text belongs
to which place (table and column) is authenticated: a value that was moved does not open.

Three ways of sealing, by what has to be found again:

- `seal`: every time another result. Nothing can be looked up.
- `seal_alike`: the same text gives the same result under one key, so that it can be unique and be
  looked up. The nonce is a keyed hash of the text: it comes twice only with the same text, and
  then what is encrypted is the same, too. It tells who has the table which rows are equal, as any
  key for look-ups does, a keyed hash included.
- `seal_named`: as `seal`, with a keyed hash of the folded text before it, to look it up without
  regard to capitals.

Pure: keys come from outside. Refuses to know a database.
"""

from __future__ import annotations

import hmac
import os
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from outreach.core.errors import CannotOpen
from outreach.core.fingerprints import derived_key

MARK = "e1:"
_NONCE_BYTES = 12
_NAME_BYTES = 12
_NAME_ENDS = "."  # no letter of base64


@dataclass(frozen=True)
class _Key:
    """What is made of one key: each use has its own."""

    prefix: str
    cipher: AESGCM
    nonces: bytes
    names: bytes

    @classmethod
    def of(cls, version: int, key: bytes) -> _Key:
        return cls(
            f"{MARK}{version}:",
            AESGCM(derived_key(key, "addresses")),
            derived_key(key, "equal addresses"),
            derived_key(key, "names of addresses"),
        )

    def seal(self, text: str, place: str, nonce: bytes) -> str:
        sealed = self.cipher.encrypt(nonce, text.encode(), place.encode())
        return b64encode(nonce + sealed).decode()

    def nonce_of(self, text: str, place: str) -> bytes:
        return hmac.digest(self.nonces, f"{place}\0{text}".encode(), "sha256")[:_NONCE_BYTES]

    def name_of(self, text: str, place: str) -> str:
        told = f"{place}\0{text.casefold()}".encode()
        return b64encode(hmac.digest(self.names, told, "sha256")[:_NAME_BYTES]).decode()


class AddressKeys:
    """Seals under the newest key and opens under all.

    `keys`: version -> 32 secret bytes. `is_off`: what is written now is plain; what was sealed
    before still opens.
    """

    def __init__(self, keys: Mapping[int, bytes], *, is_off: bool = False) -> None:
        if not keys:
            raise ValueError("AddressKeys need at least one key")
        self._keys = {str(v): _Key.of(v, key) for v, key in sorted(keys.items(), reverse=True)}
        self._newest = None if is_off else next(iter(self._keys.values()))

    @property
    def writes(self) -> str:
        """How what is written now begins: `e1:2:`, or "" where it is plain."""
        return self._newest.prefix if self._newest else ""

    def seal(self, text: str, place: str) -> str:
        """`text` for the column `place`. An empty text says nothing and stays empty."""
        if not text or self._newest is None:
            return text
        key = self._newest
        return key.prefix + key.seal(text, place, os.urandom(_NONCE_BYTES))

    def seal_alike(self, text: str, place: str) -> str:
        """The same for the same text."""
        return _alike(self._newest, text, place) if self._newest else text

    def seal_named(self, text: str, place: str) -> str:
        """What `names` find."""
        if not text or self._newest is None:
            return text
        key = self._newest
        name = key.name_of(text, place) + _NAME_ENDS
        return key.prefix + name + key.seal(text, place, os.urandom(_NONCE_BYTES))

    def alike(self, text: str, place: str) -> list[str]:
        """Every form in which `seal_alike` may have left `text`, each key's and the plain one:
        while a key is being changed they stand beside each other."""
        if not text:
            return [text]
        return [*(_alike(key, text, place) for key in self._keys.values()), text]

    def names(self, text: str, place: str) -> list[str]:
        """How each form begins that `seal_named` may have given `text`; the plain one apart."""
        return [
            key.prefix + key.name_of(text, place) + _NAME_ENDS
            for key in (self._keys.values() if text else ())
        ]

    def open(self, stored: str, place: str) -> str:
        """The text of what any of the three made for `place`; what is plain as it is.

        Raises CannotOpen for a key that is not there, another place, or letters that were changed.
        """
        if not stored.startswith(MARK):
            return stored
        _, _, rest = stored.partition(":")
        version, _, body = rest.partition(":")
        key = self._keys.get(version)
        if key is None:
            raise CannotOpen(
                "An address is encrypted with a key that is not set.",
                where="OUTREACH_ADDRESS_KEYS",
                remedy="Put that version back, under its number.",
            )
        return _opened(key, body.rpartition(_NAME_ENDS)[2], place)


def _alike(key: _Key, text: str, place: str) -> str:
    return key.prefix + key.seal(text, place, key.nonce_of(text, place)) if text else text


def _opened(key: _Key, body: str, place: str) -> str:
    try:
        raw = b64decode(body, validate=True)
        plain = key.cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], place.encode())
    except (NotBase64, ValueError, InvalidTag) as error:
        raise CannotOpen(
            "An encrypted address does not open: it was changed, or the key is another one.",
            where="OUTREACH_ADDRESS_KEYS",
            remedy="Compare the keys with those of before; else restore the database.",
        ) from error
    return plain.decode()
