"""How fast a send goes out: its even pace, whether it goes first, money, what fits on a day."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_http_methods

from outreach.campaigns.actions import spread_launch
from outreach.campaigns.launches import OPEN_STATES
from outreach.campaigns.models import Launch
from outreach.campaigns.queries import launch_by_uuid
from outreach.core.errors import OutreachError
from outreach.delivery.capacity import room_by_day, spent_by
from outreach.organisation.models import AuditEntry, Organisation
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest, Viewer, needs
from outreach.web.manager.limit_forms import PaceForm

_MINUTES = 60
_ACTION_WORDS = {
    "launch.pace": gettext_noop("Pace changed"),
    "launch.urgent-asked": gettext_noop("Asked to go first"),
    "launch.urgent-approved": gettext_noop("Goes first"),
    "launch.urgent-ended": gettext_noop("Waits for its turn"),
}


def pace_part(launch: Launch, viewer: Viewer) -> dict[str, Any]:
    """What the part of the launch's page about its pace shows."""
    organisation = Organisation.objects.filter(pk=1).first()
    is_open = launch.state in OPEN_STATES
    asked = launch.urgent_asked_by_id is not None and not launch.is_urgent
    is_asker = viewer.staff is not None and viewer.staff.pk == launch.urgent_asked_by_id
    may_manage = is_open and viewer.rights.has(Right.MANAGE_LAUNCHES)
    changes = AuditEntry.objects.filter(
        subject=f"launch:{launch.uuid}", action__in=list(_ACTION_WORDS)
    ).order_by("pk")
    return {
        "spread_hours": launch.spread_minutes / _MINUTES if launch.spread_minutes else None,
        "money": spent_by(launch),
        "currency": organisation.currency if organisation else "",
        "rooms": room_by_day(launch) if is_open else [],
        "urgent_asked": asked,
        "may_pace": may_manage,
        "may_ask_urgent": may_manage and not asked and not launch.is_urgent,
        "may_end_urgent": may_manage and (asked or launch.is_urgent),
        "may_approve_urgent": is_open
        and asked
        and not is_asker
        and viewer.rights.has(Right.APPROVE_URGENT),
        "pace_changes": [(_ACTION_WORDS[each.action], each) for each in changes],
    }


@needs(Right.MANAGE_LAUNCHES)
@require_http_methods(["GET", "HEAD", "POST"])
def spread(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Asks over how many hours each step goes out, and why."""
    launch = launch_by_uuid(str(uuid))
    hours = launch.spread_minutes / _MINUTES if launch.spread_minutes else None
    form = PaceForm(request.POST if request.method == "POST" else None, initial={"hours": hours})
    if request.method != "POST" or not form.is_valid():
        return render(request, "manager/pace_change.html", {"launch": launch, "form": form})
    try:
        spread_launch(
            launch, form.minutes(), actor=request.viewer.actor, why=form.cleaned_data["why"]
        )
    except OutreachError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("The pace is set. It holds from the next message on."))
    return redirect("launch", uuid=launch.uuid)
