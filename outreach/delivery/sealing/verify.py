"""Looks whether the ledger is still what was sealed.

Finds an event that was changed, taken away or slipped in behind a seal, a block that was changed
or taken out of the chain, and a chain that was cut short of a head that somebody kept elsewhere.
Refuses to mend.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.db import connection, transaction

from outreach.delivery.models import BlockKind, LedgerBlock
from outreach.delivery.sealing.events import (
    COLUMNS,
    ERA_BITS,
    Link,
    SealedEvent,
    block_digest,
    mark_of,
    seal_keys,
    unpack_marks,
)

_BLOCKS_AT_ONCE = 50
_SOME = 20

_OF_BLOCK = f"""
SELECT {COLUMNS} FROM delivery_deliveryevent e
WHERE e.step_run_id = %s AND e.id = ANY (%s::bigint[]) ORDER BY e.id
"""  # noqa: S608  # constants of ours
# The ids of a step run's events that ought to be sealed: written before the chain's end.
_SHOULD_BE_SEALED = f"""
SELECT e.id FROM delivery_deliveryevent e WHERE e.step_run_id = %(run)s
  AND (e.id >> {ERA_BITS}, e.tx) < (%(era)s, %(tx)s)
"""  # noqa: S608  # constants of ours
_COUNT = f"""
SELECT e.step_run_id, count(*) FROM delivery_deliveryevent e
WHERE (e.id >> {ERA_BITS}, e.tx) < (%(era)s, %(tx)s) GROUP BY 1
"""  # noqa: S608  # constants of ours


class Fault(StrEnum):
    """What can be wrong, with the words for people."""

    CHANGED = "changed"
    DELETED = "deleted"
    INSERTED = "inserted"
    BLOCK_CHANGED = "block changed"
    BLOCK_MISSING = "block missing"
    HEAD_MISSING = "head missing"
    KEY_UNKNOWN = "key unknown"


@dataclass(frozen=True)
class Finding:
    """One fault. `block`: its number, 0 where it is about none. `events`: ids, at most twenty."""

    fault: Fault
    block: int
    step_run_id: int
    events: tuple[int, ...] = ()
    how_many: int = 0


@dataclass
class Verdict:
    """What a look found. `head`: the newest digest as hexadecimal digits, to be kept elsewhere."""

    blocks: int = 0
    events: int = 0
    head: str = ""
    findings: list[Finding] = field(default_factory=list)


@dataclass
class _Chain:
    """How far the look has come. `present`: sealed events that were found, by step run."""

    number: int = 0
    digest: bytes = b""
    present: dict[int, int] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)
    heads: set[str] = field(default_factory=set)


def verify_ledger(known_head: str = "") -> Verdict:
    """Reads the whole chain and every event. `known_head`: a head noted earlier, "" for none.

    One snapshot for all of it, so that what is sealed meanwhile disturbs nothing.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return _verify(known_head.strip().casefold())


def _verify(known_head: str) -> Verdict:
    verdict, chain = Verdict(), _Chain()
    last = LedgerBlock.objects.order_by("number").last()
    chain.dropped = set(
        LedgerBlock.objects.filter(kind=BlockKind.DROPPED).values_list("step_run_id", flat=True)
    )
    for block in LedgerBlock.objects.order_by("number").iterator(chunk_size=_BLOCKS_AT_ONCE):
        verdict.findings += _check_block(block, chain)
        verdict.blocks, verdict.events = verdict.blocks + 1, verdict.events + block.events
        chain.heads.add(bytes(block.digest).hex())
    if last is not None:
        verdict.head = bytes(last.digest).hex()
        verdict.findings += _slipped_in(chain, last)
    if known_head and known_head not in chain.heads:
        verdict.findings.append(Finding(Fault.HEAD_MISSING, 0, 0))
    return verdict


def _check_block(block: LedgerBlock, chain: _Chain) -> Iterator[Finding]:
    if block.number != chain.number + 1:
        yield Finding(Fault.BLOCK_MISSING, chain.number + 1, 0)
    previous, chain.number, chain.digest = chain.digest, block.number, bytes(block.digest)
    run = block.step_run_id
    if run in chain.dropped:
        return
    link = Link(block.number, block.kind, run, block.below_era, block.below_tx, previous)
    key = seal_keys().get(block.key)
    try:
        marks = unpack_marks(bytes(block.marks))
    except ValueError:
        yield Finding(Fault.BLOCK_CHANGED, block.number, run)
        return
    events = _events(run, list(marks))
    chain.present[run] = chain.present.get(run, 0) + len(events)
    digests = [event.digest() for event in events]
    found = list(_compare(block, marks, events, digests))
    yield from found
    if key is None:
        yield Finding(Fault.KEY_UNKNOWN, block.number, run)
    elif not found and block_digest(key, link, digests) != bytes(block.digest):
        yield Finding(Fault.BLOCK_CHANGED, block.number, run)


def _events(run: int, ids: Sequence[int]) -> list[SealedEvent]:
    with connection.cursor() as cursor:
        cursor.execute(_OF_BLOCK, [run, list(ids)])
        return [SealedEvent(*row) for row in cursor.fetchall()]


def _compare(
    block: LedgerBlock,
    marks: dict[int, bytes],
    events: Sequence[SealedEvent],
    digests: Sequence[bytes],
) -> Iterator[Finding]:
    here = {event.id for event in events}
    if gone := sorted(marks.keys() - here):
        yield _finding(Fault.DELETED, block, gone)
    changed = [
        event.id
        for event, digest in zip(events, digests, strict=True)
        if marks[event.id] != mark_of(digest)
    ]
    if changed:
        yield _finding(Fault.CHANGED, block, changed)


def _finding(fault: Fault, block: LedgerBlock, ids: Sequence[int]) -> Finding:
    return Finding(fault, block.number, block.step_run_id, tuple(ids[:_SOME]), len(ids))


def _slipped_in(chain: _Chain, last: LedgerBlock) -> Iterator[Finding]:
    """Events that are older than the chain's end and stand in no block."""
    end = {"era": last.below_era, "tx": last.below_tx}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, end)
        counts = cursor.fetchall()
    for run, number in counts:
        if number == chain.present.get(run, 0):
            continue
        with connection.cursor() as cursor:
            cursor.execute(_SHOULD_BE_SEALED, {**end, "run": run})
            ids = {row[0] for row in cursor.fetchall()}
        for block in LedgerBlock.objects.filter(step_run_id=run).iterator(_BLOCKS_AT_ONCE):
            ids -= _ids_of(block)
        if ids:
            some = tuple(sorted(ids)[:_SOME])
            yield Finding(Fault.INSERTED, 0, run, some, len(ids))


def _ids_of(block: LedgerBlock) -> set[int]:
    try:
        return set(unpack_marks(bytes(block.marks)))
    except ValueError:
        return set()  # found already, as a changed block
