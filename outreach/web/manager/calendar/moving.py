"""Moving a send, or one of its steps, to another day: first what that changes, then the change.

A draft is moved at once. Of a send that runs a step is moved in a new version, for which a second
person is asked; one that waits for its start stays as it was approved. Owns how a step's own rule
has to count for a later or earlier day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from outreach.campaigns.actions import change_draft, import_pack
from outreach.campaigns.definition import CampaignPack, Step, make_pack
from outreach.campaigns.definition.editing import with_step
from outreach.campaigns.definition.when import (
    AfterAnother,
    AfterCalendar,
    BeforeCalendar,
    OnDate,
    OnLaunchDay,
)
from outreach.campaigns.kept_checks import check_known
from outreach.campaigns.models import Launch, LaunchState
from outreach.campaigns.queries import launch_by_uuid
from outreach.campaigns.versions import definition_of
from outreach.core.errors import BadInput, OutreachError
from outreach.delivery.rehearsal import Plan, compare
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest, needs
from outreach.web.manager.campaign.people import People, people_of
from outreach.web.manager.forms import REASON_LENGTH
from outreach.web.manager.moves import MOVES

_SEND, _STEP, _SAVE = "send", "step", "save"


class MoveForm(forms.Form):
    """To which day, and what."""

    what = forms.ChoiceField(label=lazy("Move"), widget=forms.RadioSelect)
    day = forms.DateField(
        label=lazy("To"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    why = forms.CharField(
        label=lazy("Reason"),
        max_length=REASON_LENGTH,
        required=False,
        help_text=lazy("Colleagues read it in the log."),
    )

    def __init__(self, *args: Any, choices: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["what"]
        if not isinstance(field, forms.ChoiceField):
            raise TypeError("the fields of this form were replaced")
        field.choices = choices
        field.initial = choices[0][0]


@needs(Right.MANAGE_LAUNCHES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: StaffRequest, uuid: UUID, step: str, day: str) -> HttpResponse:
    """`day`: on which the step stands now."""
    launch, chosen, from_day = _named(uuid, step, day)
    runs, is_draft = launch.state in MOVES, launch.state == LaunchState.DRAFT
    choices = _choices(chosen, with_send=is_draft)
    page: dict[str, Any] = {
        "launch": launch,
        "step": chosen,
        "from_day": from_day,
        "runs": runs,
        "can_move": (is_draft or runs) and bool(choices),
    }
    if not page["can_move"]:
        return render(request, "manager/calendar/move.html", page)
    form = MoveForm(
        request.POST if request.method == "POST" else None,
        choices=choices,
        initial={"day": from_day},
    )
    page["form"] = form
    if request.method != "POST" or not form.is_valid():
        return render(request, "manager/calendar/move.html", page)
    try:
        seen = f"{form.cleaned_data['what']}:{form.cleaned_data['day']}"
        # What was not looked at is shown first, also to who changed it after looking.
        if request.POST.get("do") == _SAVE and request.POST.get("seen") == seen:
            return _moved(request, launch, chosen, from_day, form.cleaned_data)
        page["people"] = _people(launch, chosen, from_day, form.cleaned_data)
        page["seen"] = seen
    except OutreachError as error:
        form.add_error(None, str(error))
    return render(request, "manager/calendar/move.html", page)


def step_moved(step: Step, days: int) -> Mapping[str, Any] | None:
    """The part of the step's `when` that puts it so many days later; None where its rule counts
    no days."""
    when = step.when
    match when:
        case OnLaunchDay():
            return {"day": _counted(when.day + days)}
        case AfterAnother() | AfterCalendar():
            return {"days": _counted(when.days + days)}
        case BeforeCalendar():
            return {"days": _counted(when.days - days)}
        case OnDate():
            return {"date": f"{date.fromordinal(when.on.toordinal() + days)}"}
    return None


def _counted(days: int) -> int:
    if days < 0:
        raise BadInput(
            "The step would go out before the day that it counts from.",
            remedy="Choose a later day, or move the whole send.",
        )
    return days


def _named(uuid: UUID, step: str, day: str) -> tuple[Launch, Step, date]:
    """Raises Http404, and NotFound without such a send."""
    launch = launch_by_uuid(str(uuid))
    try:
        return launch, definition_of(launch.version).step(step), date.fromisoformat(day)
    except (KeyError, ValueError):
        raise Http404 from None


def _choices(step: Step, *, with_send: bool) -> list[tuple[str, Any]]:
    """What can be moved; nothing of a send that runs where the step's rule counts no days."""
    whole = (_SEND, lazy("The whole send, with all its steps that count from its first day"))
    words = lazy("This step, and those that count from it, in a new version of the campaign")
    alone = [] if step_moved(step, 0) is None else [(_STEP, words)]
    return [*alone, whole] if with_send else alone


def _people(launch: Launch, step: Step, from_day: date, given: Mapping[str, Any]) -> People:
    return people_of(compare(Plan.of_launch(launch), _plan(launch, step, from_day, given)))


def _plan(launch: Launch, step: Step, from_day: date, given: Mapping[str, Any]) -> Plan:
    schools = list(launch.schools.all())
    if given["what"] == _SEND:
        return Plan(launch.version, _new_start(launch, from_day, given["day"]), schools)
    return Plan(_pack(launch, step, given["day"] - from_day), launch.starts_on, schools)


def _new_start(launch: Launch, from_day: date, day: date) -> date:
    return launch.starts_on + (day - from_day)


def _pack(launch: Launch, step: Step, by: Any) -> CampaignPack:
    changed = step_moved(step, by.days)
    source = with_step(launch.version.definition, step.key, {"when": changed or {}})
    pack = make_pack(source, launch.version.files)
    blocking = [problem for problem in check_known(pack) if problem.blocks]
    if blocking:
        raise BadInput(blocking[0].message, where=blocking[0].where, remedy=blocking[0].remedy)
    return pack


def _moved(
    request: StaffRequest, launch: Launch, step: Step, from_day: date, given: Mapping[str, Any]
) -> HttpResponse:
    """Does what was shown: the send's first day, or a new version that the draft then follows, and
    that has to be asked for where the send runs."""
    actor, version, starts_on = request.viewer.actor, launch.version, launch.starts_on
    if given["what"] == _SEND:
        starts_on = _new_start(launch, from_day, given["day"])
    else:
        version = import_pack(_pack(launch, step, given["day"] - from_day), actor=actor)
    if launch.state in MOVES:
        asking = reverse("launch-move-ask", args=[launch.uuid])
        messages.success(request, gettext("Saved as a new version. Now ask for it."))
        return redirect(f"{asking}?version={version.number}")
    change_draft(launch, actor=actor, version=version, starts_on=starts_on, why=given["why"])
    messages.success(request, gettext("Moved. It is still a draft; nothing goes out by that."))
    return redirect("launch", uuid=launch.uuid)
