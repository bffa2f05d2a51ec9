"""A send goes on with another version: a draft at once, one that runs after a second person's yes.

Owns that what changes is shown before it is asked. What a move does to the steps is `campaigns`'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outreach.campaigns.actions import approve_move, ask_move, change_draft, decline_move
from outreach.campaigns.models import CampaignVersion, Launch, LaunchState
from outreach.campaigns.moves import open_move
from outreach.campaigns.moving import MovedRun, MoveEffect, effect_of_move
from outreach.campaigns.queries import launch_by_uuid, versions
from outreach.campaigns.versions import all_step_titles, definition_of
from outreach.core.errors import OutreachError
from outreach.delivery.rehearsal import Plan, compare
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest, needs
from outreach.web.manager.campaign.people import people_of
from outreach.web.manager.forms import REASON_LENGTH, ReasonForm, VersionField

MOVES = frozenset({LaunchState.RUNNING, LaunchState.PAUSED})
_SAVE = "save"

if TYPE_CHECKING:
    Effects = list[tuple[str, list[tuple[str, MovedRun]]]]


class OtherVersionForm(forms.Form):
    """With which version, and why."""

    version = VersionField(label=lazy("Version"), queryset=CampaignVersion.objects.none())
    why = forms.CharField(
        label=lazy("Reason"),
        max_length=REASON_LENGTH,
        help_text=lazy("Colleagues read it, and the second person decides by it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    says_yes = forms.BooleanField(
        label=lazy("Use further texts that no native speaker has read"),
        required=False,
        help_text=lazy("Only where the version has such texts. Your yes is in the log."),
    )

    def __init__(self, launch: Launch, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["version"]
        if not isinstance(choice, VersionField):
            raise TypeError("the fields of this form were replaced")
        others = versions().filter(campaign=launch.version.campaign_id)
        choice.queryset = others.exclude(pk=launch.version_id).defer("files", "definition")
        choice.empty_label = None


@needs(Right.SEE_LAUNCHES)
@never_cache
@require_safe
def move(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """The move that waits for a decision, with what it does as of now."""
    launch = launch_by_uuid(str(uuid))
    asked = open_move(launch)
    rights, staff = request.viewer.rights, request.viewer.staff
    page: dict[str, Any] = {
        "launch": launch,
        "asked": asked,
        "form": ReasonForm(),
        "may_ask": rights.has(Right.MANAGE_LAUNCHES) and launch.state in MOVES,
        "may_decline": rights.has(Right.MANAGE_LAUNCHES),
        "may_approve": rights.has(Right.APPROVE_LAUNCHES),
        "is_asker": bool(asked and staff and asked.asked_by_id == staff.pk),
    }
    if asked is not None:
        page |= _effects(launch, asked.to_version)
    return render(request, "manager/moves/move.html", page)


@needs(Right.MANAGE_LAUNCHES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """`?version=3` chooses it beforehand. First what it changes, then the asking."""
    launch = launch_by_uuid(str(uuid))
    form = OtherVersionForm(
        launch,
        request.POST if request.method == "POST" else None,
        initial={"version": _named(launch, request.GET.get("version", ""))},
    )
    runs = launch.state in MOVES
    page = {"launch": launch, "form": form, "runs": runs, "is_draft": _is_draft(launch)}
    if request.method != "POST" or not form.is_valid():
        return render(request, "manager/moves/ask.html", page)
    version: CampaignVersion = form.cleaned_data["version"]
    try:
        if request.POST.get("do") == _SAVE and request.POST.get("seen") == str(version.pk):
            return _asked(request, launch, form.cleaned_data)
        page |= _effects(launch, version) if runs else {}
        before = Plan.of_launch(launch)
        found = compare(before, Plan(version, before.starts_on, before.schools))
        page |= {"people": people_of(found), "seen": str(version.pk)}
    except OutreachError as error:
        form.add_error(None, str(error))
    return render(request, "manager/moves/ask.html", page)


@needs(Right.APPROVE_LAUNCHES)
@require_POST
def approve(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """The second person's yes."""
    launch = launch_by_uuid(str(uuid))
    try:
        approve_move(launch, actor=request.viewer.actor)
    except OutreachError as error:
        messages.error(request, str(error))
        return redirect("launch-move", uuid=uuid)
    words = gettext("It goes on with version %(number)d.")
    messages.success(request, words % {"number": launch.version.number})
    return redirect("launch", uuid=uuid)


@needs(Right.MANAGE_LAUNCHES)
@require_POST
def decline(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """No, or no longer."""
    launch = launch_by_uuid(str(uuid))
    form = ReasonForm(request.POST)
    why = form.cleaned_data["why"] if form.is_valid() else ""
    try:
        decline_move(launch, actor=request.viewer.actor, why=why)
    except OutreachError as error:
        messages.error(request, str(error))
        return redirect("launch-move", uuid=uuid)
    messages.success(request, gettext("It stays with the version that it has."))
    return redirect("launch", uuid=uuid)


PATHS = [
    path("launches/<uuid:uuid>/move", move, name="launch-move"),
    path("launches/<uuid:uuid>/move-ask", ask, name="launch-move-ask"),
    path("launches/<uuid:uuid>/move-approve", approve, name="launch-move-approve"),
    path("launches/<uuid:uuid>/move-decline", decline, name="launch-move-decline"),
]


def _asked(request: StaffRequest, launch: Launch, given: dict[str, Any]) -> HttpResponse:
    """A draft follows the version at once; for one that runs a second person is asked."""
    actor, version, why = request.viewer.actor, given["version"], given["why"]
    if _is_draft(launch):
        change_draft(launch, actor=actor, version=version, starts_on=launch.starts_on, why=why)
        messages.success(request, gettext("Changed. It is a draft still; nothing goes out."))
        return redirect("launch", uuid=launch.uuid)
    ask_move(launch, version, actor=actor, why=why, accepts_unreviewed=given["says_yes"])
    messages.success(request, gettext("Asked. A second person decides."))
    return redirect("launch-move", uuid=launch.uuid)


def _is_draft(launch: Launch) -> bool:
    return launch.state == LaunchState.DRAFT


def _named(launch: Launch, number: str) -> CampaignVersion | None:
    if not number.isdecimal():
        return None
    return versions().filter(campaign=launch.version.campaign_id, number=int(number)).first()


def _effects(launch: Launch, version: CampaignVersion) -> dict[str, Any]:
    """What the move does to the steps of the send, in words; why, where it cannot be planned."""
    try:
        effect = effect_of_move(launch, version)
    except OutreachError as error:
        return {"cannot": str(error)}
    return {"effects": _in_words(launch, version, effect)}


def _in_words(launch: Launch, version: CampaignVersion, effect: MoveEffect) -> Effects:
    titles = all_step_titles(launch)
    titles |= {step.key: step.title for step in definition_of(version).steps}
    kinds = (
        (gettext("Went out or is planned: stays as it is"), effect.stay),
        (gettext("Waits: goes by the new version"), effect.go_on),
        (gettext("New"), effect.come),
        (gettext("Given up"), effect.go),
        (gettext("Not sent again: it ran already"), effect.not_again),
    )
    return [
        (words, [(titles.get(run.step_key, run.step_key), run) for run in runs])
        for words, runs in kinds
        if runs
    ]
