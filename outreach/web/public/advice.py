""" "What to do and where to get help": one light page per country and language, for anyone."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from outreach.content import help_directory
from outreach.content.phrases import HelpText, LineText, help_in, known_languages
from outreach.web.access import without_database
from outreach.web.public.texts import NAMES, TEXTS

_ONE_HOUR = 3600


@dataclass(frozen=True)
class Section:
    title: str
    lines: tuple[LineText, ...]


@without_database
@require_safe
def advice(request: HttpRequest, country: str, language: str) -> HttpResponse:
    """`country`: ISO alpha-2 in any case; `language`: one of TEXTS. Nothing about the reader."""
    code = country.upper()
    if language not in TEXTS or language not in known_languages():
        raise Http404
    if code not in help_directory().countries():
        raise Http404
    texts = TEXTS[language]
    found = help_in(language, help_directory().for_country(code))
    page = {
        "texts": texts,
        "emergencies": found.emergencies,
        "sections": _sections(found, texts.talk_title, texts.report_title, texts.removal_title),
        "country": code.lower(),
        "others": [(tag, NAMES[tag]) for tag in TEXTS if tag != language],
    }
    response = render(request, "public/advice.html", page)
    patch_cache_control(response, public=True, max_age=_ONE_HOUR)
    return response


def _sections(found: HelpText, talk: str, report: str, removal: str) -> list[Section]:
    sections = (
        Section(talk, found.helplines),
        Section(report, found.report),
        Section(removal, found.removal),
    )
    return [section for section in sections if section.lines]
