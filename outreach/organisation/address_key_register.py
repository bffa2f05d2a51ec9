"""Which keys encrypted addresses here, by their fingerprints.

A version is noted by the first process that writes with it. From then on nobody works without
it: who cannot open what is there would not find an address, and would write it a second time.
A version is taken out again when no row is under it any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager, suppress
from functools import lru_cache

from django.db import ProgrammingError, connection
from django.db.backends.utils import CursorWrapper

from outreach.config.environment import environment
from outreach.core.errors import CannotOpen
from outreach.organisation.address_keys import RECORDED, fingerprints, opened, record_newest


def require_known_address_keys() -> None:
    """Raises BadInput where a key under which addresses stand is missing, or is another one now,
    and NotNow where the first one is set beside another release.

    Asks the database once in a process, by a connection of its own, and notes a newest version
    that is new: at once and for good, whatever becomes of the transaction of the caller. Tables
    that are not there yet know no key.
    """
    with suppress(ProgrammingError):
        _look_once(environment().address_keys)


@lru_cache(maxsize=1)
def _look_once(setting: str) -> None:
    """`setting`: as `OUTREACH_ADDRESS_KEYS` says it."""
    with own_cursor() as cursor:
        record_newest(cursor, fingerprints(setting))


def require_keys_of_now() -> None:
    """The same, asked again: by now another process may write with a newer key. For who is about
    to write a new address, or met what does not open."""
    forget_what_was_found()
    require_known_address_keys()


def forget_what_was_found() -> None:
    """The database is asked again the next time."""
    _look_once.cache_clear()


def opened_if_whole(stored: str, place: str) -> str | None:
    """The text that stands in a column; None for what was changed, or only looks encrypted.

    Raises BadInput where this process lacks a key that others have: what it cannot open is theirs
    to work on.
    """
    try:
        return opened(stored, place)
    except CannotOpen:
        require_keys_of_now()
        return None


def recorded_keys() -> dict[int, str]:
    """Version -> fingerprint of the keys under which addresses may stand."""
    with own_cursor() as cursor:
        try:
            cursor.execute(RECORDED)
        except ProgrammingError:  # the tables of an older release
            return {}
        return dict(cursor.fetchall())


def take_out(versions: Collection[int]) -> None:
    """No row is under these any more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM organisation_addresskeyrecord WHERE version = ANY (%s)", [list(versions)]
        )
    forget_what_was_found()


@contextmanager
def own_cursor() -> Iterator[CursorWrapper]:
    """Of a connection of its own: what it writes stays, whatever becomes of the caller's."""
    with closing(connection.copy()) as own, own.cursor() as cursor:
        yield cursor
