"""Which senders work, why others do not, and who writes in their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from outreach.core.errors import OutreachError
from outreach.delivery.condition import SenderCondition, conditions
from outreach.delivery.health import force_sender
from outreach.delivery.models import HealthState
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest, needs
from outreach.web.manager.forms import ReasonForm
from outreach.web.words import Badge, Tone

_TONES: Mapping[HealthState, Tone] = {
    HealthState.HEALTHY: Tone.GOOD,
    HealthState.PROBING: Tone.ASK,
    HealthState.TRIPPED: Tone.BAD,
}
_AUTOMATIC = "automatic"


class WriterForm(ReasonForm):
    """Who writes for a sender."""

    writer = forms.ChoiceField(
        label=gettext_lazy("Who writes"),
        choices=[
            (_AUTOMATIC, gettext_lazy("As its calls go: the stand-in while it does not work.")),
            (HealthState.HEALTHY.value, gettext_lazy("The sender itself, whatever its calls say.")),
            (
                HealthState.TRIPPED.value,
                gettext_lazy("The stand-in, until somebody decides otherwise."),
            ),
        ],
        widget=forms.RadioSelect,
    )

    field_order = ("writer", "why")


@dataclass(frozen=True)
class Line:
    found: SenderCondition
    badge: Badge


@needs(Right.SEE_LAUNCHES)
@require_safe
def health(request: StaffRequest) -> HttpResponse:
    """Every sender with its last two minutes."""
    lines = [
        Line(each, Badge(gettext(each.state.label), _TONES[each.state])) for each in conditions()
    ]
    may_decide = request.viewer.rights.has(Right.MANAGE_SENDERS)
    return render(request, "manager/sender_health.html", {"lines": lines, "may_decide": may_decide})


@needs(Right.MANAGE_SENDERS)
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Asks who writes and why, then decides in the viewer's name."""
    found = next((each for each in conditions() if each.sender.uuid == uuid), None)
    if found is None:
        raise Http404
    given = request.POST if request.method == "POST" and found.stand_in else None
    form = WriterForm(given, initial={"writer": found.forced or _AUTOMATIC})
    if not form.is_valid():
        return render(request, "manager/sender_writer.html", {"found": found, "form": form})
    writer = form.cleaned_data["writer"]
    state = None if writer == _AUTOMATIC else HealthState(writer)
    try:
        force_sender(found.sender, state, actor=request.viewer.actor, why=form.cleaned_data["why"])
    except OutreachError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("It holds for everything that is sent from now on."))
    return redirect("sender-health")
