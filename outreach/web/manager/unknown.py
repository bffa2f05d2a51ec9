"""The one decision about messages whose outcome nobody knows, in bulk (promise 3)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from outreach.campaigns.queries import launch_by_uuid
from outreach.core.errors import OutreachError
from outreach.delivery.actions import Verdict, decide_unknown
from outreach.delivery.queries import unknown_to_decide
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest, needs
from outreach.web.manager.forms import UnknownForm


@needs(Right.MANAGE_LAUNCHES)
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Says how many and what each choice means, then decides for all of them."""
    launch = launch_by_uuid(str(uuid))
    form = UnknownForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        page = {"launch": launch, "form": form, "number": unknown_to_decide(launch)}
        return render(request, "manager/unknown.html", page)
    given = form.cleaned_data
    try:
        number = decide_unknown(
            launch, Verdict(given["verdict"]), actor=request.viewer.actor, why=given["why"]
        )
    except OutreachError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("Decided for {number} messages.").format(number=number))
    return redirect("launch", uuid=launch.uuid)
