"""Keys with versions as a setting has them: `1:<hex>,2:<hex>`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from outreach.core.errors import BadInput

_KEY_BYTES = 32
_MAKE_ONE = "Make one with: python -c 'import secrets; print(secrets.token_hex(32))'."
_OFF = "off"
Version = TypeVar("Version", int, str)


def read_keys(text: str, setting: str) -> dict[int, bytes]:
    """Version -> key. Raises BadInput, naming `setting`, for what is no list of keys."""
    return _keys(_versions(text, setting), setting)


def read_keys_or_off(text: str, setting: str) -> tuple[dict[int, bytes], bool]:
    """The same, and whether the newest version is the word `off`."""
    versions = _versions(text, setting)
    off = {version for version, digits in versions.items() if digits == _OFF}
    keys = _keys({v: digits for v, digits in versions.items() if v not in off}, setting)
    if off and (off != {max(versions)} or not keys):
        raise BadInput(
            "`off` can only be the newest version, after the keys of before.",
            where=setting,
            remedy="Write it as 1:<hex>,2:off.",
        )
    return keys, bool(off)


def strange_keys(
    recorded: Mapping[Version, str], ours: Mapping[Version, str]
) -> tuple[list[Version], list[Version]]:
    """The versions of `recorded` that are missing in `ours`, and those that are another key.

    Both: version -> fingerprint.
    """
    lost = [version for version in recorded if version not in ours]
    changed = [v for v, name in recorded.items() if v in ours and ours[v] != name]
    return lost, changed


def _versions(text: str, setting: str) -> dict[int, str]:
    try:
        pairs = [part.split(":", 1) for part in text.split(",") if part.strip()]
        versions = {int(version): digits.strip() for version, digits in pairs}
    except ValueError as error:
        raise _unreadable(setting) from error
    if len(versions) < len(pairs):
        raise BadInput(
            "A version of the keys stands twice.",
            where=setting,
            remedy="Give each key a number of its own, as in 1:<hex>,2:<hex>.",
        )
    return versions


def _keys(versions: Mapping[int, str], setting: str) -> dict[int, bytes]:
    try:
        keys = {version: bytes.fromhex(digits) for version, digits in versions.items()}
    except ValueError as error:
        raise _unreadable(setting) from error
    if any(len(key) < _KEY_BYTES for key in keys.values()):
        raise BadInput("The keys need 32 bytes each.", where=setting, remedy=_MAKE_ONE)
    return keys


def _unreadable(setting: str) -> BadInput:
    return BadInput(
        "The keys cannot be read.",
        where=setting,
        remedy="Write them as 1:<64 hexadecimal digits>.",
    )
