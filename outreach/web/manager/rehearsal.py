"""The rehearsal of a send or of a campaign's version: what would happen, before it does.

Asked for by a button (POST), since it is work for the database; it changes nothing.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from outreach.campaigns.definition import CampaignPack
from outreach.campaigns.queries import launch_by_uuid, version_named
from outreach.campaigns.versions import definition_of
from outreach.core.clock import now
from outreach.core.errors import OutreachError
from outreach.delivery.rehearsal import Plan, Rehearsal, rehearse
from outreach.delivery.rehearsal.words import left_out_words
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest, Viewer, needs
from outreach.web.manager.rehearsal_plot import plot_of

# Of each step; the command names more.
_MOST_PERSONS = 50


class RehearsalForm(forms.Form):
    """Which days."""

    starts_on = forms.DateField(
        label=gettext_lazy("First day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=gettext_lazy("Last day to look at"),
        required=False,
        help_text=gettext_lazy("Empty: all of it."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


@needs(Right.SEE_LAUNCHES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def of_launch(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Of a send, with its own schools."""
    launch = launch_by_uuid(str(uuid))
    plan = Plan.of_launch(launch)
    return _page(request, plan, {"launch": launch, "title": launch.name})


@needs(Right.SEE_LAUNCHES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def of_version(request: StaffRequest, slug: str, number: int) -> HttpResponse:
    """Of an imported version, with all schools."""
    version = version_named(f"{slug}@{number}")
    if version is None:
        raise Http404
    title = gettext("{title}, version {number}").format(
        title=version.campaign.title, number=version.number
    )
    return _page(request, Plan(version, now().date()), {"version": version, "title": title})


def _page(request: StaffRequest, plan: Plan, context: dict[str, Any]) -> HttpResponse:
    asked = request.method == "POST"
    form = RehearsalForm(
        request.POST if asked else None, initial={"starts_on": max(plan.starts_on, now().date())}
    )
    context |= {"form": form}
    if asked and form.is_valid():
        context |= _rehearsed(form, plan, request.viewer)
    return render(request, "manager/rehearsal.html", context)


def _rehearsed(form: RehearsalForm, plan: Plan, viewer: Viewer) -> dict[str, Any]:
    """What the page shows; nothing where the plan cannot be carried out, which the form says."""
    sees_persons = viewer.rights.has(Right.MANAGE_AUDIENCE)
    starts_on: date = form.cleaned_data["starts_on"]
    try:
        found = rehearse(
            Plan(plan.source, starts_on, plan.schools, plan.launch),
            until=form.cleaned_data["until"],
            persons=_MOST_PERSONS if sees_persons else 0,
        )
    except OutreachError as error:
        form.add_error(None, str(error))
        return {}
    titles = _titles(plan)
    return {
        "found": found,
        "plot": plot_of(found.steps),
        "left_out": [(_why_left_out(key), number) for key, number in found.left_out.items()],
        "steps": [(step, _reasons(step.left_out)) for step in found.steps],
        "persons": [
            (each, titles.get(each.step_key, each.step_key), _why_left_out(each.reason))
            for each in found.persons
        ],
        "not_planned": [
            (titles.get(gap.step_key, gap.step_key), len(gap.schools), gap.why)
            for gap in found.not_planned
        ],
        "newcomers": [titles.get(key, key) for key in found.newcomers],
        "most_persons": _MOST_PERSONS,
        "sees_persons": sees_persons,
        "texts": _texts(found),
    }


def _titles(plan: Plan) -> dict[str, str]:
    """Step -> its title."""
    source = plan.source
    definition = source.definition if isinstance(source, CampaignPack) else definition_of(source)
    return {step.key: step.title for step in definition.steps}


def _why_left_out(reason: str) -> str:
    return gettext(left_out_words(reason))


def _reasons(left_out: Any) -> list[tuple[str, int]]:
    return [
        (_why_left_out(reason), number)
        for reason, number in sorted(left_out.items(), key=lambda item: -item[1])
    ]


def _texts(found: Rehearsal) -> list[tuple[str, str, Any, int]]:
    """Step, language, what one text takes, what all of them cost (micros)."""
    return [
        (step.title, language, text, step.languages[language].micros)
        for step in found.steps
        for language, text in step.texts.items()
    ]
