"""Who is alerted to calls for help, and test alerts to them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from outreach.core.errors import OutreachError
from outreach.organisation.models import School
from outreach.organisation.permissions import Right
from outreach.organisation.readiness import (
    CONTACT_WORDS,
    Contact,
    ContactState,
    contacts,
    readiness_problems,
)
from outreach.replies.alerts import send_test_alert
from outreach.web.access import StaffRequest, needs
from outreach.web.words import Badge, Tone

_TONES = {
    ContactState.NO_PHONE: Tone.BAD,
    ContactState.NOT_TESTED: Tone.ASK,
    ContactState.WAITING: Tone.ASK,
    ContactState.READY: Tone.GOOD,
}


@needs(Right.MANAGE_LAUNCHES)
@require_safe
def readiness(request: StaffRequest) -> HttpResponse:
    """Every contact with how far they are, and what keeps messages from going out."""
    schools = _schools()
    lines = [(each, _badge(each)) for each in contacts(schools)]
    context = {"lines": lines, "problems": readiness_problems(schools)}
    return render(request, "manager/readiness.html", context)


@needs(Right.MANAGE_LAUNCHES)
@require_POST
def test(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Sends a test alert to one of the contacts."""
    found = [each.staff for each in contacts(_schools()) if each.staff.uuid == uuid]
    if not found:
        raise Http404
    try:
        send_test_alert(found[0], actor=request.viewer.actor)
    except OutreachError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request,
            gettext("A test alert goes to {name} by email and by text.").format(name=found[0].name),
        )
    return redirect("readiness")


def _schools() -> list[School]:
    return list(School.objects.order_by("name"))


def _badge(contact: Contact) -> Badge:
    return Badge(gettext(CONTACT_WORDS[contact.state]), _TONES[contact.state])
