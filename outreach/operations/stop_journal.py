"""The journal of stops: what a backup of last night does not know yet.

A file beside the backups, written every minute: keyed fingerprints of who stopped, withdrew or
was erased, and nothing that says who they are. Its first line says since when, so that no stops can
be told from lost ones. A restore reads it before anything is sent. Where
somebody came back after a stop, the stop is what a restore brings back: they can come again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import orjson
from django.db import connection, transaction
from django.db.models import Prefetch

from outreach.audience.models import AddressHash
from outreach.config.environment import environment
from outreach.consent.actions import withdraw
from outreach.consent.models import Consent, ConsentAct, Suppression, SuppressionReason, Topic
from outreach.consent.replaying import address_of_digest, suppress_digest
from outreach.core.locks import Lock
from outreach.operations.models import StopJournal
from outreach.organisation.audit import Actor
from outreach.organisation.models import School
from outreach.subscriptions.erasing import ERASED, erase_address

_FILE = "stops.jsonl"
_MOST = 5_000
# A stop that was under way while the dump began stands in the journal a little before it.
_OVERLAP = timedelta(hours=1)
ACTOR = Actor("system:restore")
_EVIDENCE = "journal of stops, after a restore"


class _What(StrEnum):
    STOP = "stop"
    ERASED = "erased"
    WITHDRAWN = "withdrawn"
    BEGUN = "begun"  # the file itself


@dataclass(frozen=True)
class Replayed:
    """How many stops, withdrawals and erasures were new to the restored database.

    `torn`: lines that a sudden end of the machine left unfinished; what they were about was
    written once more after it. `begun`: when the journal began, in ISO 8601, if that was after the
    copy; else "".
    """

    stops: int = 0
    withdrawals: int = 0
    erasures: int = 0
    torn: int = 0
    begun: str = ""


def journal_file(folder: Path) -> Path:
    return folder / _FILE


def write_journal() -> int:
    """Appends what is new; returns how many lines. Nothing without OUTREACH_BACKUP_DIR.

    Stops commit one after the other (they hold the lock of promise 7), so a number that is seen
    has none before it that could still appear.
    """
    folder = environment().backup_dir
    if not folder:
        return 0
    with _alone():
        return _write_news(Path(folder))


def replay_journal(folder: Path, made_at: datetime) -> Replayed:
    """Brings back what was stopped after a backup made at `made_at`; repeats change nothing.

    Must not run in a transaction.
    """
    stops = withdrawals = erasures = torn = 0
    begun = ""
    for line in _lines_since(journal_file(folder), made_at - _OVERLAP):
        if line is None:
            torn += 1
            continue
        what = _What(line["what"])
        if what is _What.BEGUN:
            begun = line["at"] if datetime.fromisoformat(line["at"]) > made_at else begun
            continue
        digest = bytes.fromhex(line["digest"])
        if what is _What.WITHDRAWN:
            withdrawals += _withdraw(line, digest)
            continue
        stops += _suppress(line, digest)
        if what is _What.ERASED and (address := address_of_digest(line["channel"], digest)):
            erase_address(address)
            erasures += 1
    return Replayed(stops, withdrawals, erasures, torn, begun)


def forget_before(folder: Path, moment: datetime) -> None:
    """Drops lines older than the oldest backup that is kept; the new file takes the old's place."""
    path = journal_file(folder)
    if not path.exists():
        return
    with _alone():
        kept = [orjson.dumps(line) for line in _lines_since(path, moment - _OVERLAP) if line]
        fresh = path.with_suffix(".new")
        _write(fresh, kept, os.O_TRUNC)
        fresh.replace(path)


@contextmanager
def _alone() -> Iterator[None]:
    """The clock writes while a worker's backup takes old lines out: one after the other."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [Lock.STOP_JOURNAL])
        yield


def _write_news(folder: Path) -> int:
    if not journal_file(folder).exists():
        _append(journal_file(folder), [_begun_line()])
    place, _ = StopJournal.objects.get_or_create(pk=1)
    stops = list(
        Suppression.objects.filter(pk__gt=place.suppression_id)
        .select_related("topic")
        .order_by("pk")[:_MOST]
    )
    withdrawn = list(
        Consent.objects.filter(pk__gt=place.consent_id, act=ConsentAct.WITHDRAWN)
        .select_related("topic", "school", "address")
        .prefetch_related(Prefetch("address__hashes", AddressHash.objects.order_by("-key_version")))
        .order_by("pk")[:_MOST]
    )
    lines = [*map(_stop_line, stops), *filter(None, map(_withdrawn_line, withdrawn))]
    if stops or withdrawn:
        _append(journal_file(folder), lines)
        StopJournal.objects.filter(pk=1).update(
            suppression_id=stops[-1].pk if stops else place.suppression_id,
            consent_id=withdrawn[-1].pk if withdrawn else place.consent_id,
        )
    return len(lines)


def _begun_line() -> bytes:
    """By the database's clock, as the copies are; the time of a demo may run ahead of it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (moment,) = cursor.fetchone()
    return orjson.dumps({"at": moment.astimezone(UTC), "what": _What.BEGUN.value})


def _stop_line(stop: Suppression) -> bytes:
    what = _What.ERASED if stop.evidence.startswith(ERASED) else _What.STOP
    return orjson.dumps(
        {
            "at": stop.at,
            "what": what.value,
            "channel": stop.channel,
            "digest": bytes(stop.digest).hex(),
            "key": stop.key_version,
            "topic": stop.topic.slug if stop.topic else None,
            "reason": stop.reason,
        }
    )


def _withdrawn_line(consent: Consent) -> bytes | None:
    """None for an address that was erased since: its stop stands in the journal."""
    keyed = next(iter(consent.address.hashes.all()), None)
    if keyed is None:
        return None
    return orjson.dumps(
        {
            "at": consent.at,
            "what": _What.WITHDRAWN.value,
            "channel": consent.address.channel,
            "digest": bytes(keyed.digest).hex(),
            "key": keyed.key_version,
            "topic": consent.topic.slug,
            "school": consent.school.slug,
        }
    )


def _append(path: Path, lines: Sequence[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # An empty line first where the last one was torn, so that it takes none with it.
    _write(path, [b"", *lines] if _is_torn(path) else lines, os.O_APPEND)


def _is_torn(path: Path) -> bool:
    if not path.exists() or path.stat().st_size == 0:
        return False
    with path.open("rb") as content:
        content.seek(-1, os.SEEK_END)
        return content.read(1) != b"\n"


def _write(path: Path, lines: Sequence[bytes], how: int) -> None:
    """For the owner's eyes, and on the disk when this returns."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.writelines(line + b"\n" for line in lines)
        out.flush()
        os.fsync(out.fileno())


def _lines_since(path: Path, moment: datetime) -> Iterator[dict[str, str] | None]:
    """None for a line that was torn."""
    if not path.exists():
        return
    with path.open("rb") as lines:
        for line in lines:
            if not line.strip():
                continue
            try:
                found = orjson.loads(line)
                at = datetime.fromisoformat(found["at"])
            except (ValueError, KeyError, TypeError):
                yield None
                continue
            if at >= moment:
                yield found


def _suppress(line: dict[str, str], digest: bytes) -> bool:
    slug = line["topic"]
    topic = Topic.objects.filter(slug=slug).first() if slug else None
    return suppress_digest(
        line["channel"],
        digest,
        int(line["key"]),
        topic=topic,  # a topic of after the backup: then about everything
        reason=SuppressionReason(line["reason"]),
        evidence=_EVIDENCE,
        actor=ACTOR,
    )


def _withdraw(line: dict[str, str], digest: bytes) -> bool:
    address = address_of_digest(line["channel"], digest)
    topic = Topic.objects.filter(slug=line["topic"]).first()
    school = School.objects.filter(slug=line["school"]).first()
    if address is None or topic is None or school is None:
        return False
    done = withdraw(address.pk, topic.pk, school.pk, source=_EVIDENCE, wording="", actor=ACTOR)
    return bool(done)
