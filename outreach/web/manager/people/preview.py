"""A message as one person would get it: in their language, with their name, from their school.

Asked for by POST, like the person's story: no identifier stands in an address bar, and each look
is a line of the audit log. For those who may see both persons and sends.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from outreach.campaigns.definition import Step
from outreach.campaigns.models import Campaign
from outreach.content import direction_of
from outreach.core.channels import Channel
from outreach.core.errors import NotAllowed, OutreachError
from outreach.delivery.preview import (
    EmailPreview,
    Reader,
    TextPreview,
    preview_email,
    preview_text,
)
from outreach.delivery.preview_person import PersonReaders, readers_of_person
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest, needs
from outreach.web.framed import is_an_email, shows_an_email
from outreach.web.manager.campaign.finding import Found, found_version
from outreach.web.manager.campaign.looks import looking


@dataclass(frozen=True)
class StepChoice:
    """A step that can be previewed. `value`: "say-no@3/launch"."""

    value: str
    words: str


@dataclass(frozen=True)
class Shown:
    """One message to the person. `place`: which of their schools; `problem`: why there is none."""

    place: int
    channel: Channel
    reader: Reader
    email: EmailPreview | None = None
    sms: TextPreview | None = None
    problem: str = ""

    @property
    def direction(self) -> str:
        return direction_of(self.reader.language)


def steps_to_preview() -> list[StepChoice]:
    """Every step of the newest version of each campaign."""
    campaigns = Campaign.objects.order_by("title")
    newest = [each.versions.defer("files").order_by("-number").first() for each in campaigns]
    found = [Found(version) for version in newest if version is not None]
    return [
        StepChoice(
            f"{each.version.campaign.slug}@{each.version.number}/{step.key}",
            f"{each.definition.title}: {step.title}",
        )
        for each in found
        for step in each.definition.steps
    ]


@shows_an_email
@needs(Right.MANAGE_AUDIENCE)
@never_cache
@require_POST
def preview(request: StaffRequest) -> HttpResponse:
    """The step's messages to the person, from each of their schools."""
    found, step = _step(request)
    readers = _readers(request, found, step)
    shown = [
        _shown(found, step, Channel(channel), place, reader)
        for place, reader in enumerate(readers.readers)
        for channel in step.channels
    ]
    page = {
        "found": found,
        "step": step,
        "person": readers.person,
        "value": request.POST["step"],
        "messages_shown": shown,
    }
    return render(request, "manager/people/preview.html", page)


@is_an_email
@needs(Right.MANAGE_AUDIENCE)
@never_cache
@require_POST
@xframe_options_sameorigin
def email(request: StaffRequest) -> HttpResponse:
    """The email itself, for the frame of the page above."""
    found, step = _step(request)
    readers = _readers(request, found, step).readers
    place = request.POST.get("place", "")
    if not place.isdecimal() or int(place) >= len(readers):
        raise Http404
    try:
        written = preview_email(found.source, step.key, readers[int(place)])
    except OutreachError as error:
        return render(request, "manager/campaign/no_email.html", {"problem": str(error)})
    return HttpResponse(looking(written.html, "phone"))


def _step(request: StaffRequest) -> tuple[Found, Step]:
    """What the viewer chose. Raises Http404, NotAllowed."""
    if Right.SEE_LAUNCHES not in request.viewer.rights.everywhere:
        raise NotAllowed("You may not see sends.", remedy="Ask an administrator for a role.")
    version, _, key = request.POST.get("step", "").partition("/")
    slug, _, number = version.partition("@")
    if not number.isdecimal():
        raise Http404
    found = found_version(slug, int(number))
    return found, found.step(key)


def _readers(request: StaffRequest, found: Found, step: Step) -> PersonReaders:
    try:
        uuid = UUID(request.POST.get("person", ""))
    except ValueError:
        raise Http404 from None
    return readers_of_person(uuid, found.definition, step.key, actor=request.viewer.actor)


def _shown(found: Found, step: Step, channel: Channel, place: int, reader: Reader) -> Shown:
    try:
        if channel is Channel.SMS:
            sms = preview_text(found.source, step.key, reader)
            return Shown(place, channel, reader, sms=sms)
        mail = preview_email(found.source, step.key, reader)
    except OutreachError as error:
        return Shown(place, channel, reader, problem=str(error))
    return Shown(place, channel, reader, email=mail)
