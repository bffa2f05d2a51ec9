"""The verbs of a launch. Each change of state is a conditional UPDATE with its event.

draft → in review → approved → running ⇄ paused → finished; cancelled from any but finished.
Approval is by a second person, which the table itself demands, or a day later by a lone one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from outreach.campaigns.definition import CampaignDefinition, Recipients
from outreach.campaigns.launch_checks import accept_languages, require_help_lines
from outreach.campaigns.launch_plan import launch_schools
from outreach.campaigns.models import CampaignVersion, Launch, LaunchEvent, LaunchState, StepRun
from outreach.campaigns.renewal import goes_on
from outreach.campaigns.schedule import build_step_runs
from outreach.campaigns.sender_choice import require_senders
from outreach.campaigns.versions import definition_of
from outreach.consent.lock import taking_rights_away
from outreach.core.clock import now
from outreach.core.errors import BadInput, NotAllowed, NotNow
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import Organisation, School
from outreach.organisation.permissions import Right, staff_with
from outreach.organisation.readiness import require_ready
from outreach.organisation.standstill import require_moving

# How long a maker waits who is alone.
ALONE_AFTER = timedelta(hours=24)
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
_ENDS_SENDING = frozenset({LaunchState.PAUSED, LaunchState.CANCELLED})


def create_launch(
    version: CampaignVersion,
    *,
    name: str,
    starts_on: date,
    schools: Sequence[School],
    actor: Actor,
) -> Launch:
    """A draft. `schools` empty: all schools. Raises BadInput for a day that has passed, and where
    a sender that the campaign names cannot do it or a country has no verified help lines."""
    if actor.staff_id is None:
        raise NotAllowed("A launch needs a person who made it.", remedy="Sign in, or use --as.")
    if starts_on < now().date():
        raise BadInput(f"{starts_on:%d %B %Y} has passed.", remedy="Choose today or a later day.")
    if not name.strip():
        raise BadInput("The launch has no name.", remedy="Give it one that colleagues know.")
    require_help_lines(schools)
    definition, organisation = definition_of(version), Organisation.objects.first()
    require_senders(definition, schools or School.objects.all())
    with transaction.atomic():
        launch = Launch.objects.create(
            name=name.strip(),
            version=version,
            starts_on=starts_on,
            created_by_id=actor.staff_id,
            created_at=now(),
            cap_micros=cap_of(definition, organisation),
        )
        launch.schools.set(schools)
        _note(launch, "", LaunchState.DRAFT, actor, "")
    return launch


def request_review(launch: Launch, *, actor: Actor, accepts_unreviewed: bool = False) -> Launch:
    """Draft → waiting for a decision.

    `accepts_unreviewed`: a yes to languages that no native speaker has read. Raises NotNow where
    one is needed and nobody has given it.
    """
    with transaction.atomic():
        accept_languages(launch, actor, says_yes=accepts_unreviewed)
        return _move(launch, LaunchState.IN_REVIEW, actor)


def approve_launch(launch: Launch, *, actor: Actor) -> Launch:
    """Waiting for a decision → approved, by someone other than its maker.

    Where nobody else may approve, its maker may, a day after asking: the first call asks, which
    the log keeps, and raises NotNow with the hour. Raises NotAllowed, and NotNow while a step goes
    to parents of a school, or in the name of an organisation, where nobody is alerted to calls for
    help.
    """
    if actor.staff_id is None:
        raise NotAllowed("A launch is approved by a person.", remedy="Sign in, or use --as.")
    if actor.staff_id == launch.created_by_id:
        _may_alone(launch, actor)
    if any(step.recipients is Recipients.GUARDIANS for step in definition_of(launch.version).steps):
        require_ready(list(launch_schools(launch)))
    with transaction.atomic():
        _move(launch, LaunchState.APPROVED, actor)
        launch.approved_by_id = actor.staff_id
        launch.approved_at = now()
        launch.save(update_fields=["approved_by", "approved_at"])
    return launch


def _may_alone(launch: Launch, actor: Actor) -> None:
    """Raises NotAllowed where somebody else could approve, NotNow until a day has passed."""
    if [staff.pk for staff in staff_with(Right.APPROVE_LAUNCHES)] != [actor.staff_id]:
        raise NotAllowed(
            "The person who made a launch cannot approve it.",
            remedy="Ask a colleague who may approve.",
        )
    asked_at = launch.alone_asked_at
    if asked_at is None:
        asked_at = _ask_alone(launch, actor)
    from_then_on = asked_at + ALONE_AFTER
    if now() < from_then_on:
        raise NotNow(
            "Nobody else may approve here, so its maker may, 24 hours after asking. This is in "
            "the log.",
            remedy=f"Approve it again from {from_then_on:%d %B %Y, %H:%M} UTC on.",
        )


def _ask_alone(launch: Launch, actor: Actor) -> datetime:
    with transaction.atomic():
        row = Launch.objects.select_for_update().get(pk=launch.pk)
        if row.state != LaunchState.IN_REVIEW:
            raise NotNow("Nobody has asked for this launch to be approved.")
        row.alone_asked_at = launch.alone_asked_at = now()
        row.save(update_fields=["alone_asked_at"])
        why = "Nobody else may approve."
        record(actor, "launch.alone-asked", f"launch:{launch.uuid}", why=why)
    return row.alone_asked_at


def start_launch(launch: Launch, *, actor: Actor) -> Launch:
    """Approved → running: makes its step runs, from which everything follows.

    Raises NotNow when a step's last window has passed: nobody is to get the middle of a story.
    """
    lead = timedelta(minutes=settings.PLAN_LEAD_MINUTES)
    with transaction.atomic():
        _move(launch, LaunchState.RUNNING, actor, allowed=frozenset({LaunchState.APPROVED}))
        definition = definition_of(launch.version)
        require_senders(definition, launch_schools(launch))
        launch.rate_per_second = definition.rate.per_second if definition.rate else None
        launch.save(update_fields=["rate_per_second"])
        runs = build_step_runs(launch, lead)
        if runs and runs[0].last_close_at <= now():
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
    """Paused → running: what is still inside its window goes out, the rest expires.

    A launch that is spread begins its even pace anew, over what still waits.
    """
    with transaction.atomic():
        _move(launch, LaunchState.RUNNING, actor, allowed=frozenset({LaunchState.PAUSED}))
        launch.paced_at = now()
        launch.save(update_fields=["paced_at"])
    return launch


def cancel_launch(launch: Launch, *, actor: Actor, why: str) -> Launch:
    """Any open state → cancelled, for good. The sweeper then closes what was still waiting."""
    return _move(launch, LaunchState.CANCELLED, actor, why=_reason(why))


def finish_launch(launch: Launch, *, actor: Actor) -> Launch:
    """Running → finished, once its last step run is. Raises NotNow while newcomers may come."""
    if goes_on(launch):
        raise NotNow("This launch goes on: more of it comes, or newcomers may.")
    return _move(launch, LaunchState.FINISHED, actor)


def cap_of(definition: CampaignDefinition, organisation: Organisation | None) -> int:
    """The organisation's, or the campaign's own where that is less (promise 12)."""
    cap = organisation.launch_cap_micros if organisation else 0
    return cap if definition.spend_cap is None else min(cap, definition.spend_cap)


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
    """Moves the row if it still stands where the verb starts from. Raises NotNow otherwise.

    What ends sending waits for the claims under way, so that none commits after it.
    """
    if to is LaunchState.RUNNING:
        require_moving()
    with taking_rights_away() if to in _ENDS_SENDING else transaction.atomic():
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
