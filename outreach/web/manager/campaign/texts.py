"""A step's texts, two languages side by side, as their readers would get them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from outreach.campaigns.definition import Step, template_name
from outreach.campaigns.reviews import TextStanding, standings
from outreach.content import TemplateKey, direction_of
from outreach.core.channels import Channel
from outreach.core.errors import BadInput, OutreachError
from outreach.delivery.preview import (
    EmailPreview,
    Reader,
    TextPreview,
    preview_email,
    preview_text,
)
from outreach.delivery.preview_settings import Setting, setting_of, supposing
from outreach.organisation.models import School
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest, needs
from outreach.web.framed import is_an_email, shows_an_email
from outreach.web.manager.campaign.finding import (
    Found,
    chosen_school,
    found_version,
    schools_to_choose,
)
from outreach.web.manager.campaign.looks import LOOKS, looking

_DEFAULT_LOOK = "phone"
_MOST_SETTINGS = 5
_LOOK_WORDS = {
    "phone": gettext_lazy("On a phone"),
    "desktop": gettext_lazy("On a computer"),
    "dark": gettext_lazy("Dark"),
    "no-pictures": gettext_lazy("Pictures off"),
    "text": gettext_lazy("Plain text"),
}


@dataclass(frozen=True)
class Text:
    """One text of the step. `source`: "" where it is missing; `problem`: why it cannot be shown."""

    standing: TextStanding
    source: str
    address: str
    frame: str = ""
    email: EmailPreview | None = None
    sms: TextPreview | None = None
    problem: str = ""

    @property
    def is_email(self) -> bool:
        return self.standing.key.channel is Channel.EMAIL

    @property
    def direction(self) -> str:
        return direction_of(self.standing.key.language)


@dataclass(frozen=True)
class Side:
    """One language with the step's texts in it."""

    language: str
    texts: tuple[Text, ...]


@dataclass(frozen=True)
class _View:
    """What the viewer asked to see."""

    found: Found
    step: Step
    school: School | None
    look: str
    reader_name: str
    settings: tuple[Setting, ...]

    def reader(self, language: str) -> Reader:
        """Raises Http404 without a school, and for a setting that there is not."""
        if self.school is None:
            raise Http404
        try:
            return supposing(Reader(self.school, language, self.reader_name), self.settings)
        except BadInput as error:
            raise Http404 from error


@shows_an_email
@needs(Right.SEE_LAUNCHES)
@never_cache
@require_safe
def texts(request: StaffRequest, slug: str, number: int, step: str) -> HttpResponse:
    """`?left=en&right=de&school=greenhill&look=dark&set=recipient.name=`; each has a default."""
    found = found_version(slug, number)
    view = _view(request, found, found.step(step))
    tags = found.definition.languages
    left = _one_of(request, "left", tags) or found.definition.default_language
    right = _one_of(request, "right", tags) or next((tag for tag in tags if tag != left), "")
    steps = list(found.definition.steps)
    place = steps.index(view.step)
    page = {
        "found": found,
        "step": view.step,
        "sides": [_side(view, tag) for tag in dict.fromkeys([left, right]) if tag],
        "left": left,
        "right": right,
        "languages": [(tag, _standing_mark(found, view.step, tag)) for tag in tags],
        "schools": schools_to_choose(),
        "school": view.school,
        "look": view.look,
        "looks": [(key, _LOOK_WORDS[key]) for key in LOOKS],
        "previous": steps[place - 1] if place else None,
        "next": steps[place + 1] if place + 1 < len(steps) else None,
        "asked": urlencode({"left": left, "right": right, "look": view.look}),
        "supposed": [f"{name}={value}" for name, value in view.settings],
        "may_edit": request.viewer.rights.has(Right.MANAGE_LAUNCHES),
        "may_test": request.viewer.rights.has(Right.SEND_TESTS),
    }
    return render(request, "manager/campaign/texts.html", page)


@is_an_email
@needs(Right.SEE_LAUNCHES)
@never_cache
@require_safe
@xframe_options_sameorigin
def email(request: StaffRequest, slug: str, number: int, step: str, language: str) -> HttpResponse:
    """The email itself, for the frame of the page above."""
    found = found_version(slug, number)
    view = _view(request, found, found.step(step))
    reader = view.reader(found.language(language))
    try:
        written = preview_email(found.source, view.step.key, reader)
    except OutreachError as error:
        return render(request, "manager/campaign/no_email.html", {"problem": str(error)})
    return HttpResponse(looking(written.html, view.look))


def _view(request: StaffRequest, found: Found, step: Step) -> _View:
    look = request.GET.get("look", "")
    staff = request.viewer.staff
    return _View(
        found=found,
        step=step,
        school=chosen_school(request.GET.get("school", ""), schools_to_choose()),
        look=look if look in LOOKS else _DEFAULT_LOOK,
        reader_name=staff.name if staff else "",
        settings=_settings(request),
    )


def _settings(request: HttpRequest) -> tuple[Setting, ...]:
    """What is supposed of the reader, as the page of branches asks for it. Raises Http404."""
    try:
        return tuple(setting_of(each) for each in request.GET.getlist("set")[:_MOST_SETTINGS])
    except BadInput as error:
        raise Http404 from error


def _one_of(request: HttpRequest, name: str, known: tuple[str, ...]) -> str:
    asked = request.GET.get(name, "")
    return asked if asked in known else ""


def _side(view: _View, language: str) -> Side:
    texts = (_text(view, language, Channel(channel)) for channel in view.step.channels)
    return Side(language, tuple(texts))


def _text(view: _View, language: str, channel: Channel) -> Text:
    version, key = view.found.version, TemplateKey(language, view.step.key, channel)
    address = reverse(
        "campaign-text", args=[version.campaign.slug, version.number, key.step, language, channel]
    )
    standing = standings(version)[key]
    source = version.files.get(template_name(language, key.step, channel), "")
    if not standing.is_there or view.school is None:
        return Text(standing, source, address)
    reader = view.reader(language)
    try:
        if channel is Channel.SMS:
            sms = preview_text(view.found.source, key.step, reader)
            return Text(standing, source, address, sms=sms)
        mail = preview_email(view.found.source, key.step, reader)
    except OutreachError as error:
        return Text(standing, source, address, problem=str(error))
    return Text(standing, source, address, frame=_frame(view, language), email=mail)


def _frame(view: _View, language: str) -> str:
    version = view.found.version
    address = reverse(
        "campaign-email", args=[version.campaign.slug, version.number, view.step.key, language]
    )
    school = view.school.slug if view.school else ""
    asked = [("school", school), ("look", view.look)]
    asked += [("set", f"{name}={value}") for name, value in view.settings]
    return f"{address}?{urlencode(asked)}"


def _standing_mark(found: Found, step: Step, language: str) -> str:
    """ "missing", "unreviewed" or "reviewed": the worst of the step's texts."""
    own = [
        standings(found.version)[TemplateKey(language, step.key, Channel(channel))]
        for channel in step.channels
    ]
    if any(not each.is_there for each in own):
        return "missing"
    return "reviewed" if all(each.reviewed_by for each in own) else "unreviewed"
