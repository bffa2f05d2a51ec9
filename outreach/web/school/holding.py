"""Hold everything for one school, and go on again: one button and a reason."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods

from outreach.core.errors import OutreachError
from outreach.delivery.actions import lift_school_stop, stop_school
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest, needs
from outreach.web.school.finding import school_of
from outreach.web.school.tabs import of_school

REASON_LENGTH = 300


class WhyForm(forms.Form):
    """The reason alone."""

    why = forms.CharField(
        label=lazy("Reason"),
        max_length=REASON_LENGTH,
        help_text=lazy("Colleagues read it in the log. No names of parents or children, please."),
    )


@needs(Right.STOP_SCHOOL)
@require_http_methods(["GET", "HEAD", "POST"])
def hold(request: StaffRequest, school: UUID) -> HttpResponse:
    """Asks for the reason; from the commit on nothing goes out in the school's name."""
    found = school_of(request.viewer, school, Right.STOP_SCHOOL)
    form = WhyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            stop_school(
                found, launch=None, why=form.cleaned_data["why"], actor=request.viewer.actor
            )
        except OutreachError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, gettext("Held. Nothing goes out in your school's name."))
        return redirect("school-home", school=found.uuid)
    return render(request, "school/hold.html", of_school(request, found) | {"form": form})


@needs(Right.STOP_SCHOOL)
@require_http_methods(["GET", "HEAD", "POST"])
def go_on(request: StaffRequest, school: UUID) -> HttpResponse:
    """Asks, then lets messages of the school go out again."""
    found = school_of(request.viewer, school, Right.STOP_SCHOOL)
    if request.method != "POST":
        return render(request, "school/go_on.html", of_school(request, found))
    lift_school_stop(found, launch=None, actor=request.viewer.actor)
    messages.success(request, gettext("It goes on."))
    return redirect("school-home", school=found.uuid)
