"""The one sealer: it adds blocks to the chain.

A pass takes the events of all transactions that had ended when it began (those below PostgreSQL's
snapshot horizon), so that none can appear behind it later. An advisory lock makes it one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice

from django.db import connection, transaction

from outreach.core.clock import now
from outreach.core.errors import NotNow
from outreach.core.locks import Lock
from outreach.delivery.models import BlockKind, LedgerBlock
from outreach.delivery.sealing.events import (
    COLUMNS,
    ERA_BITS,
    Link,
    SealedEvent,
    block_digest,
    pack_marks,
    seal_keys,
)
from outreach.delivery.sealing.horizon import read_horizon

_MOST_IN_A_BLOCK = 10_000
_ONE_PASS = f"SELECT pg_try_advisory_xact_lock({Lock.LEDGER_SEAL:d})"
# By run and id: a block is about one step run, and ids are how it names its events.
_NEW = f"""
SELECT {COLUMNS} FROM delivery_deliveryevent e
WHERE e.id >> {ERA_BITS} = %(era)s AND e.tx >= %(low)s AND e.tx < %(high)s
ORDER BY e.step_run_id, e.id
"""  # noqa: S608  # constants of ours
_LARGEST = 2**62


@dataclass(frozen=True)
class Sealed:
    """What a pass added. `head`: the digest of the newest block, b"" before the first."""

    blocks: int
    events: int
    head: bytes


@dataclass(frozen=True)
class _Stretch:
    """Transactions from `low` up to, not including, `high`, in one era."""

    era: int
    low: int
    high: int


def seal_ledger() -> Sealed:
    """Seals what is finished and not sealed yet; does nothing while another process seals.

    Raises NotNow where the database counts its transactions from an earlier point than the
    chain: it was restored by other means than ours.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_ONE_PASS)
            if not cursor.fetchone()[0]:
                return Sealed(0, 0, _head())
        horizon = read_horizon()
        return _seal(_stretch(horizon.tx, horizon.era))


def begin_era() -> int:
    """After a restore: seals all that came with the backup, then lets ids begin a new era.

    Transactions are counted anew in a new server, so what is compared by their number must not
    mix. Nothing else may write. Needs the rights of the owner. Returns the new era's number.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_xact_lock({Lock.LEDGER_SEAL:d})")
        era = read_horizon().era
        last = LedgerBlock.objects.order_by("number").last()
        low = last.below_tx if last and last.below_era == era else 0
        _seal(_Stretch(era, low, _LARGEST))
        with connection.cursor() as cursor:
            cursor.execute(
                # As if used: PostgreSQL shows no number of a sequence that was never used.
                "SELECT setval('delivery_deliveryevent_id_seq', %s)",
                [(era + 1) << ERA_BITS],
            )
    return era + 1


def seal_dropped(step_run_id: int) -> None:
    """Notes in the chain that the events of a step run are kept no longer.

    Called in the transaction that drops them, after all of them were sealed.
    """
    last = LedgerBlock.objects.order_by("number").last()
    era, below = (last.below_era, last.below_tx) if last else (0, 0)
    _append(_Stretch(era, below, below), BlockKind.DROPPED, step_run_id, [])


def _stretch(horizon: int, era: int) -> _Stretch:
    last = LedgerBlock.objects.order_by("number").last()
    if last is None or last.below_era < era:
        return _Stretch(era, 0, horizon)
    if last.below_era > era or last.below_tx > horizon:
        raise NotNow(
            "This database counts its transactions from an earlier point than the ledger's seals: "
            "it was put back from a copy.",
            remedy="Stop all processes and run: outreach restore in-place.",
        )
    return _Stretch(era, last.below_tx, horizon)


def _seal(stretch: _Stretch) -> Sealed:
    blocks = events = 0
    for step_run_id, found in groupby(_new_events(stretch), key=lambda event: event.step_run_id):
        while part := list(islice(found, _MOST_IN_A_BLOCK)):
            _append(stretch, BlockKind.EVENTS, step_run_id, part)
            blocks, events = blocks + 1, events + len(part)
    return Sealed(blocks, events, _head())


def _new_events(stretch: _Stretch) -> Iterator[SealedEvent]:
    """By a cursor of the server's: a pass may be about millions."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(_NEW, {"era": stretch.era, "low": stretch.low, "high": stretch.high})
        while rows := cursor.fetchmany(2_000):
            yield from (SealedEvent(*row) for row in rows)


def _append(
    stretch: _Stretch, kind: BlockKind, step_run_id: int, events: list[SealedEvent]
) -> None:
    last = LedgerBlock.objects.order_by("number").last()
    number = last.number + 1 if last else 1
    previous = bytes(last.digest) if last else b""
    link = Link(number, kind.value, step_run_id, stretch.era, stretch.high, previous)
    name, key = next(iter(seal_keys().items()))
    digests = [event.digest() for event in events]
    LedgerBlock.objects.create(
        number=number,
        kind=kind,
        step_run_id=step_run_id,
        below_era=stretch.era,
        below_tx=stretch.high,
        events=len(events),
        marks=pack_marks([event.id for event in events], digests),
        digest=block_digest(key, link, digests),
        key=name,
        sealed_at=now(),
    )


def _head() -> bytes:
    last = LedgerBlock.objects.order_by("number").last()
    return bytes(last.digest) if last else b""
