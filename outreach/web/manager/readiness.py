"""Who is alerted to calls for help, and test alerts to them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
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
    contact_roles,
    contacts_in,
    has_duty_contact,
    readiness_problems,
    unready_schools,
)
from outreach.replies.alert_ways import AlertWay, Way, alert_ways
from outreach.replies.alerts import send_test_alert
from outreach.web.access import StaffRequest, needs
from outreach.web.alert_words import say_what_goes
from outreach.web.words import Badge, Tone

_PAGE_SIZE = 50
_MOST_PROBLEMS = 10
_TONES = {
    ContactState.NO_PHONE: Tone.BAD,
    ContactState.NOT_TESTED: Tone.ASK,
    ContactState.WAITING: Tone.ASK,
    ContactState.READY: Tone.GOOD,
}
_WAYS = {
    Way.NO_SENDER: Tone.BAD,
    Way.NEVER: Tone.ASK,
    Way.UNDER_WAY: Tone.GO,
    Way.TAKEN: Tone.GOOD,
    Way.ARRIVED: Tone.GOOD,
    Way.UNKNOWN: Tone.ASK,
    Way.FAILED: Tone.BAD,
}


@needs(Right.MANAGE_LAUNCHES)
@require_safe
def readiness(request: StaffRequest) -> HttpResponse:
    """Every contact with how far they are, and what keeps messages from going out."""
    page = Paginator(contact_roles(), _PAGE_SIZE).get_page(request.GET.get("page"))
    unready = unready_schools(School.objects.values_list("pk", flat=True))
    named = School.objects.filter(pk__in=unready).order_by("name")[:_MOST_PROBLEMS]
    problems = readiness_problems(named)
    context = {
        "lines": [(each, _badge(each)) for each in contacts_in(page)],
        "page": page,
        "ways": [(each, _way_badge(each)) for each in alert_ways()],
        "problems": problems,
        "more": max(len(unready) - _MOST_PROBLEMS, 0) if has_duty_contact() else 0,
    }
    return render(request, "manager/readiness.html", context)


@needs(Right.MANAGE_LAUNCHES)
@require_POST
def test(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Sends a test alert to one of the contacts."""
    role = contact_roles().filter(staff__uuid=uuid).first()
    if role is None:
        raise Http404
    try:
        sent = send_test_alert(role.staff, actor=request.viewer.actor)
    except OutreachError as error:
        messages.error(request, str(error))
    else:
        say_what_goes(request, role.staff, sent)
    return redirect("readiness")


def _way_badge(way: AlertWay) -> Badge:
    return Badge(gettext(way.words), _WAYS[way.way])


def _badge(contact: Contact) -> Badge:
    return Badge(gettext(CONTACT_WORDS[contact.state]), _TONES[contact.state])
