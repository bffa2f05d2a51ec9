"""How fast a launch goes out, and whether it goes before others.

An even pace over some hours is one person's to set. Going first takes the way from every other
launch of the same senders, so it is asked for with a reason and approved by a second person.
"""

from __future__ import annotations

from django.db import transaction

from outreach.campaigns.launches import OPEN_STATES
from outreach.campaigns.models import Launch
from outreach.core.clock import now
from outreach.core.errors import BadInput, NotAllowed, NotNow
from outreach.organisation.audit import Actor, record

LONGEST_SPREAD_MINUTES = 7 * 24 * 60
_SHORTEST_SPREAD_MINUTES = 10
_LONGEST_REASON = 300


def spread_launch(launch: Launch, minutes: int | None, *, actor: Actor, why: str) -> Launch:
    """Each step goes out at an even pace over `minutes` from the opening of its window.

    None: as fast as its senders may. Holds from the next claim on, also for a launch that runs:
    what still waits is then spread anew. The window's end stays the end. Raises BadInput, NotNow.
    """
    if minutes is not None and not _SHORTEST_SPREAD_MINUTES <= minutes <= LONGEST_SPREAD_MINUTES:
        raise BadInput(
            f"{minutes} minutes is no time to spread a step over.",
            remedy=f"From {_SHORTEST_SPREAD_MINUTES} to {LONGEST_SPREAD_MINUTES:,} minutes.",
        )
    with transaction.atomic():
        row = _open(launch)
        row.spread_minutes, row.paced_at = minutes, now()
        row.save(update_fields=["spread_minutes", "paced_at"])
        _note(row, "launch.pace", actor, why, minutes=minutes)
    launch.refresh_from_db()
    return launch


def ask_urgent(launch: Launch, *, actor: Actor, why: str) -> Launch:
    """Asks that this launch goes before all others; a second person decides. Raises NotNow."""
    if actor.staff_id is None:
        raise NotAllowed("This is asked by a person.", remedy="Sign in, or use --as.")
    with transaction.atomic():
        row = _open(launch)
        if row.is_urgent:
            raise NotNow("This launch goes first already.")
        row.urgent_asked_by_id, row.urgent_why = actor.staff_id, why.strip()[:_LONGEST_REASON]
        row.save(update_fields=["urgent_asked_by", "urgent_why"])
        _note(row, "launch.urgent-asked", actor, why)
    launch.refresh_from_db()
    return launch


def approve_urgent(launch: Launch, *, actor: Actor) -> Launch:
    """Lets it go first, in the name of a second person. Raises NotAllowed, NotNow."""
    with transaction.atomic():
        row = _open(launch)
        if row.is_urgent or row.urgent_asked_by_id is None:
            raise NotNow("Nobody has asked that this launch goes first.")
        if actor.staff_id is None or actor.staff_id == row.urgent_asked_by_id:
            raise NotAllowed(
                "Whoever asks that a launch goes first cannot approve it.",
                remedy="Ask a colleague who may approve.",
            )
        row.is_urgent, row.urgent_approved_by_id = True, actor.staff_id
        row.save(update_fields=["is_urgent", "urgent_approved_by"])
        _note(row, "launch.urgent-approved", actor, row.urgent_why)
    launch.refresh_from_db()
    return launch


def end_urgent(launch: Launch, *, actor: Actor, why: str) -> Launch:
    """It waits for its turn like the others again; also turns down what was asked."""
    with transaction.atomic():
        row = _open(launch)
        if not row.is_urgent and row.urgent_asked_by_id is None:
            raise NotNow("This launch does not go first.")
        row.is_urgent, row.urgent_asked_by, row.urgent_approved_by = False, None, None
        row.urgent_why = ""
        row.save(update_fields=["is_urgent", "urgent_asked_by", "urgent_approved_by", "urgent_why"])
        _note(row, "launch.urgent-ended", actor, why)
    launch.refresh_from_db()
    return launch


def _open(launch: Launch) -> Launch:
    row = Launch.objects.select_for_update().get(pk=launch.pk)
    if row.state not in OPEN_STATES:
        raise NotNow("This launch is over.", remedy="Make a new one.")
    return row


def _note(launch: Launch, action: str, actor: Actor, why: str, **details: object) -> None:
    if not why.strip():
        raise BadInput("The reason is missing.", remedy="Say why, for those who read it later.")
    record(actor, action, f"launch:{launch.uuid}", why=why.strip(), details=details)
