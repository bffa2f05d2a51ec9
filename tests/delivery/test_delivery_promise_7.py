"""Stop means stop: from the commit of an opt-out no claim of that address commits (promise 7)."""

from __future__ import annotations

import itertools
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


class Race:
    """Opt-outs of everyone in one thread against claims of everyone, one by one, in another."""

    def __init__(self, parents: list[build.Parent], batch_id: int) -> None:
        self._parents = parents
        self._batch_id = batch_id
        self._turn = itertools.count()
        self.stopped_at: dict[int, int] = {}  # person -> the turn after its opt-out committed
        self.claimed_from: dict[int, int] = {}  # delivery -> the turn before its claim began

    def run(self) -> None:
        stopping = threading.Thread(target=self._stop_everyone)
        stopping.start()
        lanes.run_async(self._claim_everyone())
        stopping.join()

    def _stop_everyone(self) -> None:
        for parent in self._parents:
            suppress("sms", parent.phone.match_key, reason="asked", evidence="x", actor=OPERATOR)
            self.stopped_at[parent.person.pk] = next(self._turn)
        connection.close()

    async def _claim_everyone(self) -> None:
        async with async_connection() as db:
            batch = await lease.take(db, self._batch_id, now())
            assert batch is not None
            for delivery_id in reversed(range(1, len(self._parents) + 1)):
                begun = next(self._turn)
                wish = claiming.Wish(delivery_id, 0, 1, 0)
                claims = await claiming.claim(
                    db, batch, [wish], call_id=None, budget=BUDGET, actor="race"
                )
                if delivery_id in claims.attempts:
                    self.claimed_from[delivery_id] = begun


def test_no_claim_commits_after_an_opt_out_in_a_race(
    providers: SandboxControl, ledger: FrozenClock
) -> None:
    parents = build.build_parents(build.build_school(), 60)
    run = build.first_run(build.build_running_launch())
    plan_step_run(run.pk)
    ledger.tick(timedelta(hours=2))
    race = Race(parents, Batch.objects.get().pk)

    race.run()

    person_of = {row.id: row.person_id for row in Delivery.objects.filter(step_run=run)}
    late = [
        delivery_id
        for delivery_id, begun in race.claimed_from.items()
        if begun > race.stopped_at[person_of[delivery_id]]
    ]
    assert late == []
    assert {row.state for row in Delivery.objects.all()} <= {"sending", "skipped"}
    assert Delivery.objects.filter(state="skipped").exists()
