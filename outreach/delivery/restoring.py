"""After a restore: what may have gone out since the backup was made.

Whatever was due by now is `unknown`: it may have been sent by the installation that was lost.
It goes out again only by the decision of a person. Nothing else writes while these run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from outreach.campaigns.models import Launch, LaunchState, StepRun, StepRunState
from outreach.campaigns.renewal import renew_launches
from outreach.core.clock import now
from outreach.delivery.ledger import News, move
from outreach.delivery.models import Batch, FallbackDue, Retry, UnknownOutcome
from outreach.delivery.planning import plan_step_run
from outreach.delivery.rules import Event
from outreach.organisation.audit import Actor

_CHUNK = 5_000
# The whole of a step run that had not been planned in the backup: the plan of now may give another
# window than the plan that was lost.
_DUE = """
SELECT d.id FROM delivery_delivery d LEFT JOIN delivery_batch b ON b.id = d.batch_id
WHERE d.step_run_id = %(run)s AND d.id > %(after)s AND (d.state = 'sending'
  OR d.state = 'pending' AND (%(whole)s OR b.opens_at <= %(now)s))
ORDER BY d.id LIMIT %(most)s
"""


@dataclass(frozen=True)
class Unsure:
    """`deliveries` became unknown, in `step_runs`; `retries` are not tried again."""

    deliveries: int
    step_runs: int
    retries: int


def doubt_what_was_due(made_at: datetime, *, actor: Actor) -> Unsure:
    """Everything due by now → `unknown`, for a backup made at `made_at`.

    Steps: launches that go on get the step runs that the lost installation had made; what was to
    be planned by now is planned; what was due of it, and whatever was being sent, becomes
    unknown; failures that were to be tried again by now stay failed; no newcomer joins what has
    begun. Repeated, it changes nothing more.
    """
    Launch.objects.filter(state__in=[LaunchState.RUNNING, LaunchState.PAUSED]).update(
        renewed_at=None
    )
    renew_launches()
    moment = now()
    unplanned = _plan(moment)
    started = StepRun.objects.filter(state=StepRunState.PLANNED)
    found = {run: _doubt(run, run in unplanned, moment, actor) for run in _ids(started)}
    with transaction.atomic():
        # So that a list of the provider is read from the time of the backup on.
        UnknownOutcome.objects.filter(since__gte=moment).update(since=min(made_at, moment))
        retries = Retry.objects.filter(due_at__lte=moment).delete()[0]
        retries += FallbackDue.objects.filter(due_at__lte=moment).delete()[0]
        begun = Batch.objects.filter(opens_at__lte=moment).values("step_run_id")
        started.filter(pk__in=begun, last_close_at__gt=moment).update(last_close_at=moment)
        started.filter(pk__in=unplanned).update(
            state=StepRunState.FINISHED, finished_at=moment, last_close_at=moment
        )
    return Unsure(sum(found.values()), sum(1 for number in found.values() if number), retries)


def _plan(moment: datetime) -> set[int]:
    due = StepRun.objects.filter(
        state=StepRunState.WAITING,
        plan_at__lte=moment,
        launch__state__in=[LaunchState.RUNNING, LaunchState.PAUSED],
    )
    ids = set(_ids(due))
    for step_run_id in sorted(ids):
        plan_step_run(step_run_id)
    return ids


def _ids(runs: QuerySet[StepRun]) -> list[int]:
    return list(runs.order_by("pk").values_list("pk", flat=True))


def _doubt(run: int, whole: bool, moment: datetime, actor: Actor) -> int:
    done = after = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                _DUE, {"run": run, "after": after, "whole": whole, "now": moment, "most": _CHUNK}
            )
            ids = [row[0] for row in cursor.fetchall()]
            if not ids:
                return done
            news = [News(each, Event.RESTORE, detail="restored") for each in ids]
            move(cursor, run, news, now=moment, actor=actor.name, worker="restore")
        done, after = done + len(ids), ids[-1]
