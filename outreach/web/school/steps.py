"""One message to come at a school: how it will look, and moving it or leaving it out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_safe

from outreach.campaigns.actions import found_step, move_step, skip_step, undo_change
from outreach.campaigns.coming import Coming
from outreach.campaigns.versions import definition_of
from outreach.content import direction_of
from outreach.core.channels import Channel
from outreach.core.errors import OutreachError
from outreach.delivery.preview import Reader, Source, preview_email, preview_text
from outreach.organisation.models import School
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest, needs
from outreach.web.framed import is_an_email, shows_an_email
from outreach.web.school.finding import school_of
from outreach.web.school.front import badge_of
from outreach.web.school.holding import WhyForm
from outreach.web.school.tabs import of_school

_MOVE, _SKIP, _UNDO = "move", "skip", "undo"


class ChangeForm(WhyForm):
    """What to do with it; only what the bounds allow is offered."""

    what = forms.ChoiceField(label=lazy("What shall happen?"), widget=forms.RadioSelect)
    day = forms.DateField(
        label=lazy("To"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    field_order = ("what", "day", "why")

    def __init__(self, one: Coming, data: Mapping[str, Any] | None) -> None:
        super().__init__(data, initial={"day": one.day})
        what = self.fields["what"]
        if not isinstance(what, forms.ChoiceField):
            raise TypeError("the fields of this form were replaced")
        what.choices = _choices(one)
        if not one.may_move:
            del self.fields["day"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("what") == _MOVE and not cleaned.get("day"):
            self.add_error("day", gettext("Name the day."))
        return cleaned


def _choices(one: Coming) -> list[tuple[str, str]]:
    found = []
    if one.may_move:
        found.append((_MOVE, gettext("Send it on another day")))
    if one.may_skip and not one.is_skipped:
        found.append((_SKIP, gettext("Leave it out: our people do not get it")))
    if one.change is not None and one.waits:
        found.append((_UNDO, gettext("Take our change back: it goes out as planned")))
    return found


@shows_an_email
@needs(Right.STOP_SCHOOL)
@never_cache
@require_safe
def step(request: StaffRequest, school: UUID, launch: UUID, step: str, day: date) -> HttpResponse:
    """The message as the school's parents will get it. `?language=de`."""
    found = school_of(request.viewer, school, Right.STOP_SCHOOL)
    one = found_step(found, launch, step, day)
    definition = definition_of(one.launch.version)
    language = request.GET.get("language", "")
    if language not in definition.languages:
        language = _first_language(found, definition.languages, definition.default_language)
    context = {
        "one": one,
        "badge": badge_of(one, found),
        "languages": definition.languages,
        "language": language,
        "direction": direction_of(language),
        **_previews(one, Reader(found, language)),
    }
    return render(request, "school/step.html", of_school(request, found) | context)


def _first_language(school: School, written: tuple[str, ...], default: str) -> str:
    return next((tag for tag in school.languages if tag in written), default)


def _previews(one: Coming, reader: Reader) -> Mapping[str, Any]:
    """What can be shown; the first thing that cannot says why."""
    source = Source(definition_of(one.launch.version), one.launch.version.files)
    found: dict[str, Any] = {}
    for channel in one.step.channels:
        try:
            if channel == Channel.EMAIL:
                found["email"] = preview_email(source, one.step.key, reader)
            else:
                found["sms"] = preview_text(source, one.step.key, reader)
        except OutreachError as error:
            found.setdefault("problem", str(error))
    return found


@is_an_email
@needs(Right.STOP_SCHOOL)
@never_cache
@require_safe
@xframe_options_sameorigin
def email(
    request: StaffRequest, school: UUID, launch: UUID, step: str, day: date, *, language: str
) -> HttpResponse:
    """The email itself, for the frame of the page above."""
    found = school_of(request.viewer, school, Right.STOP_SCHOOL)
    one = found_step(found, launch, step, day)
    if language not in definition_of(one.launch.version).languages:
        raise Http404
    previews = _previews(one, Reader(found, language))
    if "email" not in previews:
        problem = previews.get("problem", "")
        return render(request, "manager/campaign/no_email.html", {"problem": problem})
    return HttpResponse(previews["email"].html)


@needs(Right.MANAGE_AUDIENCE)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: StaffRequest, school: UUID, launch: UUID, step: str, day: date) -> HttpResponse:
    """Moves it, leaves it out, or takes that back, within what the manager allows."""
    found = school_of(request.viewer, school)
    one = found_step(found, launch, step, day)
    form = ChangeForm(one, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            said = _change(request, one, found, form.cleaned_data)
        except OutreachError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, said)
            return redirect("school-home", school=found.uuid)
    context = {"one": one, "form": form}
    return render(request, "school/change.html", of_school(request, found) | context)


def _change(request: StaffRequest, one: Coming, school: School, given: Mapping[str, Any]) -> str:
    actor, why = request.viewer.actor, given["why"]
    if given["what"] == _MOVE:
        move_step(one, school, given["day"], actor=actor, why=why)
        return gettext("Moved for your school.")
    if given["what"] == _SKIP:
        skip_step(one, school, actor=actor, why=why)
        return gettext("Left out for your school.")
    undo_change(one, school, actor=actor, why=why)
    return gettext("Taken back: it goes out as planned.")
