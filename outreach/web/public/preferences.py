"""The page of one mail address: what it gets, in which language, by what first, stopping,
coming back.

The sealed code in the link is what allows it; it opens this address and nothing else. A GET
shows, a POST acts, and no cookie is set.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from outreach.core.channels import Channel
from outreach.core.errors import BadToken
from outreach.subscriptions.preferences import (
    Choice,
    Preferences,
    preferences_of,
    save_choices,
    stop_everything,
)
from outreach.subscriptions.wording import channel_name, topic_name, wording_languages
from outreach.web.access import public, seeing_every_school
from outreach.web.public.words import Words, accepted_languages, asked_language, words_in


@dataclass(frozen=True)
class Box:
    """One thing to tick. `words`: topic and school."""

    key: str
    words: str
    is_on: bool
    wording: str


@public
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """200 for a good code; a friendly 404 for one that is over or not ours."""
    try:
        with seeing_every_school(request.method or ""):
            note = _act(request, token) if request.method == "POST" else ""
            return _page(request, preferences_of(token), note)
    except BadToken:
        words = words_in(asked_language(request), *accepted_languages(request))
        return render(request, "public/old_preferences.html", {"texts": words}, status=404)


def _act(request: HttpRequest, token: str) -> str:
    """Which sentence the page then shows."""
    if request.POST.get("do") == "stop":
        stop_everything(token)
        return "stopped"
    chosen = request.POST
    save_choices(
        token,
        set(chosen.getlist("choice")),
        chosen.get("language", ""),
        chosen.get("channel"),
    )
    return "saved"


def _page(request: HttpRequest, found: Preferences, note: str) -> HttpResponse:
    words = words_in(asked_language(request), found.language)
    schools = {choice.school.pk: choice.school for choice in found.choices}
    page = {
        "texts": words,
        "about": words.preferences["about"].format(address=found.address.value),
        "note": words.preferences[note] if note else "",
        "boxes": [_box(words, choice) for choice in found.choices],
        "found": found,
        "gets_nothing": not any(choice.is_on for choice in found.choices),
        "languages": wording_languages().items(),
        # The same two for everybody: nothing here says whether we have a number.
        "channels": [(str(each), channel_name(words.language, each)) for each in Channel],
        "others": [each for each in wording_languages().items() if each[0] != words.language],
        "by_phone": [
            (school.slug, words.preferences["other"].format(school=school.name))
            for school in schools.values()
        ],
    }
    return render(request, "public/preferences.html", page)


def _box(words: Words, choice: Choice) -> Box:
    name = words.preferences["of_school"].format(
        topic=topic_name(words.language, choice.topic), school=choice.school.name
    )
    return Box(choice.key, name, choice.is_on, choice.wording)
