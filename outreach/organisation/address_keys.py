"""The keys of this installation under which addresses stand encrypted, and the places they stand.

Owns the names of the places that several tables share. Refuses Django, so that the asynchronous
doors start quickly. Where the setting is empty all of this gives back what it was given.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from outreach.config.database import OTHER_RELEASES
from outreach.config.environment import environment
from outreach.core.errors import BadInput, CannotOpen, NotNow
from outreach.core.fingerprints import fingerprint
from outreach.core.sealed_text import MARK, AddressKeys
from outreach.core.versioned_keys import read_keys_or_off, strange_keys

SETTING = "OUTREACH_ADDRESS_KEYS"
RECORDED = "SELECT version, fingerprint FROM organisation_addresskeyrecord"
# The first one not beside another release: it would write addresses without asking for keys.
RECORD = f"""
INSERT INTO organisation_addresskeyrecord (version, fingerprint, recorded_at)
SELECT %s, %s, clock_timestamp()
WHERE EXISTS (SELECT 1 FROM organisation_addresskeyrecord)
  OR NOT EXISTS (SELECT 1 {OTHER_RELEASES})
ON CONFLICT (version) DO NOTHING
"""  # noqa: S608  # built from constants
# How a member of staff ends as an actor, for Python and PostgreSQL: `worker@host#3` is a process.
PERSON = "@[^#]*[.][^#]*$"
_PERSON = re.compile(PERSON)
# Compared with one another across tables, so one place for all of them.
MATCH_KEY = "match key"
ACTOR = "actor"
ADDRESS = "audience_address.value"


def address_keys() -> AddressKeys | None:
    """None while the setting is empty. Raises BadInput when it cannot be read."""
    return _keys(environment().address_keys)


@lru_cache(maxsize=4)
def _keys(setting: str) -> AddressKeys | None:
    keys, is_off = read_keys_or_off(setting, SETTING)
    return AddressKeys(keys, is_off=is_off) if keys else None


def opened(stored: str, place: str) -> str:
    """The text that stands in a column. Raises CannotOpen."""
    if not stored.startswith(MARK):
        return stored
    keys = address_keys()
    if keys is None:
        raise CannotOpen(
            "Addresses are encrypted here, and no key is set.",
            where=SETTING,
            remedy="Set the keys that were used before.",
        )
    return keys.open(stored, place)


def seal(text: str, place: str) -> str:
    """As a column that nobody looks up has it. `place`: table and column."""
    keys = address_keys()
    return keys.seal(text, place) if keys else text


def seal_written(text: str, place: str) -> str:
    """As a column has it that is looked up without regard to capitals."""
    keys = address_keys()
    return keys.seal_named(text, place) if keys else text


def sealed_json(value: object, place: str) -> object:
    """What a column of JSON gets: the value, or one string in which its JSON is encrypted."""
    keys = address_keys()
    if keys is None or not keys.writes or not value or not isinstance(value, dict | list | str):
        return value
    return keys.seal(json.dumps(value), place)


def open_address(stored: str) -> str:
    """Of `audience_address.value`: E.164 or a mail address."""
    return opened(stored, ADDRESS)


def open_match_key(stored: str) -> str:
    """Of any column of match keys."""
    return opened(stored, MATCH_KEY)


def match_key_forms(match_key: str) -> list[str]:
    """In which forms a match key may stand in the database, for `= ANY (…)`."""
    keys = address_keys()
    return keys.alike(match_key, MATCH_KEY) if keys else [match_key]


def is_person(actor: str) -> bool:
    """Whether this is the address of a member of staff."""
    return _PERSON.search(actor) is not None


def seal_actor(actor: str) -> str:
    """As the name of who did something is written."""
    keys = address_keys()
    return keys.seal_alike(actor, ACTOR) if keys and is_person(actor) else actor


def open_actor(stored: str) -> str:
    """Of any column that says who did something."""
    return opened(stored, ACTOR)


@dataclass(frozen=True)
class Fingerprints:
    """Of the keys that are set: version -> fingerprint. `writes`: the version that encrypts."""

    known: Mapping[int, str]
    writes: int | None


def fingerprints(setting: str) -> Fingerprints:
    """Of what `OUTREACH_ADDRESS_KEYS` says. Raises BadInput when it cannot be read."""
    keys, is_off = read_keys_or_off(setting, SETTING)
    known = {version: fingerprint(key) for version, key in keys.items()}
    return Fingerprints(known, None if is_off else max(known, default=None))


def unrecorded(recorded: Mapping[int, str], ours: Fingerprints) -> tuple[int, str] | None:
    """The version that is still to be noted, with its fingerprint. Raises as `refuse_strange`."""
    refuse_strange(recorded, ours.known)
    if ours.writes is None or ours.writes in recorded:
        return None
    return ours.writes, ours.known[ours.writes]


def require_recorded(recorded: Mapping[int, str], ours: Fingerprints) -> None:
    """After it was to be noted: another process may have been quicker, with another key. Raises as
    `refuse_strange`, and NotNow where the first key was refused."""
    if unrecorded(recorded, ours):
        raise NotNow(
            "Processes of another release run beside this one: no first key for addresses is "
            "taken into use meanwhile.",
            where=SETTING,
            remedy="Leave the setting empty until every process is of this release.",
        )


class Cursor(Protocol):
    """What is needed of a synchronous cursor."""

    def execute(self, query: Any, params: Any = ..., /) -> Any: ...
    def fetchall(self) -> Any: ...


def record_newest(cursor: Cursor, ours: Fingerprints) -> None:
    """Notes a newest version that is new. Raises as `require_recorded`. Each statement commits."""
    cursor.execute(RECORDED)
    if new := unrecorded(dict(cursor.fetchall()), ours):
        cursor.execute(RECORD, new)
        cursor.execute(RECORDED)
        require_recorded(dict(cursor.fetchall()), ours)


def refuse_strange(recorded: Mapping[int, str], ours: Mapping[int, str]) -> None:
    """Both: version -> fingerprint. Raises BadInput where `ours` lacks one of `recorded`."""
    lost, changed = strange_keys(recorded, ours)
    if lost:
        raise BadInput(
            f"Addresses are encrypted with version {', '.join(map(str, lost))} of the address "
            "keys, which is not set.",
            where=SETTING,
            remedy="Put it back; docs/encrypted-addresses.md says how to do without it.",
        )
    if changed:
        raise BadInput(
            f"Version {', '.join(map(str, changed))} of the address keys is another key than the "
            "one that addresses were encrypted with.",
            where=SETTING,
            remedy="Put the old one back under its number, and the new one under a new number.",
        )
