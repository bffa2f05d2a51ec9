""" "What to do and where to get help": one light page per country and language, for anyone."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from outreach.content import help_directory
from outreach.content.phrases import HelpText, LineText, help_in, known_languages
from outreach.subscriptions.wording import wording_languages
from outreach.web.access import without_database
from outreach.web.public.words import (
    AdviceWords,
    Words,
    accepted_languages,
    languages_of_words,
    words_in,
)

# Readable offline without script: for a day from the browser's own copy, and for a week after it
# from that copy while a newer one is asked for (RFC 5861). A service worker would need script,
# which no page for parents has.
_ONE_DAY = 86_400
_ONE_WEEK = 7 * _ONE_DAY
# Europol's "Say No!" page, with the film's versions by country; read in a stored copy, 2026-11.
FILM_PAGE = (
    "https://www.europol.europa.eu/operations-services-and-innovation/"
    "public-awareness-and-prevention-guides/online-sexual-coercion-and-extortion-crime"
)


@dataclass(frozen=True)
class Section:
    title: str
    lines: tuple[LineText, ...]


@without_database
@require_safe
def advice(request: HttpRequest, country: str, language: str) -> HttpResponse:
    """`country`: ISO alpha-2 in any case; `language`: one that the pages have.

    Nothing about the reader.
    """
    code = country.upper()
    if language not in languages_of_words() or language not in known_languages():
        return _nowhere(request, words_in(*accepted_languages(request)))
    words = words_in(language)
    if code not in help_directory().countries():
        return _nowhere(request, words)
    found = help_in(language, help_directory().for_country(code))
    page = {
        "texts": words,
        "emergencies": found.emergencies,
        "sections": _sections(found, words.advice),
        "film_page": FILM_PAGE,
        "country": code.lower(),
        "others": [each for each in wording_languages().items() if each[0] != language],
    }
    response = render(request, "public/advice.html", page)
    patch_cache_control(response, public=True, max_age=_ONE_DAY, stale_while_revalidate=_ONE_WEEK)
    return response


def _nowhere(request: HttpRequest, words: Words) -> HttpResponse:
    """Somebody in need may have typed the address: it says at least whom to call."""
    page = {"texts": words, "title": words.advice.title, "sentence": words.advice.no_lines}
    return render(request, "public/nowhere.html", page, status=404)


def _sections(found: HelpText, words: AdviceWords) -> list[Section]:
    sections = (
        Section(words.talk, found.helplines),
        Section(words.report, found.report),
        Section(words.removal, found.removal),
    )
    return [section for section in sections if section.lines]
