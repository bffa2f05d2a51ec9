"""The forms that make a new version: a text, a step's times and readers, the whole file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from outreach.campaigns.definition import template_name
from outreach.campaigns.definition.editing import with_body, with_head, with_step
from outreach.content import direction_of
from outreach.content.source import SourceFile, read_source
from outreach.core.channels import Channel
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest, needs
from outreach.web.manager.campaign.edits import Edit, Edited, edit_page
from outreach.web.manager.campaign.finding import Found, found_version
from outreach.web.manager.campaign.forms import (
    EmailForm,
    FileForm,
    SmsForm,
    StepForm,
    channels_of,
)

_SPOKEN = ("subject", "preheader", "body")


@needs(Right.MANAGE_LAUNCHES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def text(
    request: StaffRequest, *, slug: str, number: int, step: str, language: str, channel: str
) -> HttpResponse:
    """The words of one email or text message in one language; also one that is missing."""
    found = found_version(slug, number)
    found.step(step)
    found.language(language)
    if channel not in channels_of(found.definition, step):
        raise Http404
    way = Channel(channel)
    name = template_name(language, step, way)
    before = read_source(name, found.version.files.get(name, ""), way)
    kind = EmailForm if way is Channel.EMAIL else SmsForm
    form = kind(request.POST if request.method == "POST" else None, initial=_as_form(before))
    edit = Edit(
        found,
        "manager/campaign/edit_text.html",
        lambda given: _with_text(found, name, before, given),
        counts_people=False,
        context={
            "step": found.step(step),
            "language": language,
            "channel": channel,
            "direction": direction_of(language),
            "is_there": name in found.version.files,
        },
    )
    return edit_page(request, edit, form)


@needs(Right.MANAGE_LAUNCHES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: StaffRequest, slug: str, number: int, step: str) -> HttpResponse:
    """When a step goes out, to whom and by what."""
    found = found_version(slug, number)
    chosen = found.step(step)
    posted = request.POST if request.method == "POST" else None
    form = StepForm(posted, definition=found.definition, step=chosen)

    def make(_: Mapping[str, Any]) -> Edited:
        source = with_step(found.version.definition, step, form.changes(chosen))
        return Edited(source, found.version.files)

    edit = Edit(found, "manager/campaign/edit_step.html", make, True, {"step": chosen})
    return edit_page(request, edit, form)


@needs(Right.MANAGE_LAUNCHES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def file(request: StaffRequest, slug: str, number: int) -> HttpResponse:
    """The definition as its file, for what no form has."""
    found = found_version(slug, number)
    form = FileForm(
        request.POST if request.method == "POST" else None,
        initial={"source": found.version.definition},
    )
    edit = Edit(
        found,
        "manager/campaign/edit_file.html",
        lambda given: Edited(given["source"], found.version.files),
        counts_people=True,
    )
    return edit_page(request, edit, form)


def _as_form(before: SourceFile) -> dict[str, str]:
    head = {key: value or "" for key, value in before.head.items()}
    return {"body": before.body.strip("\n"), **head}


def _with_text(found: Found, name: str, before: SourceFile, given: Mapping[str, Any]) -> Edited:
    """The file with the words given; a review of other words is taken away."""
    old, new = _as_form(before), {key: _unix(value) for key, value in given.items()}
    spoken_anew = any(new.get(key, "") != old.get(key, "") for key in _SPOKEN)
    reviewer = new["reviewed_by"]
    if spoken_anew and reviewer == old.get("reviewed_by", ""):
        reviewer = ""
    head: dict[str, str | None] = {
        key: new[key]
        for key in ("subject", "preheader")
        if key in new and new[key] != old.get(key, "")
    }
    written = found.version.files.get(name, "")
    if new["body"].strip("\n") != old["body"]:
        written = with_body(written, new["body"].strip("\n"))
    if head or reviewer != old.get("reviewed_by", "") or name not in found.version.files:
        written = with_head(written, {**head, "reviewed_by": reviewer or None})
    return Edited(found.version.definition, {**found.version.files, name: written})


def _unix(value: Any) -> str:
    """A browser ends the lines of a form with two characters."""
    return str(value).replace("\r\n", "\n")
