"""The way of every edit: look at what it changes, then save it as a new version.

Owns that nothing is saved that nobody looked at: what is saved carries the fingerprint of what was
shown, and the number of the version that was the newest then. Refuses to know what was edited.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from outreach.campaigns.actions import import_pack
from outreach.campaigns.definition import CampaignPack, make_pack
from outreach.campaigns.definition.pack import DEFINITION_NAME
from outreach.campaigns.kept_checks import check_known
from outreach.campaigns.models import CampaignVersion
from outreach.core.clock import now
from outreach.core.errors import BadFile, OutreachError, Problem
from outreach.delivery.rehearsal import Plan, TextChange, compare, text_changes
from outreach.organisation.models import School
from outreach.web.access import StaffRequest
from outreach.web.manager.campaign.finding import Found, newest_number
from outreach.web.manager.campaign.people import People, people_of

_SAVE = "save"


@dataclass(frozen=True)
class Edited:
    """What an edit makes of a version's texts."""

    source_yaml: str
    files: Mapping[str, str]


@dataclass
class Look:
    """What the page shows of an edit. `pack`: None where its definition cannot be read.

    `people`: what changes for them, None where only words were edited or it was not
    asked; `seen`: the fingerprint that saving has to bring back.
    """

    pack: CampaignPack | None
    problems: list[Problem]
    texts: tuple[TextChange, ...] = ()
    people: People | None = None
    error: str = ""
    seen: str = ""

    @property
    def blocking(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.blocks]

    @property
    def near(self) -> list[Problem]:
        """What is about the files that the edit changes; all of it where it cannot be read."""
        return [problem for problem in self.problems if not self.pack or self._is_near(problem)]

    @property
    def blocking_elsewhere(self) -> list[Problem]:
        """What the edit makes wrong in other files, such as a link that they do not have."""
        return [problem for problem in self._far() if problem.blocks]

    @property
    def elsewhere(self) -> list[Problem]:
        """What was worth a look before as well."""
        return [problem for problem in self._far() if not problem.blocks]

    def _far(self) -> list[Problem]:
        near = self.near
        return [problem for problem in self.problems if problem not in near]

    def _is_near(self, problem: Problem) -> bool:
        place = problem.where.partition(":")[0]
        return any(place.endswith(change.name) for change in self.texts)

    @property
    def may_save(self) -> bool:
        return self.pack is not None and not self.blocking and bool(self.texts)


@dataclass(frozen=True)
class Edit:
    """One page that edits. `make`: from the valid form to the edited texts.

    `counts_people`: whether the look also rehearses both sides.
    """

    found: Found
    template: str
    make: Callable[[Mapping[str, Any]], Edited]
    counts_people: bool
    context: Mapping[str, Any] = field(default_factory=dict)


def edit_page(request: StaffRequest, edit: Edit, form: forms.Form) -> HttpResponse:
    """GET: the form. POST: the form with what it changes, or (`save`) the new version."""
    if request.method != "POST" or not form.is_valid():
        return _page(request, edit, form, None)
    try:
        edited = edit.make(form.cleaned_data)
    except OutreachError as error:
        form.add_error(None, str(error))
        return _page(request, edit, form, None)
    saves = request.POST.get("do") == _SAVE
    look = look_at(edit.found, edited, counts_people=edit.counts_people and not saves)
    if saves and look.pack is not None and look.may_save:
        if request.POST.get("seen") == look.seen:
            return _save(request, look.pack)
        look = look_at(edit.found, edited, counts_people=edit.counts_people)
        look.error = gettext("It changed since you looked at it. Look again, then save.")
    return _page(request, edit, form, look)


def look_at(found: Found, edited: Edited, *, counts_people: bool) -> Look:
    """Every finding, the difference of the words, and (`counts_people`) that for the people."""
    try:
        pack = make_pack(edited.source_yaml, edited.files)
    except BadFile as error:
        return Look(None, error.problems)
    look = Look(pack, check_known(pack))
    look.texts = _words(found.version, pack)
    look.seen = f"{pack.sha256}:{newest_number(found)}"
    if counts_people and look.may_save:
        _count_people(found.version, pack, look)
    return look


def _words(version: CampaignVersion, pack: CampaignPack) -> tuple[TextChange, ...]:
    before = {DEFINITION_NAME: version.definition, **version.files}
    return tuple(text_changes(before, {DEFINITION_NAME: pack.source_yaml, **pack.files}))


def _count_people(version: CampaignVersion, pack: CampaignPack, look: Look) -> None:
    """Both sides from today on, with all schools."""
    today: date = now().date()
    if not School.objects.exists():
        return
    try:
        look.people = people_of(compare(Plan(version, today), Plan(pack, today)))
    except OutreachError as error:
        look.error = str(error)


def _save(request: StaffRequest, pack: CampaignPack) -> HttpResponse:
    version = import_pack(pack, actor=request.viewer.actor)
    words = gettext(
        "Saved as version %(number)d. Sends that follow another version stay as they are."
    )
    messages.success(request, words % {"number": version.number})
    return redirect("campaign-version", slug=version.campaign.slug, number=version.number)


def _page(request: StaffRequest, edit: Edit, form: forms.Form, look: Look | None) -> HttpResponse:
    newest = newest_number(edit.found)
    page = {
        **edit.context,
        "found": edit.found,
        "form": form,
        "look": look,
        "newest": newest if newest > edit.found.version.number else 0,
        "next_number": newest + 1,
    }
    return render(request, edit.template, page)
