"""Asking that a running launch goes on with another version, and the second person's decision.

asked → approved, which moves the launch in the same transaction, or declined. What the move does
to the step runs is `moving`'s.
"""

from __future__ import annotations

from django.db import transaction

from outreach.campaigns.definition import Recipients
from outreach.campaigns.launch_checks import note_unreviewed, unreviewed
from outreach.campaigns.launch_plan import launch_schools
from outreach.campaigns.launches import ALONE_AFTER, cap_of
from outreach.campaigns.models import CampaignVersion, Launch, LaunchMove, LaunchState, MoveState
from outreach.campaigns.moving import MoveEffect, carry_over, effect_of_move
from outreach.campaigns.reviews import unreviewed_languages
from outreach.campaigns.sender_choice import require_senders
from outreach.campaigns.versions import definition_of
from outreach.core.clock import now
from outreach.core.errors import BadInput, NotAllowed, NotNow
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import Organisation
from outreach.organisation.permissions import Right, staff_with
from outreach.organisation.readiness import require_ready

_RUNS = frozenset({LaunchState.RUNNING, LaunchState.PAUSED})
_LONGEST_REASON = 300
_MOVED = (
    "version", "rate_per_second", "cap_micros", "renewed_at", "unreviewed_languages_accepted",
)  # fmt: skip


def open_move(launch: Launch) -> LaunchMove | None:
    """The move that waits for a decision."""
    moves = launch.moves.select_related("from_version", "to_version", "asked_by")
    return moves.filter(state=MoveState.ASKED).first()


def ask_move(
    launch: Launch,
    version: CampaignVersion,
    *,
    actor: Actor,
    why: str,
    accepts_unreviewed: bool = False,
) -> LaunchMove:
    """Asks that the launch goes on with `version`; a second person decides. One at a time.

    `accepts_unreviewed`: a yes to languages that no native speaker has read, where the version has
    more of them than the launch was given one for. Raises BadInput for a version of another
    campaign, for the one that it has, or for one that cannot be planned with its first day; NotNow
    for a launch that does not run, and where that yes is needed.
    """
    if actor.staff_id is None:
        raise NotAllowed("This is asked by a person.", remedy="Sign in, or use --as.")
    reason = _reason(why)
    with transaction.atomic():
        row = _running(launch)
        _check(row, version)
        if open_move(row) is not None:
            raise NotNow(
                "A move of this launch waits for a decision already.",
                remedy="Approve it, or decline it first: outreach launch decline-move.",
            )
        effect_of_move(row, version)
        _accept_languages(row, version, actor, says_yes=accepts_unreviewed)
        move = LaunchMove.objects.create(
            launch=row,
            from_version=row.version,
            to_version=version,
            asked_by_id=actor.staff_id,
            asked_at=now(),
            why=reason,
        )
        _note(move, "launch.move-asked", actor, reason)
    return move


def approve_move(launch: Launch, *, actor: Actor) -> MoveEffect:
    """Moves the launch, in the name of somebody other than who asked, or a day later of a lone one.

    What is planned or over keeps its version; what waits takes the new one; a step that ran is not
    sent again. Raises NotAllowed, NotNow, BadInput.
    """
    with transaction.atomic():
        row = _running(launch)
        move = _open(row)
        _may_decide(move, actor)
        _check(row, move.to_version)
        definition = definition_of(move.to_version)
        if any(step.recipients is Recipients.GUARDIANS for step in definition.steps):
            require_ready(list(launch_schools(row)))
        effect = carry_over(row, move.to_version)
        row.version = move.to_version
        row.rate_per_second = definition.rate.per_second if definition.rate else None
        if definition.spend_cap != definition_of(move.from_version).spend_cap:
            row.cap_micros = cap_of(definition, Organisation.objects.first())
        row.renewed_at = None  # newcomers and days of schools, by the new version, at once
        # Whoever asked has said yes to them.
        row.unreviewed_languages_accepted = bool(unreviewed_languages(move.to_version))
        row.save(update_fields=_MOVED)
        _decide(move, MoveState.APPROVED, actor, "")
        _note(move, "launch.moved", actor, move.why)
    launch.refresh_from_db()
    return effect


def decline_move(launch: Launch, *, actor: Actor, why: str) -> LaunchMove:
    """Turns down, or takes back, what was asked; the launch stays as it is. Raises NotNow."""
    reason = _reason(why)
    with transaction.atomic():
        row = Launch.objects.select_for_update(of=("self",)).get(pk=launch.pk)
        move = _open(row)
        _decide(move, MoveState.DECLINED, actor, reason)
        _note(move, "launch.move-declined", actor, reason)
    return move


def _running(launch: Launch) -> Launch:
    rows = Launch.objects.select_for_update(of=("self",)).select_related("version")
    row = rows.get(pk=launch.pk)
    if row.state not in _RUNS:
        raise NotNow(
            f"This launch is {LaunchState(row.state).label.lower()}; only one that runs or is "
            "paused moves to another version.",
            remedy="Make a new launch with the version that you want.",
        )
    return row


def _check(launch: Launch, version: CampaignVersion) -> None:
    if version.campaign_id != launch.version.campaign_id:
        raise BadInput(
            "That is another campaign.", remedy="Choose a version of the launch's own campaign."
        )
    if version.pk == launch.version_id:
        raise BadInput(f"The launch has version {version.number} already.")
    require_senders(definition_of(version), launch_schools(launch))


def _accept_languages(
    launch: Launch, version: CampaignVersion, actor: Actor, *, says_yes: bool
) -> None:
    known = unreviewed_languages(launch.version) if launch.unreviewed_languages_accepted else ()
    languages = [each for each in unreviewed_languages(version) if each not in known]
    if not languages:
        return
    if not says_yes:
        raise unreviewed(languages)
    note_unreviewed(launch, actor, languages)


def _open(launch: Launch) -> LaunchMove:
    move = open_move(launch)
    if move is None:
        raise NotNow("Nobody has asked that this launch moves to another version.")
    return move


def _may_decide(move: LaunchMove, actor: Actor) -> None:
    if actor.staff_id is None:
        raise NotAllowed("A move is approved by a person.", remedy="Sign in, or use --as.")
    if actor.staff_id != move.asked_by_id:
        return
    if [staff.pk for staff in staff_with(Right.APPROVE_LAUNCHES)] != [actor.staff_id]:
        raise NotAllowed(
            "Whoever asks that a launch moves cannot approve it.",
            remedy="Ask a colleague who may approve.",
        )
    from_then_on = move.asked_at + ALONE_AFTER
    if now() < from_then_on:
        raise NotNow(
            "Nobody else may approve here, so who asked may, 24 hours after asking.",
            remedy=f"Approve it again from {from_then_on:%d %B %Y, %H:%M} UTC on.",
        )


def _decide(move: LaunchMove, state: MoveState, actor: Actor, why: str) -> None:
    move.state, move.decided_by_id = state, actor.staff_id
    move.decided_at, move.decided_why = now(), why
    move.save(update_fields=["state", "decided_by", "decided_at", "decided_why"])


def _reason(why: str) -> str:
    if not why.strip():
        raise BadInput("The reason is missing.", remedy="Say why, for those who read it later.")
    return why.strip()[:_LONGEST_REASON]


def _note(move: LaunchMove, action: str, actor: Actor, why: str) -> None:
    details = {"from": move.from_version.number, "to": move.to_version.number}
    record(actor, action, f"launch:{move.launch.uuid}", why=why, details=details)
