"""Whether messages go through a sender: what its calls say, over a window, for all workers.

Owns the thresholds and the states healthy → tripped → probing → healthy. A sender trips on a
window of bad calls and recovers only after several good probes, each trip in a row resting it
longer, so that it does not flap. By the database's clock. Refuses to choose who sends instead.
"""

from __future__ import annotations

import time
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from outreach.core.errors import BadInput
from outreach.delivery.ledger import worker_name
from outreach.delivery.models import HealthState, SenderHealth
from outreach.delivery.pulse import Pulse
from outreach.organisation.audit import WORKER, Actor, record
from outreach.organisation.models import Sender

WINDOW_SECONDS = 120
FEWEST_CHUNKS = 3
GOOD_PROBES = 3
BETWEEN_PROBES_SECONDS = 10
FIRST_REST_SECONDS = 30
LONGEST_REST_SECONDS = 600
# A probe whose worker was killed is repeated after this.
_PROBE_TAKES_SECONDS = 60
# Good news of many small passes is written together; bad news at once.
_WRITE_EVERY_SECONDS = 2.0
_KEPT_MINUTES = 30

_NOTE = """
INSERT INTO delivery_senderpulse AS p (sender_id, slot_at, worker, chunks, failing, milliseconds)
VALUES (%s, date_bin('10 seconds', clock_timestamp(), 'epoch'), %s, %s, %s, %s)
ON CONFLICT (sender_id, slot_at, worker) DO UPDATE SET chunks = p.chunks + excluded.chunks,
  failing = p.failing + excluded.failing, milliseconds = p.milliseconds + excluded.milliseconds
"""
# What was before the last change of state has been judged already.
_WINDOW = """
SELECT coalesce(sum(p.chunks), 0), coalesce(sum(p.failing), 0), coalesce(sum(p.milliseconds), 0)
FROM delivery_senderpulse p LEFT JOIN delivery_senderhealth h ON h.sender_id = p.sender_id
WHERE p.sender_id = %s AND p.slot_at > clock_timestamp() - make_interval(secs => %s)
  AND (h.since IS NULL OR p.slot_at >= h.since)
"""
# Tripping again soon after a recovery rests it twice as long as the last time. What the provider
# asked for is waited for too.
_TRIP = """
WITH rest AS (
  SELECT CASE WHEN h.rest_seconds > 0
      AND (h.state <> 'healthy' OR h.since > clock_timestamp() - make_interval(secs => %(most)s))
    THEN least(h.rest_seconds * 2, %(most)s) ELSE %(first)s END AS seconds
  FROM (SELECT 1) one LEFT JOIN delivery_senderhealth h ON h.sender_id = %(sender)s
)
INSERT INTO delivery_senderhealth AS h
  (sender_id, state, since, why, probe_at, good_probes, rest_seconds, forced, forced_by, forced_why)
SELECT %(sender)s, 'tripped', clock_timestamp(), %(why)s,
  clock_timestamp() + make_interval(secs => seconds), 0, seconds, '', '', '' FROM rest
ON CONFLICT (sender_id) DO UPDATE SET state = 'tripped', why = excluded.why, good_probes = 0,
  since = clock_timestamp(), rest_seconds = excluded.rest_seconds, probe_at = excluded.probe_at
WHERE h.state = ANY (%(from)s)
RETURNING rest_seconds
"""
_TAKE_PROBE = """
UPDATE delivery_senderhealth h SET state = 'probing',
  probe_at = clock_timestamp() + make_interval(secs => %s)
FROM organisation_sender s
WHERE h.sender_id = %s AND h.state <> 'healthy' AND h.probe_at <= clock_timestamp()
  AND s.id = h.sender_id AND (s.paused_until IS NULL OR s.paused_until <= clock_timestamp())
RETURNING h.sender_id
"""
_GOOD_PROBE = """
UPDATE delivery_senderhealth SET good_probes = good_probes + 1,
  state = CASE WHEN good_probes + 1 >= %(enough)s THEN 'healthy' ELSE 'probing' END,
  since = CASE WHEN good_probes + 1 >= %(enough)s THEN clock_timestamp() ELSE since END,
  why = CASE WHEN good_probes + 1 >= %(enough)s THEN '' ELSE why END,
  probe_at = CASE WHEN good_probes + 1 >= %(enough)s THEN NULL
    ELSE clock_timestamp() + make_interval(secs => %(between)s) END
WHERE sender_id = %(sender)s AND state <> 'healthy' RETURNING state
"""
_ASK_AGAIN = """
UPDATE delivery_senderhealth SET probe_at = clock_timestamp()
WHERE sender_id = %s AND state = 'probing'
"""


_FORGET = """
DELETE FROM delivery_senderpulse WHERE slot_at < clock_timestamp() - make_interval(mins => %s)
"""

# Good news that this process has not written yet, and when it last wrote, by sender.
_unwritten: dict[int, Pulse] = {}
_written_at: dict[int, float] = {}


def health_of(sender: Sender) -> SenderHealth | None:
    """None while nothing was ever wrong with it."""
    return getattr(sender, "health", None)


def is_out_of_order(sender: Sender) -> bool:
    """Whether another should write in its place: staff say so, it is out of use, or it tripped."""
    health = health_of(sender)
    if not sender.is_active:
        return True
    if health is None:
        return False
    return (health.forced or health.state) != HealthState.HEALTHY


def note_pass(sender: Sender, pulse: Pulse) -> bool:
    """What one pass through the sender showed. True when the sender tripped by it.

    Costs nothing but for the first pass in two seconds and for those that went badly.
    """
    health = health_of(sender)
    if health is not None and health.state != HealthState.HEALTHY:
        return _judge_probe(sender, pulse)
    complaint = pulse.complaint()
    if pulse.chunks and (complaint or _is_time_to_write(sender.pk)):
        _write(sender.pk, pulse)
    elif pulse.chunks:
        _unwritten.setdefault(sender.pk, Pulse()).add(pulse)
    return bool(complaint) and _judge_window(sender)


def _is_time_to_write(sender_id: int) -> bool:
    return time.monotonic() - _written_at.get(sender_id, 0.0) > _WRITE_EVERY_SECONDS


def _write(sender_id: int, pulse: Pulse) -> None:
    together = _unwritten.pop(sender_id, Pulse())
    _written_at[sender_id] = time.monotonic()
    together.add(pulse)
    numbers = [together.chunks, together.failing, together.milliseconds]
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [sender_id, worker_name("pulse"), *numbers])


def _judge_window(sender: Sender) -> bool:
    seen = recent_pulse(sender)
    complaint = seen.complaint() if seen.chunks >= FEWEST_CHUNKS else ""
    return bool(complaint) and trip(sender, f"{complaint} within two minutes.")


def recent_pulse(sender: Sender) -> Pulse:
    """All workers' calls of the last two minutes, as far as they are not judged yet."""
    with connection.cursor() as cursor:
        cursor.execute(_WINDOW, [sender.pk, WINDOW_SECONDS])
        row = cursor.fetchone()
    return Pulse(*(int(number) for number in row))


def trip(sender: Sender, why: str) -> bool:
    """Takes a sender that worked for broken. False when it was so already."""
    return _trip(sender, why, [HealthState.HEALTHY])


def _trip(sender: Sender, why: str, states: list[str]) -> bool:
    rests = {"first": FIRST_REST_SECONDS, "most": LONGEST_REST_SECONDS}
    params: dict[str, Any] = {"sender": sender.pk, "why": why[:200], "from": states, **rests}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_TRIP, params)
        has_tripped = cursor.fetchone() is not None
        if has_tripped:
            record(WORKER, "sender.tripped", f"sender:{sender.uuid}", why=why)
    return has_tripped


def take_probe(sender: Sender) -> bool:
    """True for the one who may try it now; the others hear False until that one has judged."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_PROBE, [_PROBE_TAKES_SECONDS, sender.pk])
        return cursor.fetchone() is not None


def _judge_probe(sender: Sender, pulse: Pulse) -> bool:
    complaint = pulse.complaint()
    if complaint:
        return _trip(sender, f"{complaint} when it was tried again.", ["tripped", "probing"])
    with transaction.atomic(), connection.cursor() as cursor:
        if not pulse.chunks:  # nothing was asked, so nothing is known
            cursor.execute(_ASK_AGAIN, [sender.pk])
            return False
        params = {
            "sender": sender.pk,
            "enough": GOOD_PROBES,
            "between": BETWEEN_PROBES_SECONDS,
        }
        cursor.execute(_GOOD_PROBE, params)
        row = cursor.fetchone()
        if row is not None and row[0] == HealthState.HEALTHY:
            record(WORKER, "sender.recovered", f"sender:{sender.uuid}")
    return False


def force_sender(sender: Sender, state: HealthState | None, *, actor: Actor, why: str) -> None:
    """Staff decide: keep writing from it (HEALTHY), let the stand-in write (TRIPPED), or (None)
    leave it to the calls again. Raises BadInput without a reason."""
    if not why.strip():
        raise BadInput("The reason is missing.", remedy="Say why, for those who read it later.")
    with transaction.atomic():
        health, _ = SenderHealth.objects.get_or_create(sender=sender, defaults={"since": Now()})
        health.forced = state or ""
        health.forced_by = actor.name if state else ""
        health.forced_why = why[:300] if state else ""
        health.save(update_fields=["forced", "forced_by", "forced_why"])
        record(
            actor,
            "sender.forced" if state else "sender.left-to-itself",
            f"sender:{sender.uuid}",
            why=why,
            details={"state": str(state or "")},
        )


def forget_old_pulses() -> None:
    """What is older than half an hour judges nobody any more."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [_KEPT_MINUTES])
