"""What the manager of a send lets its schools change, and what they have changed."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods

from outreach.campaigns.actions import set_bounds
from outreach.campaigns.changing_for_schools import MOST_MOVE_DAYS
from outreach.campaigns.models import SchoolBounds, SchoolChange
from outreach.campaigns.queries import launch_by_uuid
from outreach.campaigns.versions import all_step_titles
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest, needs

_MOST_SHOWN = 100


class BoundsForm(forms.Form):
    move_days = forms.IntegerField(
        label=lazy("How many days earlier or later a school may move a message"),
        min_value=0,
        max_value=MOST_MOVE_DAYS,
        help_text=lazy("0: not at all."),
    )
    may_skip = forms.BooleanField(
        label=lazy("A school may leave a message out"),
        required=False,
        help_text=lazy("Its parents then do not get that message."),
    )


@needs(Right.MANAGE_LAUNCHES)
@require_http_methods(["GET", "HEAD", "POST"])
def bounds(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Nothing is allowed until somebody says so here."""
    launch = launch_by_uuid(str(uuid))
    now_set = SchoolBounds.objects.filter(launch=launch).first() or SchoolBounds()
    initial = {"move_days": now_set.move_days, "may_skip": now_set.may_skip}
    form = BoundsForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        set_bounds(launch, **form.cleaned_data, actor=request.viewer.actor)
        messages.success(request, gettext("Saved."))
        return redirect("launch", uuid=launch.uuid)
    changes = SchoolChange.objects.filter(launch=launch, undone_at=None).select_related("school")
    titles = all_step_titles(launch)
    newest = changes.order_by("-pk")[:_MOST_SHOWN]
    context = {
        "launch": launch,
        "form": form,
        "changes": [(each, titles.get(each.step_key, each.step_key)) for each in newest],
    }
    return render(request, "school/bounds.html", context)
