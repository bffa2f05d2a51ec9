"""Counts what finished step runs came to, so that no page ever counts rows of the ledger.

A run is counted once it is finished, then once a day, because receipts, answers and opt-outs still
come; after thirty days for the last time. Safe to run twice at once: each count replaces the one
before in one transaction.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from outreach.campaigns.models import StepRun, StepRunState
from outreach.consent.models import SuppressionReason
from outreach.core.clock import now
from outreach.reports.models import RunCount, RunFigure

# How long after a message somebody who stops is counted as having stopped after it.
STOPPED_WITHIN = timedelta(days=7)
# As long as a question can be answered (delivery's `OPEN_FOR`), and a day for the last receipts.
_FINAL_AFTER = timedelta(days=31)
_AGAIN_AFTER = timedelta(days=1)
# A run of a million messages takes some seconds; the clock comes back soon for the others.
_MOST_RUNS = 5
# A bounce is nobody's decision.
_STOPPED_BY = (
    SuppressionReason.ASKED,
    SuppressionReason.COMPLAINT,
    SuppressionReason.PROVIDER,
    SuppressionReason.STAFF,
)

# Somebody who stops is counted at the last message that went to that address before. The few who
# stopped are looked up among the messages, not the messages among those who stopped.
_COUNT = """
WITH stops AS MATERIALIZED (
  SELECT h.address_id, s.topic_id, s.at FROM consent_suppression s
  JOIN audience_addresshash h ON h.digest = s.digest AND h.key_version = s.key_version
  WHERE s.reason = ANY (%(reasons)s) AND s.at >= %(from)s AND s.at < %(until)s
  UNION
  SELECT address_id, topic_id, at FROM consent_consent
  WHERE act = 'withdrawn' AND at >= %(from)s AND at < %(until)s
),
stopped AS (
  SELECT DISTINCT d.id FROM stops s
  JOIN delivery_delivery d ON d.address_id = s.address_id AND d.step_run_id = %(run)s
  JOIN delivery_batch b ON b.id = d.batch_id
  WHERE d.state IN ('accepted', 'delivered') AND coalesce(s.topic_id, b.topic_id) = b.topic_id
    AND s.at >= b.opens_at AND s.at < b.opens_at + make_interval(days => %(days)s)
    AND NOT EXISTS (
      SELECT 1 FROM delivery_delivery n JOIN delivery_batch nb ON nb.id = n.batch_id
      WHERE n.address_id = d.address_id AND n.step_run_id <> d.step_run_id
        AND n.state IN ('accepted', 'delivered') AND nb.opens_at > b.opens_at
        AND nb.opens_at <= s.at)
),
counted AS (
  SELECT grouping(d.school_id, d.language, b.channel) AS level, d.school_id, d.language,
    b.channel, count(*) AS planned,
    count(*) FILTER (WHERE d.state IN ('skipped', 'expired', 'cancelled')) AS left_out,
    count(*) FILTER (WHERE d.state IN ('accepted', 'delivered')) AS reached,
    count(*) FILTER (WHERE d.state = 'delivered') AS delivered,
    count(*) FILTER (WHERE d.state IN ('failed', 'bounced')) AS failed,
    count(*) FILTER (WHERE d.state IN ('unknown', 'pending', 'sending')) AS unknown,
    count(o.id) AS opted_out, count(a.delivery_id) AS answered
  FROM delivery_delivery d
  LEFT JOIN delivery_batch b ON b.id = d.batch_id
  LEFT JOIN delivery_answer a ON a.step_run_id = d.step_run_id AND a.delivery_id = d.id
  LEFT JOIN stopped o ON o.id = d.id
  WHERE d.step_run_id = %(run)s
  GROUP BY GROUPING SETS ((), (d.school_id), (d.language), (b.channel))
)
INSERT INTO reports_runfigure (step_run_id, dimension, key, school_id, planned, left_out, reached,
  delivered, failed, unknown, opted_out, answered)
SELECT %(run)s,
  CASE c.level WHEN 7 THEN 'all' WHEN 3 THEN 'school' WHEN 5 THEN 'language' ELSE 'channel' END,
  coalesce(s.slug, c.language, c.channel, ''), c.school_id, c.planned, c.left_out, c.reached,
  c.delivered, c.failed, c.unknown, c.opted_out, c.answered
FROM counted c LEFT JOIN organisation_school s ON s.id = c.school_id
"""


def count_due_runs() -> int:
    """Counts the next runs that are due; returns how many."""
    due = list(_due()[:_MOST_RUNS])
    for run in due:
        count_run(run)
    return len(due)


def count_run(run: StepRun) -> None:
    """Replaces the counts of one finished run with those of this moment."""
    moment = now()
    with transaction.atomic():
        RunCount.objects.update_or_create(
            step_run=run,
            defaults={
                "counted_at": moment,
                "is_final": moment >= run.last_close_at + _FINAL_AFTER,
            },
        )
        RunFigure.objects.filter(step_run=run).delete()
        with connection.cursor() as cursor:
            cursor.execute(
                _COUNT,
                {
                    "run": run.pk,
                    "reasons": [reason.value for reason in _STOPPED_BY],
                    "from": run.plan_at,
                    "until": run.last_close_at + STOPPED_WITHIN,
                    "days": STOPPED_WITHIN.days,
                },
            )


def _due() -> QuerySet[StepRun]:
    """Finished runs that were never counted, or not since yesterday and not for good."""
    kept = RunCount.objects.filter(step_run=OuterRef("pk"))
    fresh = Q(is_final=True) | Q(counted_at__gt=now() - _AGAIN_AFTER)
    runs = StepRun.objects.filter(~Exists(kept.filter(fresh)), state=StepRunState.FINISHED)
    return runs.order_by("pk")
