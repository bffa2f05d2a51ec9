"""What of an event is sealed, and the digests over it.

An event is read as numbers and words of ours. Of the actor only the kind is taken where it is
a member of staff: their address may be erased one day.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import orjson

from outreach.config.environment import environment
from outreach.core.fingerprints import derived_key, fingerprint
from outreach.core.sealed_text import MARK
from outreach.organisation.address_keys import PERSON

# Ids below the next power of it belong to one life of the database (see `eras`).
ERA_BITS = 40
_MARK_BYTES = 4
_PURPOSE = "ledger seals"

COLUMNS = f"""e.step_run_id, e.id, e.delivery_id, e.tx,
  (extract(epoch FROM e.at) * 1000000)::bigint AS at_micros,
  e.attempt, e.event, e.from_state, e.to_state,
  CASE WHEN e.actor ~ '{PERSON}' OR starts_with(e.actor, '{MARK}') THEN 'staff'
    ELSE e.actor END AS actor, e.detail"""


class SealedEvent(NamedTuple):
    """One event as it is sealed. `tx`: the transaction that wrote it, as PostgreSQL counts."""

    step_run_id: int
    id: int
    delivery_id: int
    tx: int
    at_micros: int
    attempt: int
    event: str
    from_state: str
    to_state: str
    actor: str
    detail: str | None

    def digest(self) -> bytes:
        """SHA-256 over its parts, which cannot be shifted into one another."""
        return hashlib.sha256(orjson.dumps(list(self))).digest()


@dataclass(frozen=True)
class Link:
    """What a block's digest covers besides its events."""

    number: int
    kind: str
    step_run_id: int
    below_era: int
    below_tx: int
    previous: bytes

    def as_bytes(self) -> bytes:
        parts = (self.number, self.kind, self.step_run_id, self.below_era, self.below_tx)
        return orjson.dumps([*parts, self.previous.hex()])


def seal_keys() -> dict[str, bytes]:
    """Fingerprint -> key, the one in use first."""
    env = environment()
    return _keys((env.secret_key, *env.secret_key_old))


@lru_cache(maxsize=2)
def _keys(secrets: Sequence[str]) -> dict[str, bytes]:
    keys = [derived_key(secret.encode(), _PURPOSE) for secret in secrets]
    return {fingerprint(key): key for key in keys}


def block_digest(key: bytes, link: Link, digests: Iterable[bytes]) -> bytes:
    """The keyed digest of a block; `digests`: of its events, in the order of their ids."""
    found = hmac.new(key, link.as_bytes(), hashlib.sha256)
    for digest in digests:
        found.update(digest)
    return found.digest()


def pack_marks(ids: Sequence[int], digests: Sequence[bytes]) -> bytes:
    """Which events a block has, and the beginning of each digest, to name the one that differs.

    About six bytes an event. The block's own digest is the proof; these only say where to look.
    """
    steps = [after - before for before, after in pairwise([0, *ids])]
    return zlib.compress(
        struct.pack(f">{len(steps)}q", *steps) + b"".join(each[:_MARK_BYTES] for each in digests)
    )


def unpack_marks(packed: bytes) -> dict[int, bytes]:
    """Id -> the beginning of its digest. Raises ValueError for what `pack_marks` did not write."""
    try:
        plain = zlib.decompress(packed)
        number, rest = divmod(len(plain), 8 + _MARK_BYTES)
        steps = struct.unpack_from(f">{number}q", plain)
    except (zlib.error, struct.error) as error:
        raise ValueError("the list of events cannot be read") from error
    if rest:
        raise ValueError("the list of events is cut off")
    marks = plain[8 * number :]
    found: dict[int, bytes] = {}
    last = 0
    for place, step in enumerate(steps):
        last += step
        found[last] = marks[place * _MARK_BYTES : (place + 1) * _MARK_BYTES]
    return found


def mark_of(digest: bytes) -> bytes:
    return digest[:_MARK_BYTES]
