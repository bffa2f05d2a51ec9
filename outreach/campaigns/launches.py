"""The verbs of a launch. Each change of state is a conditional UPDATE with its event.

draft → in review → approved → running ⇄ paused → finished; cancelled from any but finished.
Approval is by a second person, which the table itself demands.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction

from outreach.campaigns.models import CampaignVersion, Launch, LaunchEvent, LaunchState, StepRun
from outreach.campaigns.schedule import build_step_runs
from outreach.core.clock import now
from outreach.core.errors import BadInput, NotAllowed, NotNow
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import Organisation, School

OPEN_STATES = frozenset(
    {
        LaunchState.DRAFT,
        LaunchState.IN_REVIEW,
        LaunchState.APPROVED,
        LaunchState.SCHEDULED,
        LaunchState.RUNNING,
        LaunchState.PAUSED,
    }
)
# What each verb may start from.
_FROM: dict[LaunchState, frozenset[LaunchState]] = {
    LaunchState.IN_REVIEW: frozenset({LaunchState.DRAFT}),
    LaunchState.APPROVED: frozenset({LaunchState.IN_REVIEW}),
    LaunchState.RUNNING: frozenset({LaunchState.APPROVED, LaunchState.PAUSED}),
    LaunchState.PAUSED: frozenset({LaunchState.RUNNING}),
    LaunchState.CANCELLED: OPEN_STATES,
    LaunchState.FINISHED: frozenset({LaunchState.RUNNING}),
}


def create_launch(
    version: CampaignVersion,
    *,
    name: str,
    starts_on: date,
    schools: Sequence[School],
    actor: Actor,
) -> Launch:
    """A draft. `schools` empty: all schools. Raises BadInput for a day that has passed."""
    if actor.staff_id is None:
        raise NotAllowed("A launch needs a person who made it.", remedy="Sign in, or use --as.")
    if starts_on < now().date():
        raise BadInput(f"{starts_on:%d %B %Y} has passed.", remedy="Choose today or a later day.")
    if not name.strip():
        raise BadInput("The launch has no name.", remedy="Give it one that colleagues know.")
    organisation = Organisation.objects.first()
    with transaction.atomic():
        launch = Launch.objects.create(
            name=name.strip(),
            version=version,
            starts_on=starts_on,
            created_by_id=actor.staff_id,
            created_at=now(),
            cap_micros=organisation.launch_cap_micros if organisation else 0,
        )
        launch.schools.set(schools)
        _note(launch, "", LaunchState.DRAFT, actor, "")
    return launch


def request_review(launch: Launch, *, actor: Actor) -> Launch:
    """Draft → waiting for a decision."""
    return _move(launch, LaunchState.IN_REVIEW, actor)


def approve_launch(launch: Launch, *, actor: Actor) -> Launch:
    """Waiting for a decision → approved, by someone other than its maker. Raises NotAllowed."""
    if actor.staff_id is None or actor.staff_id == launch.created_by_id:
        raise NotAllowed(
            "The person who made a launch cannot approve it.",
            remedy="Ask a colleague who may approve.",
        )
    with transaction.atomic():
        _move(launch, LaunchState.APPROVED, actor)
        launch.approved_by_id = actor.staff_id
        launch.approved_at = now()
        launch.save(update_fields=["approved_by", "approved_at"])
    return launch


def start_launch(launch: Launch, *, actor: Actor) -> Launch:
    """Approved → running: makes its step runs, from which everything follows.

    Raises NotNow when a step's last window has passed: nobody is to get the middle of a story.
    """
    lead = timedelta(minutes=settings.PLAN_LEAD_MINUTES)
    with transaction.atomic():
        _move(launch, LaunchState.RUNNING, actor, allowed=frozenset({LaunchState.APPROVED}))
        runs = build_step_runs(launch, lead)
        if runs[0].last_close_at <= now():
            raise NotNow(
                f"The first step of this launch was due on {runs[0].day:%d %B %Y}.",
                remedy="Make a new launch with a later start.",
            )
        StepRun.objects.bulk_create(runs)
    return launch


def pause_launch(launch: Launch, *, actor: Actor, why: str) -> Launch:
    """Running → paused: no claim commits any more; what is with the provider stays there."""
    return _move(launch, LaunchState.PAUSED, actor, why=_reason(why))


def resume_launch(launch: Launch, *, actor: Actor) -> Launch:
    """Paused → running: what is still inside its window goes out, the rest expires."""
    return _move(launch, LaunchState.RUNNING, actor, allowed=frozenset({LaunchState.PAUSED}))


def cancel_launch(launch: Launch, *, actor: Actor, why: str) -> Launch:
    """Any open state → cancelled, for good. The sweeper then closes what was still waiting."""
    return _move(launch, LaunchState.CANCELLED, actor, why=_reason(why))


def finish_launch(launch: Launch, *, actor: Actor) -> Launch:
    """Running → finished, once its last step run is."""
    return _move(launch, LaunchState.FINISHED, actor)


def _reason(why: str) -> str:
    if not why.strip():
        raise BadInput("The reason is missing.", remedy="Say why, for those who read it later.")
    return why.strip()[:300]


def _move(
    launch: Launch,
    to: LaunchState,
    actor: Actor,
    *,
    why: str = "",
    allowed: frozenset[LaunchState] | None = None,
) -> Launch:
    """Moves the row if it still stands where the verb starts from. Raises NotNow otherwise."""
    with transaction.atomic():
        row = Launch.objects.select_for_update().get(pk=launch.pk)
        if row.state not in (allowed or _FROM[to]):
            raise NotNow(
                f"This launch is {LaunchState(row.state).label.lower()}, so it cannot become "
                f"{to.label.lower()}.",
                remedy="Look at its page again; someone may have changed it.",
            )
        Launch.objects.filter(pk=row.pk).update(state=to, state_reason=why)
        _note(row, row.state, to, actor, why)
    launch.refresh_from_db()
    return launch


def _note(launch: Launch, before: str, after: str, actor: Actor, why: str) -> None:
    LaunchEvent.objects.create(
        launch=launch, from_state=before, to_state=after, actor=actor.name, why=why, at=now()
    )
    record(actor, f"launch.{after}", f"launch:{launch.uuid}", why=why)
