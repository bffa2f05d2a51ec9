"""How long the page of a launch takes when its ledger is large.

The rows, batches and counters are laid down by SQL as a send would have left them; the page
is served by the product's web process to a session that is signed in.
"""

from __future__ import annotations

import http.client
import time
from typing import Any

import psycopg

from bench.figures import Effort, Figure, Say, figure, percentile
from bench.machine import Machine, free_port, wait_for_http
from bench.population import Population

_WARM_UP = 20
_PEOPLE = 100_000  # two hundred schools

_PARTITION = "SELECT outreach_ledger_partition(%(run)s)"
_BATCHES = """
INSERT INTO delivery_batch (step_run_id, channel, sender_id, topic_id, zone, opens_at, closes_at,
  expires_at, first_id, last_id, is_done)
SELECT %(run)s, 'sms', (SELECT min(id) FROM organisation_sender), (SELECT id FROM consent_topic),
  'Europe/London', now() - interval '1 hour', now() + interval '9 hours',
  now() + interval '9 hours', (n - 1) * 1000 + 1, n * 1000, n %% 3 > 0
FROM generate_series(1, greatest(1, %(rows)s * 99 / 100000)) AS n
"""
# One in a hundred was left out by the plan and is in no batch, a third still waits, the others are
# delivered but for one in ten thousand.
_ROWS = """
INSERT INTO delivery_delivery (step_run_id, id, batch_id, person_id, address_id, school_id,
  language, state, reason, attempt, state_at, message_id, segments)
SELECT %(run)s, n, b.id, n, CASE WHEN b.id IS NOT NULL THEN n END, n %% 200 + 1, 'en',
  CASE WHEN b.id IS NULL THEN 'skipped' WHEN NOT b.is_done THEN 'pending'
    WHEN n %% 10000 = 77 THEN 'failed' ELSE 'delivered' END,
  CASE WHEN b.id IS NULL THEN 'no_consent' WHEN b.is_done AND n %% 10000 = 77 THEN '30005' END,
  CASE WHEN b.is_done THEN 1 ELSE 0 END, now(), 'SM' || md5(n::text), 1
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
LEFT JOIN delivery_batch b ON b.first_id = (n - 1) / 1000 * 1000 + 1 AND b.step_run_id = %(run)s
"""
# As they stand in the middle of a send: the planner's, those of finished batches added up, and
# those of the newest batches, which the sweeper has not come to yet.
_TALLIES = """
WITH done AS (
  SELECT batch_id, state, count(*) AS number, batch_id > (
    SELECT coalesce(min(id), 0) FROM (SELECT id FROM delivery_batch
      WHERE step_run_id = %(run)s AND is_done ORDER BY id DESC OFFSET %(apart)s LIMIT 1) b) AS apart
  FROM delivery_delivery WHERE step_run_id = %(run)s AND state IN ('delivered', 'failed')
  GROUP BY batch_id, state
), kept AS (
  INSERT INTO delivery_batchcount (step_run_id, state, batch_id, number)
  SELECT %(run)s, state, batch_id, number FROM done WHERE NOT apart
)
INSERT INTO delivery_tally (step_run_id, batch_key, worker, state, reason, number)
SELECT %(run)s, 0, 'planner', CASE state WHEN 'skipped' THEN state ELSE 'pending' END,
  CASE state WHEN 'skipped' THEN reason ELSE '' END, count(*)
FROM delivery_delivery WHERE step_run_id = %(run)s GROUP BY 4, 5
UNION ALL
SELECT %(run)s, CASE WHEN apart THEN batch_id ELSE 0 END,
  CASE WHEN apart THEN t.worker || batch_id %% 2 ELSE 'folded' END, t.state, '',
  sum(t.sign * number)
FROM done, LATERAL (VALUES ('sms@here#', 'pending', -1), ('sms@here#', 'sending', 0),
    ('sms@here#', 'accepted', 1), ('receipts', 'accepted', -1), ('receipts', done.state, 1)
  ) AS t(worker, state, sign)
GROUP BY 2, 3, 4
"""
_PACE = """
INSERT INTO delivery_pace (step_run_id, minute, worker, state, number)
SELECT %(run)s, date_trunc('minute', now()) - n * interval '1 minute', worker, state, 1000
FROM generate_series(0, 60) AS n, (VALUES ('a'), ('b')) AS w(worker),
  (VALUES ('accepted'), ('delivered')) AS s(state)
"""
_PLANNED = "UPDATE campaigns_steprun SET state = 'planned', planned_at = now() WHERE id = %(run)s"
_SLICE = 1_000_000
APART = 1_000  # batches whose counters the sweeper has not come to yet


def measure_page(effort: Effort, say: Say) -> list[Figure]:
    """p95 over many requests, one after the other, of the page and of its moving part."""
    rows = effort.size(50_000, 1_000_000, 10_000_000)
    asks = effort.size(40, 200, 400)
    with Machine() as machine:
        machine.populate(Population(_PEOPLE, sms_share=0.8))
        launch = int(machine.run("-m", "bench.launching", "sms"))
        say(f"laying down {rows:,} ledger rows")
        _lay_down(machine, launch, rows)
        uuid = machine.ask("SELECT uuid FROM campaigns_launch WHERE id = %s", launch)
        port = start_web(machine)
        cookie = f"sessionid={machine.run('-m', 'bench.session')}"
        found = {
            name: _ask(port, f"/launches/{uuid}{path}", cookie, asks)
            for name, path in (("launch page", ""), ("its moving part", "/live"))
        }
        found["list of launches"] = _ask(port, "/", cookie, asks)
    return [
        figure(
            f"{name} at {rows:,} ledger rows, p95",
            [percentile(values, 95)],
            100 if name == "launch page" else None,
            30 if name == "launch page" else None,
            unit="ms",
            is_ceiling=True,
        )
        for name, values in found.items()
    ]


def _lay_down(machine: Machine, launch: int, rows: int) -> None:
    run = machine.ask("SELECT id FROM campaigns_steprun WHERE launch_id = %s", launch)
    with machine.connect() as connection:
        lay_down_run(connection, run, rows)
        connection.execute("VACUUM ANALYZE")


def lay_down_run(
    connection: psycopg.Connection[Any], run: int, rows: int, *, apart: int = APART
) -> None:
    """The ledger of one step run in the middle of its send, with its batches and counters.
    `apart`: so many batches whose counters are not added up yet."""
    params = {"run": run, "rows": rows, "apart": apart}
    for statement in (_PARTITION, _BATCHES):
        connection.execute(statement, params)
    connection.execute("ANALYZE delivery_batch")
    for first in range(1, rows + 1, _SLICE):
        last = min(first + _SLICE - 1, rows)
        connection.execute(_ROWS, params | {"first": first, "last": last})
    for statement in (_TALLIES, _PACE, _PLANNED):
        connection.execute(statement, params)


def start_web(machine: Machine) -> int:
    port = free_port()
    machine.environment["OUTREACH_DATABASE_ROLE"] = "app"
    machine.start(
        *("granian", "--interface", "wsgi", "outreach.config.wsgi:application"),
        *("--host", "127.0.0.1", "--port", str(port), "--blocking-threads", "8"),
        name="web",
    )
    machine.environment.pop("OUTREACH_DATABASE_ROLE")
    wait_for_http(f"http://127.0.0.1:{port}/healthz")
    return port


def _ask(port: int, path: str, cookie: str, times: int) -> list[float]:
    """Milliseconds of each request on one kept connection, the first few left out."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    taken: list[float] = []
    for _ in range(times + _WARM_UP):
        begun_at = time.monotonic()
        line.request("GET", path, headers={"Cookie": cookie})
        answer = line.getresponse()
        answer.read()
        taken.append((time.monotonic() - begun_at) * 1000)
        if answer.status != http.client.OK:
            raise RuntimeError(f"{path} answered {answer.status}")
    line.close()
    return taken[_WARM_UP:]
