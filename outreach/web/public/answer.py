"""The page of one message's question: GET shows it, a pressed button (POST) counts.

A message without a question has one button: "I have read it". The sealed code in the link is
what allows it; it opens this message and nothing else. A GET counts nothing, because scanners
open every link.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from outreach.core.errors import BadInput, BadToken
from outreach.delivery.answers import READ, Asked, answer_by_link, asked_by_link
from outreach.web.access import public, seeing_every_school
from outreach.web.public.words import Words, accepted_languages, asked_language, words_in


@dataclass(frozen=True)
class Button:
    """`choice`: the number that it sends. `is_chosen`: what was answered until now."""

    choice: int
    words: str
    is_chosen: bool


@public
@csrf_exempt  # no cookie and no login: the sealed token allows it, and nothing else
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """200 for a good code; a friendly 404 for one that we did not make."""
    try:
        with seeing_every_school(request.method or ""):
            asked = asked_by_link(token)
            is_done = request.method == "POST" and asked.is_open
            if is_done:
                asked = answer_by_link(token, _choice(request))
    except (BadToken, BadInput):
        texts = words_in(asked_language(request), *accepted_languages(request))
        return render(request, "public/wrong_link.html", {"texts": texts}, status=404)
    return render(request, "public/answer.html", _page(request, asked, is_done=is_done))


def _choice(request: HttpRequest) -> int:
    text = request.POST.get("choice", "")
    if not (text.isascii() and text.isdigit()):
        raise BadInput("That is no answer.")
    return int(text[:2])


def _page(request: HttpRequest, asked: Asked, *, is_done: bool) -> dict[str, object]:
    words = words_in(asked_language(request), asked.delivery.language)
    return {
        "texts": words,
        "school": asked.delivery.school.name,
        "language": asked.language or words.language,
        "ask": asked.text.ask if asked.text else words.answer["read_question"],
        "buttons": _buttons(asked, words),
        "is_open": asked.is_open,
        "is_done": is_done,
    }


def _buttons(asked: Asked, words: Words) -> list[Button]:
    if asked.text is None:
        return [Button(READ, words.answer["read_button"], asked.choice == READ)]
    return [
        Button(place, said, asked.choice == place)
        for place, said in enumerate(asked.text.says, start=READ + 1)
    ]
