"""The branches of a text, with who goes through each; and a test of it to a colleague."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from outreach.campaigns.definition import Step
from outreach.content import TemplateKey
from outreach.core.channels import Channel
from outreach.core.errors import OutreachError
from outreach.delivery.preview import Reader
from outreach.delivery.preview_settings import (
    Example,
    Setting,
    examples,
    setting_of,
    supposing,
)
from outreach.delivery.tests_to_staff import StaffTest, send_test, staff_to_test
from outreach.organisation.models import School, Staff
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest, needs
from outreach.web.manager.campaign.finding import (
    Found,
    chosen_school,
    found_version,
    schools_to_choose,
)
from outreach.web.manager.campaign.forms import channels_of

_AS_IT_IS = ""


@dataclass(frozen=True)
class Way:
    """A branch as the page shows it. `asked`: the query of the preview that goes there, None
    where nobody does; `words`: what is supposed for that, "" for nothing."""

    example: Example
    asked: str | None
    words: str


class TestForm(forms.Form):
    """To whom, in whose name, through which branch."""

    to = forms.ChoiceField(
        label=lazy("To"),
        help_text=lazy("Members of staff with a confirmed address. Never a parent."),
    )
    school = forms.ChoiceField(label=lazy("In the name of"))
    branch = forms.ChoiceField(
        label=lazy("For a reader"),
        required=False,
        help_text=lazy("The text differs by reader: choose whose you want to see."),
    )

    def __init__(
        self, *args: Any, staff: Sequence[Staff], ways: Sequence[str], schools: Sequence[School]
    ) -> None:
        super().__init__(*args)
        self._choose("to", [(f"{each.uuid}", f"{each.name} ({each.email})") for each in staff])
        self._choose("school", [(each.slug, f"{each.name} ({each.country})") for each in schools])
        self._choose("branch", [(way, way or gettext("as most are")) for way in ways])
        if len(ways) == 1:
            del self.fields["branch"]

    def _choose(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # the three above
        field.choices = choices


@needs(Right.SEE_LAUNCHES)
@never_cache
@require_safe
def branches(
    request: StaffRequest, *, slug: str, number: int, step: str, language: str, channel: str
) -> HttpResponse:
    """Every branch of one text: its line, its condition, and a reader who goes there."""
    found, key = _found(slug, number, step, language, channel)
    school = chosen_school(request.GET.get("school", ""), schools_to_choose())
    page: dict[str, object] = {
        "found": found,
        "step": found.step(step),
        "key": key,
        "school": school,
        "may_test": request.viewer.rights.has(Right.SEND_TESTS),
    }
    if school is not None:
        try:
            page["ways"] = _ways(found, key, _reader(request, school, language))
        except OutreachError as error:
            page["problem"] = str(error)
    return render(request, "manager/campaign/branches.html", page)


@needs(Right.SEND_TESTS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def test(
    request: StaffRequest, *, slug: str, number: int, step: str, language: str, channel: str
) -> HttpResponse:
    """Sends one text to a member of staff; the form that asks to whom."""
    found, key = _found(slug, number, step, language, channel)
    staff, schools = _oneself_first(request, staff_to_test(key.channel)), _schools(request)
    ways = _test_ways(found, key, request, schools)
    given = request.POST if request.method == "POST" else None
    form = TestForm(given, staff=staff, ways=ways, schools=schools)
    page = {"found": found, "step": found.step(step), "key": key, "form": form}
    page |= {"has_staff": bool(staff), "has_school": bool(schools)}
    if form.is_valid():
        chosen = _test(found, key, form, staff, schools)
        try:
            address = send_test(chosen, actor=request.viewer.actor)
        except OutreachError as error:
            page["error"] = str(error)
        else:
            words = gettext("A test message is on its way to {address}.")
            messages.success(request, words.format(address=address))
            return redirect(request.get_full_path())
    return render(request, "manager/campaign/test.html", page)


def _found(
    slug: str, number: int, step: str, language: str, channel: str
) -> tuple[Found, TemplateKey]:
    """Raises Http404 for what the version has not."""
    found = found_version(slug, number)
    chosen: Step = found.step(step)
    if channel not in [each.value for each in channels_of(found.definition, step)]:
        raise Http404
    return found, TemplateKey(found.language(language), chosen.key, Channel(channel))


def _reader(request: StaffRequest, school: School, language: str) -> Reader:
    staff = request.viewer.staff
    return Reader(school, language, staff.name if staff else None)


def _ways(found: Found, key: TemplateKey, reader: Reader) -> list[Way]:
    """Where two branches want the same reader, both lead to the same preview."""
    base = [("left", key.language), ("right", key.language), ("school", reader.school.slug)]
    return [
        Way(
            example,
            None if example.settings is None else urlencode([*base, *_queries(example.settings)]),
            _words(example.settings or ()),
        )
        for example in examples(found.source, key, reader)
    ]


def _queries(settings: Sequence[Setting]) -> list[tuple[str, str]]:
    return [("set", f"{name}={value}") for name, value in settings]


def _words(settings: Sequence[Setting]) -> str:
    return ", ".join(f"{name}={value}" for name, value in settings)


def _test_ways(
    found: Found, key: TemplateKey, request: StaffRequest, schools: Sequence[School]
) -> list[str]:
    """The least that has to be supposed for each branch, without repeats; as it is first."""
    if not schools:
        return [_AS_IT_IS]
    try:
        known = examples(found.source, key, _reader(request, schools[0], key.language))
    except OutreachError:  # the page says so when the test is asked for
        return [_AS_IT_IS]
    ways = (_words(each.settings) for each in known if each.settings is not None)
    return list(dict.fromkeys([_AS_IT_IS, *ways]))


def _schools(request: StaffRequest) -> list[School]:
    """The one whose preview led here first, also where it is not among the first of many."""
    known = schools_to_choose()
    chosen = chosen_school(request.GET.get("school", ""), known)
    return [chosen, *(each for each in known if each != chosen)] if chosen else known


def _oneself_first(request: StaffRequest, staff: Sequence[Staff]) -> list[Staff]:
    own = request.viewer.staff
    return sorted(staff, key=lambda each: own is None or each.pk != own.pk)


def _test(
    found: Found,
    key: TemplateKey,
    form: TestForm,
    staff: Sequence[Staff],
    schools: Sequence[School],
) -> StaffTest:
    given = form.cleaned_data
    to = next(each for each in staff if f"{each.uuid}" == given["to"])
    school = next(each for each in schools if each.slug == given["school"])
    settings = [setting_of(each) for each in given.get("branch", "").split(", ") if each]
    reader = supposing(Reader(school, key.language, to.name), settings)
    return StaffTest(
        version=found.version,
        step_key=key.step,
        channel=key.channel,
        language=key.language,
        school=school,
        to=to,
        name=reader.name,
        supposed=reader.supposed,
    )
