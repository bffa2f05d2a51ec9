"""Looks up unknown outcomes in the provider's own list of messages.

Twilio's list does not return our token, so a text is found by To, sender, body and time
of creation. What is found there was sent; absence is never proof (promise 3).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from outreach.core.clock import now
from outreach.core.errors import OutreachError
from outreach.delivery.ledger import News, move
from outreach.delivery.rules import Event
from outreach.organisation import lanes
from outreach.organisation.address_keys import match_key_forms, open_address
from outreach.organisation.audit import Actor
from outreach.organisation.models import Sender
from outreach.providers.port import FoundMessage, SmsProvider

_LOG = logging.getLogger(__name__)
RECONCILER = Actor("system:reconciler")
LOOK_UP_AFTER = timedelta(minutes=1)
_MOST_LOOK_UPS = 50
# Twilio and this machine need not have the same time to the second.
_CLOCK_SLACK = timedelta(seconds=60)

# Who wrote then: the batch may be with another sender by now.
_OPEN = """
SELECT u.step_run_id, u.delivery_id, u.attempt, u.since, a.value, s.id
FROM delivery_unknownoutcome u
JOIN delivery_delivery d ON d.step_run_id = u.step_run_id AND d.id = u.delivery_id
JOIN delivery_batch b ON b.id = d.batch_id
JOIN organisation_sender s ON s.id = coalesce(u.sender_id, b.sender_id) AND s.channel = 'sms'
JOIN audience_address a ON a.id = d.address_id
WHERE coalesce(u.looked_up_at, u.since) < %s
ORDER BY coalesce(u.looked_up_at, u.since) LIMIT %s
"""


@dataclass(frozen=True)
class _Open:
    step_run_id: int
    delivery_id: int
    attempt: int
    since: datetime
    address: str
    sender_id: int


def reconcile_unknown() -> int:
    """Looks up what has been unknown for a minute; returns how many were found as sent."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [now() - LOOK_UP_AFTER, _MOST_LOOK_UPS])
        found = [_Open(*row) for row in cursor.fetchall()]
    senders = Sender.objects.in_bulk({row.sender_id for row in found})
    return sum(_look_up(row, senders[row.sender_id]) for row in found)


def _look_up(row: _Open, sender: Sender) -> bool:
    try:
        proof = _proof_at_provider(row, sender)
    except OutreachError as error:
        _LOG.warning("cannot look up delivery %s: %s", row.delivery_id, error.code)
        proof = None
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE delivery_unknownoutcome SET looked_up_at = %s "
            "WHERE step_run_id = %s AND delivery_id = %s",
            [now(), row.step_run_id, row.delivery_id],
        )
        if proof is None:
            return False
        news = News(
            row.delivery_id,
            Event.RECEIPT_ACCEPTED,
            row.attempt,
            "found_at_provider",
            proof.message_id,
        )
        move(cursor, row.step_run_id, [news], now=now(), actor=RECONCILER.name, worker="reconciler")
    return True


def _proof_at_provider(row: _Open, sender: Sender) -> FoundMessage | None:
    address = open_address(row.address)
    provider = lanes.sms_provider(sender)
    found = lanes.run_async(_find(provider, address, sender.identity, row.since - _CLOCK_SLACK))
    return _proof(found, address)


async def _find(
    provider: SmsProvider, address: str, sender: str, since: datetime
) -> list[FoundMessage]:
    return await provider.find(to=address, sender=sender, since=since)


def _proof(found: Sequence[FoundMessage], address: str) -> FoundMessage | None:
    """The one message that this delivery must be; two candidates prove nothing."""
    ours = [each for each in found if each.direction.startswith("outbound")]
    taken = _known_ids(address, [each.message_id for each in ours])
    left = [each for each in ours if each.message_id not in taken]
    return left[0] if len(left) == 1 else None


_KNOWN = """
SELECT message_id FROM delivery_delivery d JOIN audience_address a ON a.id = d.address_id
WHERE a.channel = 'sms' AND a.match_key = ANY (%(keys)s) AND message_id = ANY (%(ids)s)
UNION ALL SELECT message_id FROM notices_notice WHERE message_id = ANY (%(ids)s)
"""


def _known_ids(address: str, ids: Sequence[str]) -> set[str]:
    """Those of `ids` that are known to be something else: another delivery, or a notice."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, {"keys": match_key_forms(address), "ids": list(ids)})
        return {found[0] for found in cursor.fetchall()}
