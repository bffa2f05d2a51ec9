"""Stops that are committed while the batch goes out (promise 7).

Which commit came first is read from PostgreSQL's own commit timestamps: an event of a claim and
a suppression both carry the transaction that wrote them.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from datetime import datetime, timedelta

from bench.chaos.locks import CLAIM, hold_claims
from bench.chaos.trial import OPEN_TEXTS, Trial, pause
from outreach.inbox.beat import GAP_SECONDS

_TRIALS = 100
_COMMIT_P99_MILLISECONDS = 50.0
_STARTED_WITHIN = timedelta(seconds=2)
_SENDER = "+447700900999"
# Long enough that some stops come before the claim of their message on a slow machine too.
_SECONDS_OF_STOPS = 10
# Slow enough that a STOP is read before the turn of the last in a batch comes.
_SLOWLY_PER_SECOND = 10

_STOPS = """
SELECT a.match_key, pg_xact_commit_timestamp(s.xmin),
  (SELECT max(pg_xact_commit_timestamp(e.xmin)) FROM delivery_deliveryevent e
   WHERE e.step_run_id = d.step_run_id AND e.delivery_id = d.id AND e.event = 'claim')
FROM consent_suppression s JOIN audience_addresshash h ON h.digest = s.digest
JOIN audience_address a ON a.id = h.address_id
JOIN delivery_delivery d ON d.address_id = a.id AND d.step_run_id = %s
WHERE s.evidence = 'chaos'
"""


def in_the_middle(trial: Trial) -> None:
    """People of the very batch say stop, one after another, while it goes out."""
    trial.begin(rate=trial.house.people / _SECONDS_OF_STOPS)
    with hold_claims(trial.house) as claims:
        trial.launch()
        claims.wait_for_waiter(CLAIM)
        people = trial.house.spawn(
            *("python", "-m", "bench.chaos.inside", "opt-outs", str(trial.run), str(_TRIALS))
        )
        claims.wait_for_waiter("%advisory_xact_lock(%")
    said = people.communicate()[0]
    trial.house.wait(trial.is_over, "the end of the send")
    _judge_pace(trial, json.loads(said)[1:])  # the first waited for our own lock
    _judge_order(trial)


def _judge_pace(trial: Trial, milliseconds: list[float]) -> None:
    parts = statistics.quantiles(milliseconds, n=100)
    p50, p99 = parts[49], parts[98]
    trial.result.notes |= {
        "stops": len(milliseconds),
        "commit p50, ms": round(p50, 1),
        "commit p99, ms": round(p99, 1),
    }
    trial.expect(p99 <= _COMMIT_P99_MILLISECONDS, f"p99 of a stop's commit is {p99:.0f} ms")


def _judge_order(trial: Trial) -> None:
    items = trial.house.control.accepted_items(trial.channel)
    sent = {str(item["to"]): datetime.fromisoformat(item["at"]) for item in items}
    stops = trial.house.rows(_STOPS, trial.run)
    after = sum(claim is not None and claim > stop for _, stop, claim in stops)
    trial.expect(after == 0, f"{after} were claimed after their stop was committed")
    late = sum(phone in sent and sent[phone] > stop + _STARTED_WITHIN for phone, stop, _ in stops)
    trial.expect(late == 0, f"{late} texts started two seconds after the stop")
    in_time = sum(claim is None for _, _, claim in stops)
    trial.result.notes["stopped in time"] = in_time
    trial.expect(0 < in_time < len(stops), f"{in_time} of {len(stops)} stops were in time")


def by_text(trial: Trial) -> None:
    """STOP from phones whose turn has not come: webhook, reading and claim with real processes."""
    trial.begin(rate=_SLOWLY_PER_SECOND)
    trial.launch()
    trial.wait_for("state IN ('accepted', 'delivered')")
    phones = _last_phones(trial)
    _text_stop(trial, phones)
    trial.resume(lambda: _stopped(trial) == len(phones))
    trial.set_rate(400)
    _judge_reached(trial, phones)


def missed(trial: Trial) -> None:
    """STOP while all of ours is down, until Twilio gives up: its list is read before any claim."""
    trial.begin(rate=60)
    trial.unknown_at_most = OPEN_TEXTS
    trial.launch()
    trial.wait_for("state IN ('accepted', 'delivered')")
    phones = _last_phones(trial)
    down = trial.house.running()
    for name in down:
        trial.house.kill(name)
    _text_stop(trial, phones)
    pause(GAP_SECONDS + 1)
    trial.house.control.wait_until_quiet(60)
    given_up = trial.house.control.callbacks()["counts"].get("given_up", 0)
    trial.expect(given_up >= len(phones), f"{given_up} webhooks given up: nothing was missed")
    trial.house.ensure(*down)
    trial.resume()
    stopped = _stopped(trial)
    trial.expect(stopped == len(phones), f"claims began when {stopped} stops were read")
    _judge_reached(trial, phones)


def _last_phones(trial: Trial) -> list[str]:
    rows = trial.house.rows(
        "SELECT a.match_key FROM delivery_delivery d JOIN audience_address a "
        "ON a.id = d.address_id JOIN delivery_batch b ON b.id = d.batch_id "
        "WHERE d.step_run_id = %s AND d.state = 'pending' ORDER BY b.last_id - d.id LIMIT 5",
        trial.run,
    )
    return [str(row[0]) for row in rows]


def _text_stop(trial: Trial, phones: Sequence[str]) -> None:
    for phone in phones:
        trial.house.control.reply_from_phone(phone, "STOP", to=_SENDER)


def _judge_reached(trial: Trial, phones: Sequence[str]) -> None:
    trial.house.wait(trial.is_over, "the end of the send")
    sent = {str(item["to"]) for item in trial.house.control.accepted_items(trial.channel)}
    reached = sum(phone in sent for phone in phones)
    trial.expect(reached == 0, f"{reached} got the text although they had said stop")
    skipped = trial.count("state = 'skipped' AND reason = 'suppressed'")
    trial.expect(skipped == len(phones), f"{skipped} of {len(phones)} were left out by us")


def _stopped(trial: Trial) -> int:
    return int(
        trial.house.one(
            "SELECT count(*) FROM consent_suppression WHERE channel = 'sms' AND lifted_at IS NULL"
        )
    )
