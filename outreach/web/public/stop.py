"""The stop link of an email: GET asks, POST acts.

The POST is also what mail programs send by themselves for List-Unsubscribe-Post
(RFC 8058): without cookie or login, so it is exempt from CSRF checks. The sealed token
is what allows it, and all it can do is stop.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from outreach.core.errors import BadToken
from outreach.subscriptions.opt_out import opt_out_by_link, stop_link_language
from outreach.subscriptions.preferences import token_of_stop_link
from outreach.subscriptions.wording import wording_languages
from outreach.web.access import public, seeing_every_school
from outreach.web.public.words import accepted_languages, asked_language, words_in


@public
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """200 for a good token however often it is posted; a friendly 404 for any other.

    A public page sees no school's rows. Only the two calls here, which open the sealed
    token before they read anything, may look for the one delivery that it names.
    """
    try:
        with seeing_every_school(request.method or ""):
            language = stop_link_language(token)
            words = words_in(asked_language(request), language, *accepted_languages(request))
            if request.method == "POST":
                opt_out_by_link(token)
    except BadToken:
        return _wrong_link(request)
    page = {
        "texts": words,
        "is_done": request.method == "POST",
        "token": token_of_stop_link(token),
        "others": [each for each in wording_languages().items() if each[0] != words.language],
    }
    return render(request, "public/stop.html", page)


def _wrong_link(request: HttpRequest) -> HttpResponse:
    texts = words_in(asked_language(request), *accepted_languages(request))
    return render(request, "public/wrong_link.html", {"texts": texts}, status=404)
