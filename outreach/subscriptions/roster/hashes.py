"""The keyed hashes of addresses: one for every version of the never-send list's key.

A claim meets suppressions by these stored hashes, so an address without the newest one would
not meet a suppression made under it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from outreach.audience.models import Address, AddressHash
from outreach.consent.hashing import hasher

_CHUNK = 2_000


def write_hashes(addresses: Iterable[Address]) -> None:
    """Stores what is missing for these addresses. Raises BadInput when the keys are not set."""
    known = hasher()
    AddressHash.objects.bulk_create(
        [
            AddressHash(address_id=address.pk, key_version=keyed.version, digest=keyed.digest)
            for address in addresses
            for keyed in known.every(address.channel, address.match_key)
        ],
        ignore_conflicts=True,
        batch_size=_CHUNK,
    )


def count_missing_hashes() -> int:
    """How many addresses lack the hash of a key version."""
    return _lacking().count()


def add_missing_hashes(progress: Callable[[int], None] | None = None) -> int:
    """Hashes every address under key versions that came later. Returns how many had to be.

    `progress`: called with the number done so far. Interrupted, it goes on where it stopped.
    """
    done = 0
    after = 0
    while chunk := list(_lacking().filter(pk__gt=after).order_by("pk")[:_CHUNK]):
        with transaction.atomic():
            write_hashes(chunk)
        done += len(chunk)
        after = chunk[-1].pk
        if progress:
            progress(done)
    return done


def _lacking() -> QuerySet[Address]:
    versions = [keyed.version for keyed in hasher().every("", "")]
    hashed = Count("hashes", filter=Q(hashes__key_version__in=versions))
    return Address.objects.annotate(hashed=hashed).filter(hashed__lt=len(versions))
