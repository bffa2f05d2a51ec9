"""Which keys of the never-send list were ever used here, by their fingerprints.

A version is noted when a process first works with it; from then on nobody works without it, since
a stop under a key that is missing or was changed would not be found.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from outreach.core.errors import BadInput
from outreach.core.fingerprints import fingerprint
from outreach.core.keyed_hash import AddressHasher
from outreach.core.versioned_keys import strange_keys
from outreach.organisation.address_key_register import own_cursor
from outreach.organisation.address_keys import open_match_key

_SETTING = "OUTREACH_SUPPRESSION_KEYS"
_RECORDED = "SELECT version, fingerprint FROM consent_keyrecord"
_RECORD = """
INSERT INTO consent_keyrecord (version, fingerprint, recorded_at) VALUES (%s, %s, %s)
ON CONFLICT (version) DO NOTHING
"""
# What rows say, for an installation whose program took no notes. One hash of each version.
_USED = """
SELECT DISTINCT key_version FROM audience_addresshash
UNION SELECT DISTINCT key_version FROM consent_suppression
"""
_PROOF = """
SELECT a.channel, a.match_key, h.digest FROM audience_addresshash h
JOIN audience_address a ON a.id = h.address_id WHERE h.key_version = %s AND a.value <> '' LIMIT 1
"""


def key_fingerprints(keys: Mapping[int, bytes]) -> dict[str, str]:
    """Version -> fingerprint of each key."""
    return {str(version): fingerprint(key) for version, key in keys.items()}


def require_known_keys(keys: Mapping[int, bytes]) -> None:
    """Raises BadInput where a key that was used here is missing, or is another one now.

    Otherwise notes the versions that are new, by a connection of its own: at once and for good,
    whatever becomes of the transaction of the caller.
    """
    with own_cursor() as cursor:
        ours = key_fingerprints(keys)
        recorded = _recorded(cursor)
        _refuse(*strange_keys(recorded, ours))
        if recorded.keys() == ours.keys():
            return
        _refuse(*_strange_by_rows(cursor, keys))
        moment = timezone.now()
        cursor.executemany(_RECORD, [(int(v), name, moment) for v, name in ours.items()])
        # Another process may have been quicker, with another key.
        _refuse(*strange_keys(_recorded(cursor), ours))


def key_problems(keys: Mapping[int, bytes]) -> list[BadInput]:
    """What is wrong with the keys by the notes and by the rows themselves; changes nothing."""
    with connection.cursor() as cursor:
        found = strange_keys(_recorded(cursor), key_fingerprints(keys))
        lost, changed = (
            sorted({*noted, *by_rows}, key=int)
            for noted, by_rows in zip(found, _strange_by_rows(cursor, keys), strict=True)
        )
    return _problems(lost, changed)


def _refuse(lost: list[str], changed: list[str]) -> None:
    for problem in _problems(lost, changed):
        raise problem


def _problems(lost: list[str], changed: list[str]) -> list[BadInput]:
    problems = []
    if lost:
        problems.append(
            BadInput(
                f"Version {', '.join(lost)} of the never-send keys is gone: people who said stop "
                "are not found by it.",
                where=_SETTING,
                remedy=f"Put it back into {_SETTING}. Keys are added, never dropped.",
            )
        )
    if changed:
        problems.append(
            BadInput(
                f"Version {', '.join(changed)} of the never-send keys is another key than the one "
                "in use before: people who said stop are not found by it.",
                where=_SETTING,
                remedy="Put the old one back under its number, and the new one under a new number.",
            )
        )
    return problems


def _recorded(cursor: CursorWrapper) -> dict[str, str]:
    cursor.execute(_RECORDED)
    return {str(version): name for version, name in cursor.fetchall()}


def _strange_by_rows(
    cursor: CursorWrapper, keys: Mapping[int, bytes]
) -> tuple[list[str], list[str]]:
    """As `strange_keys`, by making one stored hash of each version again."""
    cursor.execute(_USED)
    used = sorted(row[0] for row in cursor.fetchall())
    lost = [str(version) for version in used if version not in keys]
    known = {version: key for version, key in keys.items() if version in used}
    return lost, [str(version) for version in known if not _is_the_key(cursor, version, known)]


def _is_the_key(cursor: CursorWrapper, version: int, keys: Mapping[int, bytes]) -> bool:
    cursor.execute(_PROOF, [version])
    row = cursor.fetchone()
    if row is None:
        return True
    channel, match_key, digest = row
    made = AddressHasher({version: keys[version]}).newest(channel, open_match_key(match_key))
    return made.digest == bytes(digest)
