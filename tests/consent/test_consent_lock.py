"""Promise 7 on two connections: an opt-out waits for claims, and later claims see it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg
import pytest
from django.db import connection

from outreach.config.database import work_dsn
from outreach.config.environment import environment
from outreach.consent import actions
from outreach.consent.lock import take_exclusive, take_shared
from outreach.consent.models import SuppressionReason
from outreach.organisation.audit import RECIPIENT
from tests.delivery import delivery_builders as build

PHONE = "+447700900123"
ACTIVE = "SELECT count(*) FROM consent_suppression WHERE lifted_at IS NULL"
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


def suppress() -> bool:
    return actions.suppress(
        "sms", PHONE, reason=SuppressionReason.ASKED, evidence="inbound:1", actor=RECIPIENT
    )


def in_a_thread(work: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def until_somebody_waits(look: psycopg.Connection[tuple[object, ...]]) -> None:
    for _ in range(3000):
        if look.execute(WAITING).fetchone() == (1,):
            return
        time.sleep(0.01)
    pytest.fail("nobody waited for the lock")


def test_opt_out_waits_for_the_claim_under_way_and_the_next_claim_sees_it(as_work: None) -> None:
    dsn = work_dsn(environment())
    with psycopg.connect(dsn) as claim, psycopg.connect(dsn, autocommit=True) as look:
        take_shared(claim)
        assert claim.execute(ACTIVE).fetchone() == (0,)
        opting_out = in_a_thread(suppress)
        until_somebody_waits(look)
        assert look.execute(ACTIVE).fetchone() == (0,)
        claim.commit()
        opting_out.join()
        take_shared(claim)
        assert claim.execute(ACTIVE).fetchone() == (1,)


def test_claim_that_waited_for_an_opt_out_reads_it(as_work: None) -> None:
    dsn = work_dsn(environment())
    seen: list[object] = []
    with psycopg.connect(dsn) as opt_out, psycopg.connect(dsn, autocommit=True) as look:
        take_exclusive(opt_out)

        def claim() -> None:
            with psycopg.connect(dsn) as claimer:
                take_shared(claimer)
                seen.append(claimer.execute(ACTIVE).fetchone())

        claiming = in_a_thread(claim)
        until_somebody_waits(look)
        opt_out.execute(
            "INSERT INTO consent_suppression (channel, digest, key_version, reason, evidence, "
            "actor, at, lifted_by, lifted_evidence) "
            "VALUES ('sms', 'x', 1, 'asked', 'x', 'x', now(), '', '')"
        )
        opt_out.commit()
        claiming.join()
    assert seen == [(1,)]


def test_claims_do_not_wait_for_each_other(as_work: None) -> None:
    dsn = work_dsn(environment())
    with psycopg.connect(dsn) as one, psycopg.connect(dsn) as two:
        take_shared(one)
        two.execute("SET lock_timeout = '1s'")
        take_shared(two)


def test_two_stops_at_once_make_one_suppression(as_work: None) -> None:
    build.build_organisation()
    answers: list[bool] = []
    threads = [in_a_thread(lambda: answers.append(suppress())) for _ in range(8)]
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False] * 7 + [True]
