"""Stop means stop: from the commit of an opt-out no claim of that address commits (promise 7)."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta

import delivery_builders as build
import psycopg
from django.db import connection

from outreach.config.database import work_dsn
from outreach.config.environment import environment
from outreach.consent.actions import suppress
from outreach.consent.lock import TAKE_SHARED_SQL
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock, now
from outreach.delivery.actions import plan_step_run, send_batch
from outreach.delivery.connections import connection as async_connection
from outreach.delivery.models import Batch, Delivery
from outreach.delivery.sending import claiming, lease
from outreach.delivery.spending import Budget
from outreach.organisation import lanes
from outreach.organisation.audit import OPERATOR
from outreach.sandbox.control import SandboxControl

BUDGET = Budget(10**12, 10**12, {"GB": 40_000}, is_trial=False, key_version=1)


def test_an_opt_out_waits_for_the_claim_under_way_and_the_next_claim_sees_it(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    parent = build.build_parent(build.build_school(), phone="+447700900001")
    run = build.first_run(build.build_running_launch())
    plan_step_run(run.pk)
    ledger.tick(timedelta(hours=2))
    committed = threading.Event()

    def opt_out() -> None:
        suppress("sms", parent.phone.match_key, reason="asked", evidence="x", actor=OPERATOR)
        committed.set()
        connection.close()

    with psycopg.connect(work_dsn(environment())) as claimer:
        claimer.execute(TAKE_SHARED_SQL)
        stopping = threading.Thread(target=opt_out)
        stopping.start()
        assert not committed.wait(0.3)
        claimer.commit()
        assert committed.wait(10)
        stopping.join()
    send_batch(Batch.objects.get().pk)

    assert Delivery.objects.get(step_run=run).reason == "suppressed"
    assert providers.accepted(Channel.SMS).requests == 0


def test_no_claim_commits_after_an_opt_out_in_a_race(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    """Claims of one delivery each run against opt-outs of the same people, from two connections."""
    parents = build.build_parents(build.build_school(), 60)
    run = build.first_run(build.build_running_launch())
    plan_step_run(run.pk)
    ledger.tick(timedelta(hours=2))
    stopped_at: dict[int, int] = {}
    turn = iter(range(10**9))

    def opt_out_everyone() -> None:
        for parent in parents:
            suppress("sms", parent.phone.match_key, reason="asked", evidence="x", actor=OPERATOR)
            stopped_at[parent.person.pk] = next(turn)
        connection.close()

    batch_id = Batch.objects.get().pk

    async def claim_everyone() -> dict[int, int]:
        started: dict[int, int] = {}
        async with async_connection() as db:
            batch = await lease.take(db, batch_id, now())
            assert batch is not None
            for delivery_id in reversed(range(1, 61)):
                begun = next(turn)
                wish = claiming.Wish(delivery_id, 0, 1, 0)
                claims = await claiming.claim(
                    db, batch, [wish], call_id=None, budget=BUDGET, actor="race"
                )
                if delivery_id in claims.attempts:
                    started[delivery_id] = begun
                await asyncio.sleep(0)
        return started

    stopping = threading.Thread(target=opt_out_everyone)
    stopping.start()
    started = lanes.run_async(claim_everyone())
    stopping.join()
    person_of = {row.id: row.person_id for row in Delivery.objects.filter(step_run=run)}
    claimed_after = [
        delivery_id
        for delivery_id, begun in started.items()
        if begun > stopped_at[person_of[delivery_id]]
    ]

    assert claimed_after == []
    assert {row.state for row in Delivery.objects.all()} <= {"sending", "skipped"}
    assert Delivery.objects.filter(state="skipped").exists()
