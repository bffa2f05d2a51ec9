"""Limits changed while messages go out: today's messages are counted in before the limit holds.

A sender without a limit is not counted, so that the common case pays nothing. Whoever sets one
therefore counts what has gone out today, from the ledger's own events.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from typing import TypeVar

from django.db import connection, transaction

from outreach.core.clock import now
from outreach.organisation import limits
from outreach.organisation.audit import Actor
from outreach.organisation.limits import WARM_UP, Limits
from outreach.organisation.models import AccountLimit, Sender

Limited = TypeVar("Limited", Sender, AccountLimit)

# Claimed and neither refused nor given back since. Only runs with a window today are looked at.
_COUNT = """
INSERT INTO delivery_spend AS s (key, micros, messages)
SELECT %(key)s, 0, greatest(0, coalesce(sum(CASE e.event WHEN 'claim' THEN 1 ELSE -1 END), 0))
FROM delivery_deliveryevent e
JOIN delivery_delivery d ON d.step_run_id = e.step_run_id AND d.id = e.delivery_id
JOIN delivery_batch b ON b.id = d.batch_id AND b.sender_id = ANY (%(senders)s)
WHERE e.event IN ('claim', 'give_back', 'refuse') AND e.at >= %(since)s
  AND e.step_run_id IN (SELECT x.step_run_id FROM delivery_batch x
    WHERE x.sender_id = ANY (%(senders)s) AND x.expires_at >= %(since)s AND x.opens_at <= %(now)s)
ON CONFLICT (key) DO UPDATE SET messages = excluded.messages
"""


def limit_sender(sender: Sender, wanted: Limits, *, actor: Actor, why: str) -> Sender:
    """See `organisation.limits.limit_sender`; what has gone out today counts."""
    return _counted_in(
        lambda: limits.limit_sender(sender, wanted, actor=actor, why=why),
        f"sender:{sender.pk}",
        [sender.pk],
    )


def limit_account(provider: str, wanted: Limits, *, actor: Actor, why: str) -> AccountLimit:
    """See `organisation.limits.limit_account`; what has gone out today counts."""
    senders = list(Sender.objects.filter(provider=provider).values_list("pk", flat=True))
    return _counted_in(
        lambda: limits.limit_account(provider, wanted, actor=actor, why=why),
        f"account:{provider}",
        senders,
    )


def start_warm_up(
    sender: Sender, *, from_day: date, schedule: Sequence[int] = WARM_UP, actor: Actor, why: str
) -> Sender:
    """See `organisation.limits.start_warm_up`; what has gone out today counts."""
    return _counted_in(
        lambda: limits.start_warm_up(
            sender, from_day=from_day, schedule=schedule, actor=actor, why=why
        ),
        f"sender:{sender.pk}",
        [sender.pk],
    )


def _counted_in(change: Callable[[], Limited], key: str, sender_ids: Sequence[int]) -> Limited:
    """Both in one transaction: no claim sees the limit without the count."""
    moment = now()
    with transaction.atomic():
        changed = change()
        with connection.cursor() as cursor:
            cursor.execute(
                _COUNT,
                {
                    "key": f"{key}:{moment:%Y-%m-%d}",
                    "senders": list(sender_ids),
                    "since": datetime.combine(moment.date(), time(), UTC),
                    "now": moment,
                },
            )
    return changed
