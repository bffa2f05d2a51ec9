"""Applies what providers reported to the ledger, on the control queue.

A receipt names its delivery by our token. One that proves acceptance of a whole request
(an email call) resolves every unknown delivery of that request (promise 3).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from outreach.consent.actions import suppress
from outreach.consent.models import SuppressionReason
from outreach.consent.rules import reason_of_event
from outreach.core.clock import now
from outreach.core.errors import BadToken
from outreach.core.tokens import DELIVERY_STATUS
from outreach.delivery.fallback import plan_fallbacks
from outreach.delivery.ledger import Cursor, News, move, worker_name
from outreach.delivery.retries import plan_retries
from outreach.delivery.rules import Event
from outreach.inbox import actions as inbox
from outreach.inbox.models import ProviderEvent
from outreach.inbox.queries import status_event_of
from outreach.notices import actions as notices
from outreach.organisation import lanes
from outreach.organisation.address_keys import open_match_key
from outreach.organisation.audit import Actor
from outreach.providers.port import EventKind

RECEIPTS_ACTOR = Actor("system:receipts")

EVENT_OF: dict[str, Event] = {
    EventKind.ACCEPTED: Event.RECEIPT_ACCEPTED,
    EventKind.DELIVERED: Event.RECEIPT_DELIVERED,
    EventKind.DEFERRED: Event.RECEIPT_ACCEPTED,
    EventKind.FAILED: Event.RECEIPT_FAILED,
    EventKind.BOUNCED: Event.RECEIPT_BOUNCED,
    EventKind.COMPLAINED: Event.RECEIPT_DELIVERED,
    EventKind.UNSUBSCRIBED: Event.RECEIPT_DELIVERED,
}


@dataclass(frozen=True)
class _Receipt:
    row: ProviderEvent
    step_run_id: int
    delivery_id: int
    attempt: int


def apply_receipts(limit: int = 500) -> int:
    """Takes up to `limit` waiting events, moves the ledger, returns how many were taken."""
    with transaction.atomic():
        rows = inbox.take_waiting_events(limit)
        receipts = [found for row in rows if (found := _understood(row)) is not None]
        for step_run_id, group in _by_run(receipts).items():
            _apply(step_run_id, group)
        inbox.mark_events([row.pk for row in rows])
    for receipt in receipts:
        _block(receipt)
    return len(rows)


def _understood(row: ProviderEvent) -> _Receipt | None:
    """The delivery a row is about; a notice's receipt goes to the notices, a stranger's nowhere."""
    if not row.token:
        return None
    try:
        run, delivery, attempt = lanes.sealer().open(DELIVERY_STATUS, row.token)
    except BadToken:
        notices.apply_receipt(row)
        return None
    return _Receipt(row, run, delivery, attempt)


def _by_run(receipts: Sequence[_Receipt]) -> dict[int, list[_Receipt]]:
    groups: dict[int, list[_Receipt]] = defaultdict(list)
    for receipt in receipts:
        groups[receipt.step_run_id].append(receipt)
    return dict(sorted(groups.items()))


def _apply(step_run_id: int, receipts: Sequence[_Receipt]) -> None:
    news = [_news(receipt) for receipt in receipts]
    worker = worker_name("receipts")
    with connection.cursor() as cursor:
        moved = move(cursor, step_run_id, news, now=now(), actor=RECEIPTS_ACTOR.name, worker=worker)
        refusals = {r.delivery_id: r.row.refusal for r in receipts if r.row.refusal}
        plan_retries(step_run_id, moved, refusals)
        plan_fallbacks(step_run_id, moved, refusals)
        proven = [each.id for each in moved if each.event in _PROOF]
        siblings = _siblings(cursor, step_run_id, proven)
        move(cursor, step_run_id, siblings, now=now(), actor=RECEIPTS_ACTOR.name, worker=worker)


def _news(receipt: _Receipt) -> News:
    row = receipt.row
    return News(
        receipt.delivery_id,
        EVENT_OF.get(row.kind, Event.RECEIPT_OTHER),
        receipt.attempt,
        detail=row.provider_code or row.kind or None,
        message_id=row.message_id or None,
    )


_PROOF = frozenset(
    {
        Event.RECEIPT_ACCEPTED,
        Event.RECEIPT_DELIVERED,
        Event.RECEIPT_BOUNCED,
        Event.RECEIPT_FAILED,
    }
)

# A request is taken or refused as a whole, so one event of it proves all its deliveries.
_SIBLINGS = """
SELECT u.delivery_id, u.attempt FROM delivery_unknownoutcome u
WHERE u.step_run_id = %s AND u.call_id IN (
  SELECT d.call_id FROM delivery_delivery d
  WHERE d.step_run_id = %s AND d.id = ANY (%s) AND d.call_id IS NOT NULL)
ORDER BY u.delivery_id
"""


def _siblings(cursor: Cursor, step_run_id: int, proven: Sequence[int]) -> list[News]:
    if not proven:
        return []
    cursor.execute(_SIBLINGS, [step_run_id, step_run_id, list(proven)])
    return [
        News(delivery_id, Event.RECEIPT_ACCEPTED, attempt, "same_request")
        for delivery_id, attempt in cursor.fetchall()
    ]


def _block(receipt: _Receipt) -> None:
    """Records what the receipt says about the address, in transactions of their own."""
    reason = reason_of_event(status_event_of(receipt.row))
    if reason is None:
        return
    block_address(
        receipt.step_run_id,
        receipt.delivery_id,
        reason,
        attempt=receipt.attempt,
        evidence=f"{receipt.row.provider} event {receipt.row.pk}",
        topic_only=receipt.row.kind == EventKind.UNSUBSCRIBED,
    )


# Above every attempt.
NEWEST = 32_767
# A delivery that fell back has another address by now; each attempt is about its own.
_ADDRESS = """
SELECT a.channel, a.match_key, b.topic_id FROM delivery_delivery d
LEFT JOIN delivery_fallback f ON f.step_run_id = d.step_run_id AND f.delivery_id = d.id
  AND f.attempt >= %s
JOIN audience_address a ON a.id = coalesce(f.address_id, d.address_id)
JOIN delivery_batch b ON b.id = d.batch_id
WHERE d.step_run_id = %s AND d.id = %s
"""


def block_address(
    step_run_id: int,
    delivery_id: int,
    reason: SuppressionReason,
    *,
    attempt: int = NEWEST,
    evidence: str,
    topic_only: bool = False,
) -> None:
    """Suppresses the address that an attempt of a delivery went to.

    Commits by itself; repeated calls change nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ADDRESS, [attempt, step_run_id, delivery_id])
        row = cursor.fetchone()
    if row is None:
        return
    channel, match_key, topic_id = row
    suppress(
        channel,
        open_match_key(match_key),
        topic_id=topic_id if topic_only else None,
        reason=reason,
        evidence=evidence,
        actor=RECEIPTS_ACTOR,
    )
