"""How often the doors of the sign-in may be tried: slower and slower, never closed for good.

Counted are the account from one network, the account from anywhere, and the network. Where
an account has been opened before, strangers who try it elsewhere do not slow its owner down.
A try is counted before it is looked at, so that many at once are no way around. The counts
lie in PostgreSQL, under a keyed hash.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from outreach.config.environment import environment
from outreach.core.errors import OutreachError
from outreach.organisation.sign_in_models import SignInTry

_KEY_BYTES = 16
_FORGOTTEN_AFTER = timedelta(hours=24)
_KNOWN_FOR = timedelta(days=90)
_FIRST_WAIT_SECONDS = 15
_MINUTE = 60
_MOST_DOUBLINGS = 10


class Door(StrEnum):
    """What is tried."""

    PASSWORD = "password"  # noqa: S105  # the name of a door
    SECOND_FACTOR = "second-factor"
    RESET = "reset"


class _Place(StrEnum):
    PAIR = "pair"
    ACCOUNT = "account"
    NETWORK = "network"


@dataclass(frozen=True)
class _Slowing:
    """`free` tries without a wait, then twice as long each time up to `longest_seconds`."""

    free: int
    longest_seconds: int


# A guess at a second factor needs the password, so slowing it from everywhere is no way for
# strangers to keep somebody out; a guess at a password is, so there the wait stays short.
_SLOWINGS: Mapping[tuple[Door, _Place], _Slowing] = {
    (Door.PASSWORD, _Place.PAIR): _Slowing(5, 15 * _MINUTE),
    (Door.PASSWORD, _Place.ACCOUNT): _Slowing(30, _MINUTE),
    (Door.PASSWORD, _Place.NETWORK): _Slowing(60, 15 * _MINUTE),
    (Door.SECOND_FACTOR, _Place.PAIR): _Slowing(5, 15 * _MINUTE),
    (Door.SECOND_FACTOR, _Place.ACCOUNT): _Slowing(10, 15 * _MINUTE),
    (Door.SECOND_FACTOR, _Place.NETWORK): _Slowing(60, 15 * _MINUTE),
    (Door.RESET, _Place.ACCOUNT): _Slowing(3, 60 * _MINUTE),
    (Door.RESET, _Place.NETWORK): _Slowing(20, 60 * _MINUTE),
}


class TooManyTries(OutreachError):
    """The door opens for this account or network again after `seconds`."""

    code = "too-many-tries"

    def __init__(self, seconds: int) -> None:
        super().__init__("There were too many tries.", remedy=f"Try again in {seconds} seconds.")
        self.seconds = seconds


def begin_try(door: Door, account: str, network: str) -> None:
    """Counts a try before it is looked at. `network`: "" when it is not known.

    Raises TooManyTries, which counts nothing: waiting is enough.
    """
    moment = timezone.now()
    with transaction.atomic():
        rows = [
            (_locked(door, place, subject, moment), _SLOWINGS[door, place])
            for place, subject in _subjects(door, account, network, moment)
        ]
        wait = max((_wait(row, moment) for row, _ in rows), default=0)
        if wait > 0:
            raise TooManyTries(wait)
        for row, slowing in rows:
            _count(row, slowing, moment)


def note_success(door: Door, account: str, network: str) -> None:
    """The door opened: its counts of this account are void, and the network loses one."""
    moment = timezone.now()
    with transaction.atomic():
        for place in (_Place.PAIR, _Place.ACCOUNT):
            key = _key(place, _named(place, account, network))
            rows = SignInTry.objects.filter(door=door, key=key)
            rows.update(failures=0, until=None, succeeded_at=moment)
        here = SignInTry.objects.filter(door=door, key=_key(_Place.NETWORK, network))
        for row in here.select_for_update().filter(failures__gt=0):
            SignInTry.objects.filter(pk=row.pk).update(failures=row.failures - 1, until=None)


def forget_old_tries() -> None:
    """Deletes counts that slow nobody down and know nobody."""
    moment = timezone.now()
    unknown = Q(succeeded_at=None, last_at__lt=moment - _FORGOTTEN_AFTER)
    SignInTry.objects.filter(unknown | Q(last_at__lt=moment - _KNOWN_FOR)).delete()


def _subjects(door: Door, account: str, network: str, moment: datetime) -> list[tuple[_Place, str]]:
    places = [place for place in _Place if (door, place) in _SLOWINGS]
    if not network:
        places = [place for place in places if place is not _Place.NETWORK]
    if _is_known(door, account, network, moment):
        places = [place for place in places if place is not _Place.ACCOUNT]
    return [(place, _named(place, account, network)) for place in places]


def _is_known(door: Door, account: str, network: str, moment: datetime) -> bool:
    """Whether the account was opened from this network before."""
    key = _key(_Place.PAIR, _named(_Place.PAIR, account, network))
    known = SignInTry.objects.filter(door=door, key=key, succeeded_at__gt=moment - _KNOWN_FOR)
    return known.exists()


def _named(place: _Place, account: str, network: str) -> str:
    return {
        _Place.PAIR: f"{account}\0{network}",
        _Place.ACCOUNT: account,
        _Place.NETWORK: network,
    }[place]


def _locked(door: Door, place: _Place, subject: str, moment: datetime) -> SignInTry:
    row, _ = SignInTry.objects.select_for_update().get_or_create(
        door=door, key=_key(place, subject), defaults={"last_at": moment}
    )
    return row


def _wait(row: SignInTry, moment: datetime) -> int:
    return round((row.until - moment).total_seconds() + 0.5) if row.until else 0


def _count(row: SignInTry, slowing: _Slowing, moment: datetime) -> None:
    if row.last_at < moment - _FORGOTTEN_AFTER:
        row.failures = 0
    row.failures += 1
    row.last_at = moment
    beyond = row.failures - slowing.free
    row.until = None
    if beyond > 0:
        seconds = _FIRST_WAIT_SECONDS << min(beyond - 1, _MOST_DOUBLINGS)
        row.until = moment + timedelta(seconds=min(seconds, slowing.longest_seconds))
    row.save(update_fields=["failures", "last_at", "until"])


def _key(place: _Place, subject: str) -> bytes:
    secret = environment().secret_key.encode()
    message = f"sign-in try\0{place}\0{subject}".encode()
    return hmac.new(secret, message, hashlib.sha256).digest()[:_KEY_BYTES]
