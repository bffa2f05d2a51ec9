"""A campaign out as files and in again, and what differs between two versions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from outreach.campaigns.actions import import_pack
from outreach.campaigns.archive import archive_of, unpack
from outreach.campaigns.definition import make_pack, read_definition
from outreach.campaigns.definition.pack import DEFINITION_NAME
from outreach.campaigns.models import CampaignVersion
from outreach.campaigns.queries import version_named, versions
from outreach.core.clock import now
from outreach.core.errors import BadFile, OutreachError, Problem
from outreach.delivery.rehearsal import Plan, compare, text_changes
from outreach.organisation.audit import Actor
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest, needs
from outreach.web.manager.campaign.finding import Found, found_version
from outreach.web.manager.campaign.forms import CampaignFileForm
from outreach.web.manager.campaign.people import People, people_of
from outreach.web.manager.campaign.versions import by_file


@needs(Right.SEE_LAUNCHES)
@never_cache
@require_safe
def export(request: StaffRequest, slug: str, number: int, kind: str) -> HttpResponse:
    """The version as a zip that the command line takes too, or its definition alone."""
    found = found_version(slug, number)
    if kind == "zip":
        content, content_type = archive_of(found.version), "application/zip"
    else:
        content, content_type = found.version.definition.encode(), "application/yaml"
    name = f'attachment; filename="{slug}-{number}.{kind}"'
    return HttpResponse(
        content, headers={"Content-Type": content_type, "Content-Disposition": name}
    )


@needs(Right.MANAGE_LAUNCHES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def take_in(request: StaffRequest) -> HttpResponse:
    """A campaign from a disk, by the same checks as the command line's."""
    form = CampaignFileForm(*(request.POST, request.FILES) if request.method == "POST" else ())
    if request.method != "POST" or not form.is_valid():
        return _ask(request, form, [])
    given = form.cleaned_data["file"]
    name = PurePosixPath(given.name or DEFINITION_NAME).name
    newest = versions().values_list("pk", flat=True).first() or 0
    try:
        version = _taken_in(given.read(), name, request.viewer.actor)
    except BadFile as error:
        return _ask(request, form, error.problems)
    except OutreachError as error:
        return _ask(request, form, [Problem(error.code, error.message, error.where, error.remedy)])
    if version.pk > newest:
        words = gettext("Brought in as version %(number)d.")
    else:
        words = gettext("It is here already, as version %(number)d; nothing changed.")
    messages.success(request, words % {"number": version.number})
    return redirect("campaign-version", slug=version.campaign.slug, number=version.number)


@needs(Right.SEE_LAUNCHES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def changes(request: StaffRequest, slug: str, number: int) -> HttpResponse:
    """What differs from another version (`?from=2`): the words; on a POST also for the people."""
    found = found_version(slug, number)
    numbers = list(
        found.version.campaign.versions.exclude(number=number)
        .order_by("-number")
        .values_list("number", flat=True)
    )
    before = _version_before(request, found, numbers)
    page = {
        "found": found,
        "numbers": numbers,
        "before": before,
        "texts": list(text_changes(_words(before.version), _words(found.version)))
        if before
        else [],
    }
    if request.method == "POST" and before:
        page |= _for_people(before, found)
    return render(request, "manager/campaign/changes.html", page)


def _for_people(before: Found, found: Found) -> dict[str, People | str]:
    today = now().date()
    try:
        found_out = compare(Plan(before.version, today), Plan(found.version, today))
    except OutreachError as error:
        return {"error": str(error)}
    return {"people": people_of(found_out)}


def _version_before(request: StaffRequest, found: Found, numbers: list[int]) -> Found | None:
    asked = request.GET.get("from", "")
    number = int(asked) if asked.isdecimal() else 0
    if number and number not in numbers:
        raise Http404
    default = next((each for each in numbers if each < found.version.number), None)
    chosen = number or default
    return found_version(found.version.campaign.slug, chosen) if chosen else None


def _words(version: CampaignVersion) -> dict[str, str]:
    return {DEFINITION_NAME: version.definition, **version.files}


def _taken_in(content: bytes, filename: str, actor: Actor) -> CampaignVersion:
    unpacked = unpack(content, filename=filename)
    if unpacked.files:
        pack = make_pack(unpacked.source_yaml, unpacked.files)
    else:
        alone = read_definition(unpacked.source_yaml, filename=filename)
        files = _newest_files(alone.campaign)
        pack = make_pack(unpacked.source_yaml, files, filename=filename)
    return import_pack(pack, actor=actor)


def _newest_files(campaign: str) -> Mapping[str, str]:
    """Of a definition that comes alone: the texts that its campaign has."""
    newest = version_named(campaign)
    return newest.files if newest else {}


def _ask(request: StaffRequest, form: forms.Form, problems: list[Problem]) -> HttpResponse:
    page = {"form": form, "groups": by_file(problems)}
    return render(request, "manager/campaign/import.html", page)
