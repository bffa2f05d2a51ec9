"""The figures of the installation, read from PostgreSQL when somebody asks.

Numbers about all schools together, with labels of our own words; no name, no address, no text.
A figure is one statement that gives labels and a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection
from prometheus_client.core import GaugeMetricFamily, Metric

from outreach.config.environment import Mode, environment
from outreach.core.clock import now

_MOST_MILLISECONDS = 5_000


@dataclass(frozen=True)
class Figure:
    """`query`: rows of as many labels as `labels`, then the value."""

    name: str
    meaning: str
    query: str
    labels: tuple[str, ...] = ()


_DUE_BATCHES = """FROM delivery_batch b
  JOIN campaigns_steprun r ON r.id = b.step_run_id JOIN campaigns_launch l ON l.id = r.launch_id
  WHERE NOT b.is_done AND l.state = 'running' AND b.opens_at <= %(now)s
    AND (b.lease_until IS NULL OR b.lease_until < clock_timestamp())"""
# What waits, and since when; ages by business time, as everything in these tables.
_WAITING = f"""
  SELECT 'send-' || b.channel AS queue, b.opens_at AS since {_DUE_BATCHES}
    AND (b.try_after IS NULL OR b.try_after <= clock_timestamp())
  UNION ALL SELECT 'receipts', received_at FROM inbox_providerevent WHERE processed_at IS NULL
  UNION ALL SELECT 'replies', received_at FROM inbox_inboundmessage WHERE processed_at IS NULL
  UNION ALL SELECT 'notices', not_before_at FROM notices_notice
    WHERE state IN ('pending', 'sending') AND not_before_at <= %(now)s
  UNION ALL SELECT 'plans', r.plan_at FROM campaigns_steprun r
    JOIN campaigns_launch l ON l.id = r.launch_id
    WHERE r.state = 'waiting' AND r.plan_at <= %(now)s AND l.state IN ('running', 'paused')
"""  # noqa: S608  # constants of this module
_QUEUES = "(VALUES ('send-email'), ('send-sms'), ('receipts'), ('replies'), ('notices'), ('plans'))"

FIGURES: tuple[Figure, ...] = (
    Figure(
        "outreach_deliveries",
        "Deliveries by state, over all launches",
        "SELECT state, sum(number) FROM delivery_tally GROUP BY 1",
        ("state",),
    ),
    Figure(
        "outreach_deliveries_per_minute",
        "Deliveries that came into a state, a minute, over the last five minutes",
        "SELECT s.state, coalesce(sum(p.number), 0) / 5.0 "
        "FROM (VALUES ('accepted'), ('delivered'), ('bounced'), ('failed')) AS s(state) "
        "LEFT JOIN delivery_pace p ON p.state = s.state AND p.minute < %(now)s "
        "AND p.minute >= date_trunc('minute', %(now)s::timestamptz) - interval '5 minutes' "
        "GROUP BY 1",
        ("state",),
    ),
    Figure(
        "outreach_queue_length",
        "What is due and waits: batches to send, receipts, replies, notices, plans",
        f"SELECT q.queue, count(w.queue) FROM {_QUEUES} AS q(queue) "  # noqa: S608  # constants
        f"LEFT JOIN ({_WAITING}) w ON w.queue = q.queue GROUP BY 1",
        ("queue",),
    ),
    Figure(
        "outreach_queue_age_seconds",
        "How long the oldest of it has waited",
        "SELECT q.queue, greatest(coalesce("  # noqa: S608  # constants
        "extract(epoch FROM %(now)s - min(w.since)), 0), 0) "
        f"FROM {_QUEUES} AS q(queue) LEFT JOIN ({_WAITING}) w ON w.queue = q.queue "
        "GROUP BY 1",
        ("queue",),
    ),
    Figure(
        "outreach_throttled_batches",
        "Batches that are due and wait for a rate, a limit or a busy provider",
        "SELECT c.channel, count(x.id) "  # noqa: S608  # constants
        "FROM (VALUES ('email'), ('sms')) AS c(channel) "
        f"LEFT JOIN (SELECT b.id, b.channel {_DUE_BATCHES} "
        "AND b.try_after > clock_timestamp()) x ON x.channel = c.channel GROUP BY 1",
        ("channel",),
    ),
    Figure(
        "outreach_throttle_wait_seconds",
        "The longest wait among them that is still to come",
        "SELECT c.channel, coalesce(max("  # noqa: S608  # constants
        "extract(epoch FROM x.try_after - clock_timestamp())), 0) "
        "FROM (VALUES ('email'), ('sms')) AS c(channel) "
        f"LEFT JOIN (SELECT b.try_after, b.channel {_DUE_BATCHES} "
        "AND b.try_after > clock_timestamp()) x ON x.channel = c.channel GROUP BY 1",
        ("channel",),
    ),
    Figure(
        "outreach_sender_paused_seconds",
        "How long a sender still waits because its provider asked for it",
        "SELECT identity, provider, greatest(0, coalesce(extract(epoch FROM "
        "paused_until - clock_timestamp()), 0)) FROM organisation_sender WHERE is_active",
        ("sender", "provider"),
    ),
    Figure(
        "outreach_sender_working",
        "1 while the calls of a sender go through, 0 while its stand-in writes",
        "SELECT s.identity, s.provider, (coalesce(nullif(h.forced, ''), h.state, 'healthy') "
        "= 'healthy')::int FROM organisation_sender s LEFT JOIN delivery_senderhealth h "
        "ON h.sender_id = s.id WHERE s.is_active",
        ("sender", "provider"),
    ),
    Figure(
        "outreach_provider_calls",
        "Calls of a provider in the last two minutes",
        "SELECT s.provider, coalesce(sum(p.chunks), 0) FROM organisation_sender s "
        "LEFT JOIN delivery_senderpulse p ON p.sender_id = s.id "
        "AND p.slot_at > clock_timestamp() - interval '2 minutes' WHERE s.is_active GROUP BY 1",
        ("provider",),
    ),
    Figure(
        "outreach_provider_calls_failing",
        "Those of them of which the provider did not take half",
        "SELECT s.provider, coalesce(sum(p.failing), 0) FROM organisation_sender s "
        "LEFT JOIN delivery_senderpulse p ON p.sender_id = s.id "
        "AND p.slot_at > clock_timestamp() - interval '2 minutes' WHERE s.is_active GROUP BY 1",
        ("provider",),
    ),
    Figure(
        "outreach_provider_latency_seconds",
        "Their mean time to an answer",
        "SELECT s.provider, coalesce(sum(p.milliseconds) / nullif(sum(p.chunks), 0) / 1000.0, 0) "
        "FROM organisation_sender s LEFT JOIN delivery_senderpulse p ON p.sender_id = s.id "
        "AND p.slot_at > clock_timestamp() - interval '2 minutes' WHERE s.is_active GROUP BY 1",
        ("provider",),
    ),
    Figure(
        "outreach_delivery_latency_seconds",
        "From the opening of a batch to the acceptance of its last message, the slowest of the "
        "last hour",
        "SELECT b.channel, coalesce(max(extract(epoch FROM b.served_at - b.opens_at)), 0) "
        "FROM delivery_batch b WHERE b.is_done AND b.served_at > %(now)s::timestamptz "
        "- interval '1 hour' GROUP BY 1",
        ("channel",),
    ),
    Figure(
        "outreach_unknown_outcomes",
        "Deliveries of which nobody knows whether they went out",
        "SELECT count(*) FROM delivery_unknownoutcome",
    ),
    Figure(
        "outreach_unknown_oldest_seconds",
        "How long the oldest of them has been so",
        "SELECT greatest(0, coalesce(extract(epoch FROM %(now)s - min(since)), 0)) "
        "FROM delivery_unknownoutcome",
    ),
    Figure(
        "outreach_holds",
        "Addresses that wait for a person's decision",
        "SELECT count(*) FROM consent_hold WHERE released_at IS NULL",
    ),
    Figure(
        "outreach_cases_open",
        "Cases that are not closed",
        "SELECT k.kind, count(c.id) FROM (VALUES ('crisis'), ('hold'), ('question')) AS k(kind) "
        "LEFT JOIN replies_case c ON c.kind = k.kind AND c.state = 'open' GROUP BY 1",
        ("kind",),
    ),
    Figure(
        "outreach_cases_unopened",
        "Open cases that nobody has looked at",
        "SELECT k.kind, count(c.id) FROM (VALUES ('crisis'), ('hold'), ('question')) AS k(kind) "
        "LEFT JOIN replies_case c ON c.kind = k.kind AND c.state = 'open' AND c.seen_at IS NULL "
        "GROUP BY 1",
        ("kind",),
    ),
    Figure(
        "outreach_case_unopened_oldest_seconds",
        "How long the oldest of them has waited",
        "SELECT k.kind, greatest(0, coalesce(extract(epoch FROM %(now)s - min(c.opened_at)), 0)) "
        "FROM (VALUES ('crisis'), ('hold'), ('question')) AS k(kind) "
        "LEFT JOIN replies_case c ON c.kind = k.kind AND c.state = 'open' AND c.seen_at IS NULL "
        "GROUP BY 1",
        ("kind",),
    ),
    Figure(
        "outreach_spend_today",
        "Spent today, in the organisation's currency",
        "SELECT coalesce((SELECT micros FROM delivery_spend WHERE key = 'day:' || "
        "to_char(%(now)s::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD')), 0) / 1e6",
    ),
    Figure(
        "outreach_spend_cap_today",
        "The cap of a day",
        "SELECT day_cap_micros / 1e6 FROM organisation_organisation",
    ),
    Figure(
        "outreach_hook_messages",
        "Messages to other systems that wait, or were given up",
        "SELECT s.state, count(m.id) FROM (VALUES ('waiting'), ('dead')) AS s(state) "
        "LEFT JOIN outbound_hookmessage m ON m.state = s.state GROUP BY 1",
        ("state",),
    ),
    Figure(
        "outreach_hook_message_oldest_seconds",
        "How long ago the oldest of them was made",
        "SELECT s.state, greatest(0, coalesce("
        "extract(epoch FROM clock_timestamp() - min(m.made_at)), 0)) "
        "FROM (VALUES ('waiting'), ('dead')) AS s(state) "
        "LEFT JOIN outbound_hookmessage m ON m.state = s.state GROUP BY 1",
        ("state",),
    ),
    Figure(
        "outreach_launches",
        "Launches by state",
        "SELECT state, count(*) FROM campaigns_launch GROUP BY 1",
        ("state",),
    ),
    Figure(
        "outreach_suppressions",
        "“Never send here” in force, by reason",
        "SELECT reason, count(*) FROM consent_suppression WHERE lifted_at IS NULL GROUP BY 1",
        ("reason",),
    ),
    Figure(
        "outreach_standstill",
        "1 after a restore, until an operator has finished it",
        "SELECT count(*) FROM organisation_standstill WHERE ended_at IS NULL",
    ),
    Figure(
        "outreach_webhooks_seen_seconds",
        "How long ago the webhooks could last store what comes in",
        "SELECT greatest(0, extract(epoch FROM clock_timestamp() - seen_at)) FROM inbox_door",
    ),
    Figure(
        "outreach_sealed_seconds",
        "How long ago the ledger's chain was last added to",
        "SELECT greatest(0, extract(epoch FROM %(now)s - max(sealed_at))) "
        "FROM delivery_ledgerblock HAVING count(*) > 0",
    ),
    Figure(
        "outreach_upkeep_seconds",
        "How long ago a backup, or the forgetting of the night, last came to a good end",
        "SELECT kind, extract(epoch FROM clock_timestamp() - max(ended_at)) "
        "FROM operations_upkeeprun WHERE failure = '' AND ended_at IS NOT NULL GROUP BY 1",
        ("kind",),
    ),
    Figure(
        "outreach_upkeep_failed",
        "1 when the last run failed",
        "SELECT DISTINCT ON (kind) kind, (failure <> '')::int FROM operations_upkeeprun "
        "ORDER BY kind, began_at DESC",
        ("kind",),
    ),
)
MODE = "outreach_mode"
NAMES = frozenset({MODE, *(figure.name for figure in FIGURES)})


class Figures:
    """A collector for Prometheus' own library."""

    def collect(self) -> Iterator[Metric]:
        """Every figure, now. In a transaction of the caller's, who may read all schools."""
        mode = GaugeMetricFamily(MODE, "1 for the mode that holds", labels=["mode"])
        for each in Mode:
            mode.add_metric([each.value], float(environment().mode is each))
        yield mode
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {_MOST_MILLISECONDS:d}")
        for figure in FIGURES:
            family = GaugeMetricFamily(figure.name, figure.meaning, labels=list(figure.labels))
            for *labels, value in rows_of(figure):
                family.add_metric([str(label) for label in labels], float(str(value)))
            yield family


def rows_of(figure: Figure) -> Sequence[tuple[object, ...]]:
    """Labels and value of each row, now."""
    with connection.cursor() as cursor:
        cursor.execute(figure.query, {"now": now()})
        return list(cursor.fetchall())
