"""What staff decide about deliveries: unknown outcomes, failed ones again, a school stopped."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.db import connection, transaction

from outreach.campaigns.models import Launch, LaunchState
from outreach.consent.lock import taking_rights_away
from outreach.core.clock import now
from outreach.core.errors import BadInput, NotNow
from outreach.delivery.ledger import News, move
from outreach.delivery.models import SchoolStop
from outreach.delivery.rules import Event
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import School

# A receipt may still come; what is left after this is a decision for a person (promise 3).
DECIDE_AFTER = timedelta(minutes=10)


class Verdict(StrEnum):
    """What a person decides about deliveries whose outcome nobody knows."""

    SENT = "sent"
    SEND_AGAIN = "send_again"


_VERDICT_EVENTS = {Verdict.SENT: Event.DECIDE_SENT, Verdict.SEND_AGAIN: Event.DECIDE_AGAIN}

_UNKNOWN = """
SELECT u.step_run_id, u.delivery_id FROM delivery_unknownoutcome u
JOIN campaigns_steprun r ON r.id = u.step_run_id
WHERE r.launch_id = %s AND u.since < %s ORDER BY 1, 2
"""
# What is past its time stays failed: put back, it could only expire.
_FAILED = """
SELECT d.step_run_id, d.id FROM delivery_delivery d
JOIN campaigns_steprun r ON r.id = d.step_run_id
JOIN delivery_batch b ON b.id = d.batch_id JOIN organisation_sender s ON s.id = b.sender_id
WHERE r.launch_id = %s AND d.state = 'failed' AND b.expires_at > %s
  AND (%s::text[] IS NULL OR s.provider || ':' || coalesce(d.reason, '') = ANY (%s::text[]))
ORDER BY 1, 2
"""
_TAKES_RETRIES = frozenset({LaunchState.RUNNING, LaunchState.PAUSED})
# What is pending again needs its batch again, as long as the batch's window is open.
REOPEN_SQL = """
UPDATE delivery_batch b SET is_done = false, woken_at = NULL
FROM delivery_delivery d
WHERE d.step_run_id = %s AND d.id = ANY (%s) AND d.state = 'pending' AND b.id = d.batch_id
"""


def decide_unknown(launch: Launch, verdict: Verdict, *, actor: Actor, why: str) -> int:
    """Settles every delivery of the launch whose outcome has been unknown for ten minutes.

    Returns how many. One decision in bulk: people cannot judge a thousand one by one.
    """
    _require(why)
    rows = _rows(_UNKNOWN, [launch.pk, now() - DECIDE_AFTER])
    return _settle(launch, rows, _VERDICT_EVENTS[verdict], actor, why)


def retry_failed(
    launch: Launch, *, actor: Actor, why: str, causes: Collection[str] | None = None
) -> int:
    """Puts the failed deliveries back to waiting that are still in time; returns how many.

    `causes`: of these reasons alone (`failures.FailedGroup.cause`). Blocked addresses are skipped
    at the claim. Raises NotNow for a launch that is over: nothing would send them.
    """
    _require(why)
    if launch.state not in _TAKES_RETRIES:
        raise NotNow(
            "This send is not under way: nothing would go out.",
            remedy="Make a new send for those who were missed.",
        )
    chosen = None if causes is None else list(causes)
    rows = _rows(_FAILED, [launch.pk, now(), chosen, chosen])
    return _settle(launch, rows, Event.RETRY, actor, why)


def stop_school(school: School, *, launch: Launch | None, actor: Actor, why: str) -> SchoolStop:
    """Nothing goes out in this school's name from the commit on, in one launch or in all."""
    _require(why)
    with taking_rights_away():
        if SchoolStop.objects.filter(school=school, launch=launch, lifted_at=None).exists():
            raise NotNow("This school is stopped already.", remedy="Look at the list of stops.")
        stop = SchoolStop.objects.create(
            school=school, launch=launch, why=why[:300], actor=actor.name, at=now()
        )
        record(actor, "school.stop", f"school:{school.slug}", why=why)
    return stop


def lift_school_stop(school: School, *, launch: Launch | None, actor: Actor) -> int:
    """Lets it go on: what is still inside its window goes out. Returns how many stops ended."""
    with transaction.atomic():
        ended = SchoolStop.objects.filter(school=school, launch=launch, lifted_at=None).update(
            lifted_at=now(), lifted_by=actor.name
        )
        if ended:
            record(actor, "school.lift_stop", f"school:{school.slug}")
    return ended


def _require(why: str) -> None:
    if not why.strip():
        raise BadInput("The reason is missing.", remedy="Say why, for those who read it later.")


def _rows(query: str, params: list[Any]) -> dict[int, list[int]]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        found: dict[int, list[int]] = {}
        for step_run_id, delivery_id in cursor.fetchall():
            found.setdefault(step_run_id, []).append(delivery_id)
    return found


def _settle(
    launch: Launch, rows: dict[int, list[int]], event: Event, actor: Actor, why: str
) -> int:
    moved = 0
    with transaction.atomic():
        for step_run_id, ids in rows.items():
            moved += _settle_run(step_run_id, ids, event, actor)
        record(
            actor, f"launch.{event}", f"launch:{launch.uuid}", why=why, details={"number": moved}
        )
    return moved


def _settle_run(step_run_id: int, ids: Iterable[int], event: Event, actor: Actor) -> int:
    news = [News(each, event) for each in ids]
    with connection.cursor() as cursor:
        done = move(cursor, step_run_id, news, now=now(), actor=actor.name, worker="staff")
        cursor.execute(REOPEN_SQL, [step_run_id, [each.id for each in done]])
    return sum(each.before != each.after for each in done)
