"""The first page after the sign-in: whatever the viewer's work is.

Refuses to hold the list of sends, which has a page of its own.
"""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from outreach.campaigns.queries import versions
from outreach.core.clock import now
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest, signed_in
from outreach.web.manager.home.last_sends import last_sends
from outreach.web.manager.home.tasks import tasks_of
from outreach.web.manager.runs import going_out
from outreach.web.school.finding import schools_of

_DAYS_AHEAD = 6
_MOST_LINES = 30


@signed_in
@never_cache
@require_safe
def home(request: StaffRequest) -> HttpResponse:
    """The page of those who see sends; others are led to their own first page."""
    rights = request.viewer.rights
    if rights.has_somewhere(Right.SEE_LAUNCHES):
        return _home(request)
    if rights.has_somewhere(Right.SEE_CASES):
        return redirect("cases")
    own = list(schools_of(request.viewer, Right.STOP_SCHOOL)[:2])
    if len(own) == 1:
        return redirect("school-home", school=own[0].uuid)
    if own:
        return redirect("schools")
    return render(request, "manager/no_role.html")


def _home(request: StaffRequest) -> HttpResponse:
    today = now().date()
    going = going_out(today, today + timedelta(days=_DAYS_AHEAD), _MOST_LINES)
    rights = request.viewer.rights
    context = {
        "today": today,
        "going_today": [each for each in going if each.day == today],
        "going_later": [each for each in going if each.day != today],
        "tasks": tasks_of(request.viewer),
        "last": last_sends(today),
        "has_versions": versions().exists(),
        "may_make": rights.has(Right.MANAGE_LAUNCHES),
        "acts": bool(rights.everywhere - {Right.SEE_LAUNCHES, Right.SEE_AUDIT}),
    }
    return render(request, "manager/home.html", context)
