"""Is a message genuine? By the code in a mail, or by the number and the day of a text."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from outreach.core.errors import BadToken
from outreach.delivery.genuine import Genuine, message_of_code, messages_of_day
from outreach.subscriptions.wording import wording_languages
from outreach.web.access import public, seeing_every_school
from outreach.web.public.words import accepted_languages, asked_language, words_in

_LONGEST_FIELD = 60


@public
@never_cache
@require_safe
def genuine(request: HttpRequest, code: str = "") -> HttpResponse:
    """The form; with a code, or a number and a day, what we know of that message."""
    words = words_in(asked_language(request), *accepted_languages(request))
    code = (code or request.GET.get("code", "")).strip()[:_LONGEST_FIELD]
    number = request.GET.get("number", "").strip()[:_LONGEST_FIELD]
    day = request.GET.get("day", "").strip()[:_LONGEST_FIELD]
    is_asked = bool(code or (number and day))
    page = {
        "texts": words,
        "code": code,
        "number": number,
        "day": day,
        "is_asked": is_asked,
        "asked": _asked(request),
        "found": _found(request, code, number, day, words.language) if is_asked else [],
        "others": [each for each in wording_languages().items() if each[0] != words.language],
    }
    return render(request, "public/genuine.html", page)


def _asked(request: HttpRequest) -> str:
    """What was asked, for the links to the same page in another language."""
    named = {name: request.GET[name] for name in ("code", "number", "day") if name in request.GET}
    return f"&{urlencode(named)}" if named else ""


def _found(request: HttpRequest, code: str, number: str, day: str, language: str) -> list[Genuine]:
    if not code:
        try:
            return messages_of_day(number, date.fromisoformat(day), language)
        except ValueError:
            return []
    try:
        with seeing_every_school(request.method or ""):
            told = message_of_code(code, language)
    except BadToken:
        return []
    return [told] if told else []
