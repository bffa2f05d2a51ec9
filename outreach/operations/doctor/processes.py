"""Which processes were heard of lately: the pages, the clock, the workers, the webhooks' door.

Each by what it does anyway: the leading clock and each process of the pages hold a lock in
PostgreSQL, a worker answers through the broker which queues it empties, the webhooks' process
notes that it can store.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Set

from celery import Celery
from django.db import connection
from kombu.exceptions import OperationalError

from outreach.core import queues
from outreach.core.locks import Lock
from outreach.inbox.beat import GAP_SECONDS
from outreach.operations.doctor.finding import Finding, Verdict
from outreach.operations.doctor.machine import broker_url, redis_is_up
from outreach.organisation.models import Channel, Sender
from outreach.providers.registry import SETUP

_ANSWER_SECONDS = 1.0
_MINUTE, _HOUR = 60, 3600
_WEB: int = Lock.WEB
_QUEUES = (queues.EMAIL, queues.SMS, queues.PLAN, queues.CONTROL)
_QUEUE_OF = {Channel.EMAIL: queues.EMAIL, Channel.SMS: queues.SMS}
# The lock of a session, with one number: the classid is its upper half.
_HELD = """
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = %s
  AND classid = 0 AND objsubid = 1
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_DOOR = "SELECT extract(epoch FROM clock_timestamp() - seen_at)::float FROM inbox_door"
_START = (
    "Start it: docker compose up -d --wait; without Docker, systemctl restart outreach.target or "
    "outreach up. Its log says why it ended; after a start wait half a minute."
)


def web_runs() -> Iterator[Finding]:
    if _is_held(_WEB):
        yield Finding("process web", Verdict.GOOD, "The pages' process runs.")
    else:
        words = "No process of the pages runs: nobody signs in, and links to stop lead nowhere."
        yield Finding("process web", Verdict.BAD, words, _START)


def clock_runs() -> Iterator[Finding]:
    if _is_held(Lock.CLOCK_LEADER):
        yield Finding("process clock", Verdict.GOOD, "A clock runs and leads.")
    else:
        words = "No clock runs: nothing begins, and nothing is sent."
        yield Finding("process clock", Verdict.BAD, words, _START)


def workers_run() -> Iterator[Finding]:
    """Bad for a queue that nobody empties and that the senders in use need."""
    if not redis_is_up():
        words = "Not looked at: workers answer through Redis."
        yield Finding("workers", Verdict.SKIPPED, words)
        return
    heard, needed = _workers(), _needed()
    told = ", ".join(f"{queue} {heard[queue]}" for queue in _QUEUES)
    missing = [queue for queue in _QUEUES if not heard[queue]]
    for queue in missing:
        if queue in needed:
            words = f"No worker answers for the queue {queue}; running: {told}."
            yield Finding(f"worker {queue}", Verdict.BAD, words, _START)
    if not needed & {*missing}:
        yield Finding("workers", Verdict.GOOD, f"Running, by queue: {told}.")


def webhooks_run() -> Iterator[Finding]:
    """Who writes to us is heard through it, where a provider reports to us."""
    with connection.cursor() as cursor:
        cursor.execute(_DOOR)
        row = cursor.fetchone()
    if row is not None and row[0] < GAP_SECONDS:
        yield Finding("process webhooks", Verdict.GOOD, "The webhooks' process can store.")
        return
    since = "was never heard of" if row is None else f"was last heard of {_ago(row[0])} ago"
    called = Sender.objects.filter(is_active=True, provider__in=[each.value for each in SETUP])
    verdict = Verdict.BAD if called.exists() else Verdict.LOOK
    words = f"The webhooks' process {since}: reports and answers are not stored."
    yield Finding("process webhooks", verdict, words, _START)


def _is_held(lock: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [lock])
        (held,) = cursor.fetchone()
    return bool(held)


def _needed() -> Set[str]:
    used = Sender.objects.filter(is_active=True).values_list("channel", flat=True).distinct()
    return {queues.PLAN, queues.CONTROL, *(_QUEUE_OF[Channel(channel)] for channel in used)}


def _workers() -> Counter[str]:
    """Queue -> workers that empty it, of those that answer within a second."""
    with Celery("doctor", broker=broker_url(), set_as_current=False) as app:
        try:
            answers = app.control.inspect(timeout=_ANSWER_SECONDS).active_queues() or {}
        except (OperationalError, OSError):
            answers = {}
    return Counter(queue["name"] for each in answers.values() for queue in each)


def _ago(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{seconds:.0f} seconds"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.0f} minutes"
    return f"{seconds / _HOUR:.0f} hours"
