"""What there is to say: read where it is recorded, below the horizon, and put into messages.

The ledger is read by a mark. A change of consent and a new case leave a row of `Happening`,
written by a trigger of their tables: whichever statement writes them, in bulk, by hand or out of
a backup's journal, none goes by unseen, and none is noted that was rolled back.

Only what transactions wrote that have all ended is taken, in the order of its numbers: so nothing
appears behind the mark later, and changes of one delivery or person come in their order.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from outreach.core.errors import NotNow
from outreach.core.tokens import API_DELIVERY
from outreach.delivery.sealing.events import ERA_BITS
from outreach.delivery.sealing.horizon import Horizon, read_horizon
from outreach.organisation.lanes import sealer
from outreach.outbound.hooks import hooks
from outreach.outbound.models import Hook, HookEvent, HookMessage, LedgerMark
from outreach.outbound.rules import LASTS, MOST_CHANGES

Change = dict[str, str | None]
_MOST_HAPPENINGS = 5_000
# Being handed over, and given back untouched, is no news; everything that people see is.
# After a restore ids begin a new era, and what is left of the one before is all finished.
_EVENTS = f"""
SELECT e.step_run_id, e.delivery_id, l.uuid, e.to_state,
  CASE WHEN e.to_state IN ('skipped', 'failed', 'bounced', 'expired', 'unknown')
    THEN left(coalesce(e.detail, ''), 40) ELSE '' END, e.at
FROM delivery_deliveryevent e
JOIN campaigns_steprun r ON r.id = e.step_run_id JOIN campaigns_launch l ON l.id = r.launch_id
WHERE ((e.id >> {ERA_BITS} = %(mark_era)s AND e.tx >= %(mark)s
    AND (%(mark_era)s < %(era)s OR e.tx < %(tx)s))
  OR (%(mark_era)s < %(era)s AND e.id >> {ERA_BITS} = %(era)s AND e.tx < %(tx)s))
  AND e.to_state <> e.from_state AND e.to_state <> 'sending'
  AND NOT (e.to_state = 'pending' AND e.from_state = 'sending')
ORDER BY e.id
"""  # noqa: S608  # a constant of ours
# A number above what PostgreSQL has given out is of another life of the database: finished.
_TAKE = """
DELETE FROM outbound_happening WHERE id IN (
  SELECT id FROM outbound_happening
  WHERE tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    OR tx >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
  ORDER BY id LIMIT %s)
RETURNING id, source, act, row_id
"""
_TAKEN = "unnest(%(ids)s::bigint[], %(rows)s::bigint[], %(acts)s::text[]) AS t(id, row_id, act)"
_CONSENTS = f"""
SELECT DISTINCT t.id, p.uuid, a.channel, k.slug, s.uuid, c.act, c.at FROM {_TAKEN}
JOIN consent_consent c ON c.id = t.row_id JOIN consent_topic k ON k.id = c.topic_id
JOIN organisation_school s ON s.id = c.school_id JOIN audience_address a ON a.id = c.address_id
JOIN audience_personaddress l ON l.address_id = a.id
  AND (l.school_id = c.school_id OR l.school_id IS NULL)
JOIN audience_person p ON p.id = l.person_id
"""  # noqa: S608  # a constant of ours
_STOPS = f"""
SELECT DISTINCT t.id, p.uuid, a.channel, k.slug, NULL::uuid, t.act,
  CASE t.act WHEN 'stopped' THEN s.at ELSE s.lifted_at END FROM {_TAKEN}
JOIN consent_suppression s ON s.id = t.row_id LEFT JOIN consent_topic k ON k.id = s.topic_id
JOIN audience_addresshash h ON h.digest = s.digest
JOIN audience_address a ON a.id = h.address_id AND a.channel = s.channel
JOIN audience_personaddress l ON l.address_id = a.id JOIN audience_person p ON p.id = l.person_id
"""  # noqa: S608  # a constant of ours
_CASES = f"""
SELECT t.id, c.uuid, c.kind, c.opened_at FROM {_TAKEN}
JOIN replies_case c ON c.id = t.row_id ORDER BY t.id
"""  # noqa: S608  # a constant of ours


def note_changes() -> int:
    """Puts what has changed since the last time into messages; returns how many.

    By one process at a time (`sending.tell_changes` sees to it). Raises NotNow where the database
    was put back by other means than ours.
    """
    with transaction.atomic():
        told = list(hooks())
        made = _note_deliveries([each for each in told if HookEvent.DELIVERY in each.events])
    while True:
        with transaction.atomic():
            taken = _query(_TAKE, [_MOST_HAPPENINGS])
            made += _note_happenings(told, sorted(taken))
        if len(taken) < _MOST_HAPPENINGS:
            return made


def _note_deliveries(told: Sequence[Hook]) -> int:
    if not told:
        return 0
    mark = LedgerMark.objects.select_for_update().get()
    horizon = read_horizon()
    if Horizon(mark.era, mark.tx) > horizon:
        raise NotNow(
            "This database counts its transactions from an earlier point than the webhooks: it "
            "was put back from a copy.",
            remedy="Stop all processes and run: outreach restore in-place.",
        )
    made = _queue(told, HookEvent.DELIVERY, _delivery_changes(mark, horizon))
    LedgerMark.objects.update(era=horizon.era, tx=horizon.tx)
    return made


def _delivery_changes(mark: LedgerMark, horizon: Horizon) -> Iterator[Change]:
    """By a cursor of the server's: a day of silence may be about millions."""
    asked = {"mark_era": mark.era, "mark": mark.tx, "era": horizon.era, "tx": horizon.tx}
    with connection.chunked_cursor() as cursor:
        cursor.execute(_EVENTS, asked)
        while rows := cursor.fetchmany(2_000):
            names = sealer().seal_all(API_DELIVERY, [(row[0], row[1]) for row in rows])
            for name, (_, _, launch, state, reason, at) in zip(names, rows, strict=True):
                yield {
                    "delivery": name,
                    "launch": str(launch),
                    "state": state,
                    "reason": reason,
                    "at": _instant(at),
                }


def _note_happenings(told: Sequence[Hook], taken: Sequence[tuple[Any, ...]]) -> int:
    made = 0
    for event, changes in (
        (HookEvent.CONSENT, _consent_changes(taken)),
        (HookEvent.CASE, _new_cases(taken)),
    ):
        listening = [each for each in told if event in each.events]
        made += _queue(listening, event, changes) if listening else 0
    return made


def _consent_changes(taken: Sequence[tuple[Any, ...]]) -> Iterator[Change]:
    """Who has no address with us any more is nobody to tell about."""
    rows = [*_joined(_CONSENTS, taken, "consent"), *_joined(_STOPS, taken, "stop")]
    for _, person, channel, topic, school, state, at in sorted(rows, key=lambda row: row[0]):
        yield {
            "person": str(person),
            "channel": channel,
            "topic": topic,
            "school": str(school) if school else None,
            "state": state,
            "at": _instant(at),
        }


def _new_cases(taken: Sequence[tuple[Any, ...]]) -> Iterator[Change]:
    for _, case, kind, at in _joined(_CASES, taken, "case"):
        yield {"case": str(case), "kind": kind, "at": _instant(at)}


def _joined(query: str, taken: Sequence[tuple[Any, ...]], source: str) -> list[tuple[Any, ...]]:
    found = [(number, act, row) for number, each, act, row in taken if each == source]
    if not found:
        return []
    ids, acts, rows = (list(column) for column in zip(*found, strict=True))
    return _query(query, {"ids": ids, "rows": rows, "acts": acts})


def _queue(told: Sequence[Hook], event: HookEvent, changes: Iterable[Change]) -> int:
    made, rest = 0, iter(changes)
    while part := list(islice(rest, MOST_CHANGES)):
        moment = timezone.now()
        said = {"type": event.value, "timestamp": _instant(moment), "data": {"changes": part}}
        body = json.dumps(said, separators=(",", ":"))
        HookMessage.objects.bulk_create(
            HookMessage(
                hook=hook,
                event=event,
                body=body,
                made_at=moment,
                due_at=moment,
                give_up_at=moment + LASTS,
            )
            for hook in told
        )
        made += len(told)
    return made


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _query(query: str, params: Sequence[Any] | dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return list(cursor.fetchall())
