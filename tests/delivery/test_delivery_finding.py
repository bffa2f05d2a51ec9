"""Lists of one state come from where the counters point to, and read next to nothing else."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from importlib import import_module

import delivery_builders as build
import fallback_builders as fallback
import pytest
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from outreach.campaigns.models import StepRun
from outreach.consent.models import ConsentState
from outreach.core.clock import FrozenClock
from outreach.core.ids import uuid7
from outreach.core.tokens import DELIVERY_STATUS
from outreach.delivery.actions import apply_receipts, plan_step_run, send_batch
from outreach.delivery.counters import fold_tallies
from outreach.delivery.finding import rows_in_state
from outreach.delivery.models import Batch, BatchCount, Delivery, DeliveryState
from outreach.inbox.models import ProviderEvent
from outreach.organisation import lanes
from outreach.sandbox.control import SandboxControl

COUNT_AGAIN = import_module(
    "outreach.delivery.migrations.0018_counts_are_kept_by_the_table"
).COUNT_AGAIN
BATCHES, IN_BATCH = 40, 500
LAY_DOWN = """
SELECT outreach_ledger_partition(%(run)s);
INSERT INTO delivery_batch (step_run_id, channel, sender_id, topic_id, zone, opens_at, closes_at,
  expires_at, first_id, last_id, is_done)
SELECT %(run)s, channel, sender_id, topic_id, zone, opens_at, closes_at, expires_at,
  n * 500 + 1, n * 500 + 500, true
FROM delivery_batch, generate_series(1, 40) AS n WHERE step_run_id = %(like)s;
INSERT INTO delivery_delivery (step_run_id, id, batch_id, person_id, school_id, language, state,
  attempt, state_at)
SELECT %(run)s, n, b.id, -n, 1, 'en', CASE n WHEN 18_600 THEN 'failed' ELSE 'delivered' END, 1,
  now()
FROM delivery_batch b, generate_series(b.first_id, b.last_id) AS n WHERE b.step_run_id = %(run)s;
INSERT INTO delivery_tally (step_run_id, batch_key, worker, state, number)
SELECT %(run)s, batch_id, 'worker', state, count(*) FROM delivery_delivery
WHERE step_run_id = %(run)s GROUP BY batch_id, state;
SELECT outreach_analyze_ledger(%(run)s)
"""
READ = """
SELECT coalesce(sum(seq_tup_read), 0) + coalesce(sum(idx_tup_fetch), 0)
FROM pg_stat_xact_user_tables WHERE relname LIKE 'delivery_delivery\\_%'
"""


def report(run: StepRun, number: int, kind: str) -> None:
    ProviderEvent.objects.create(
        provider="twilio",
        event_key=str(uuid7()),
        token=lanes.sealer().seal(DELIVERY_STATUS, run.pk, number, 1),
        kind=kind,
        received_at=run.launch.created_at,
    )
    apply_receipts()


def mixed_run(clock: FrozenClock) -> StepRun:
    """Twelve people: two did not agree, of the others one waits, some arrived, two did not."""
    parents = build.build_parents(build.build_school(), 12)
    ConsentState.objects.filter(address__in=[each.phone for each in parents[:2]]).delete()
    run = build.first_run(build.build_running_launch())
    plan_step_run(run.pk)
    clock.tick(timedelta(hours=2))
    send_batch(Batch.objects.get().pk)
    for number, kind in enumerate(("delivered",) * 4 + ("failed",) * 2, 1):
        report(run, number, kind)
    return run


def found_by_state(run: StepRun) -> dict[str, list[int]]:
    found = {state: rows_in_state(run.launch_id, state, 200) for state in DeliveryState}
    return {state: [row[1] for row in rows] for state, rows in found.items() if rows}


def in_ledger(run: StepRun) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for number, state in (
        Delivery.objects.filter(step_run=run).order_by("id").values_list("id", "state")
    ):
        rows.setdefault(state, []).append(number)
    return rows


def test_each_state_is_listed_before_and_after_its_counters_are_added_up(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    run = mixed_run(ledger)
    before = in_ledger(run)
    assert Counter({state: len(ids) for state, ids in before.items()})["skipped"] == 2
    assert set(before) >= {"skipped", "accepted", "delivered", "failed"}
    assert found_by_state(run) == before
    fold_tallies()
    assert BatchCount.objects.filter(step_run=run).exists()
    assert found_by_state(run) == before
    report(run, 7, "delivered")
    assert found_by_state(run) == in_ledger(run) != before
    fold_tallies()
    assert found_by_state(run) == in_ledger(run)


def test_who_failed_on_both_channels_is_listed(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    providers.configure(
        outcomes=[{"channel": "sms", "suffix": "0001", "kind": "refused", "code": "21614"}]
    )
    fallback.sent(ledger, fallback.DEFINITION.replace("[email, sms]", "[sms, email]"))
    assert fallback.wait_and_fall_back(ledger) == 1
    fallback.send_all()
    fallback.report("failed", attempt=2, refusal="bad_address")
    run = fallback.row().step_run
    assert found_by_state(run) == in_ledger(run) == {"failed": [1]}
    fold_tallies()
    assert found_by_state(run) == in_ledger(run)


@pytest.mark.parametrize("lost", [0, 1, 2], ids=["none", "some", "all"])
def test_counts_that_an_older_release_did_not_keep_are_counted_again(
    providers: SandboxControl, ledger: FrozenClock, lost: int
) -> None:
    """Of a batch that was added up and is open again, too; and as often as one likes."""
    run = mixed_run(ledger)
    fold_tallies()
    report(run, 7, "delivered")
    kept = sorted(BatchCount.objects.values_list("batch_id", "state", "number"))
    Batch.objects.update(is_done=False)
    if lost == 1:
        BatchCount.objects.filter(state="failed").delete()
        BatchCount.objects.update(number=F("number") + 3)
    elif lost:
        BatchCount.objects.all().delete()
    for _ in range(2):
        with connection.cursor() as cursor:
            cursor.execute(COUNT_AGAIN)
    assert (
        sorted(BatchCount.objects.exclude(number=0).values_list("batch_id", "state", "number"))
        == kept
    )
    assert found_by_state(run) == in_ledger(run)


def test_those_who_wait_are_found_before_anything_went_out(ledger: FrozenClock) -> None:
    build.build_parents(build.build_school(), 5)
    run = build.first_run(build.build_running_launch())
    plan_step_run(run.pk)
    assert found_by_state(run) == in_ledger(run) == {"pending": [1, 2, 3, 4, 5]}
    assert [row[1] for row in rows_in_state(run.launch_id, "pending", 3)] == [1, 2, 3]
    assert [row[1] for row in rows_in_state(run.launch_id, "pending", 3, (run.pk, 3))] == [4, 5]
    assert rows_in_state(run.launch_id, "pending", 3, (run.pk, 5)) == []


@pytest.mark.parametrize("is_folded", [False, True])
@pytest.mark.parametrize(
    ("state", "found", "most_read"),
    [("failed", 1, IN_BATCH), ("delivered", 200, 200), ("bounced", 0, 0)],
)
def test_no_list_reads_more_of_the_ledger_than_the_batches_that_hold_it(
    ledger: FrozenClock, *, is_folded: bool, state: str, found: int, most_read: int
) -> None:
    build.build_parents(build.build_school(), 1)
    like, run = build.build_running_launch().step_runs.order_by("position")[:2]
    plan_step_run(like.pk)
    with connection.cursor() as cursor:
        cursor.execute(LAY_DOWN, {"run": run.pk, "like": like.pk})
    if is_folded:
        fold_tallies()
    with transaction.atomic(), connection.cursor() as cursor:  # it counts within one
        cursor.execute(READ)
        before = cursor.fetchone()[0]
        with CaptureQueriesContext(connection) as asked:
            rows = rows_in_state(run.launch_id, state, 200)
        cursor.execute(READ)
        read = cursor.fetchone()[0] - before
    assert len(rows) == found
    assert found <= read <= most_read + BATCHES
    assert len(asked) <= 3
