"""What we hold about an address: asking for the link, reading, saving, erasing.

The answer to asking is the same for every address. The link opens once, by a POST, so that no
scanner of mail uses it up; what it opens is never kept in a cache.
"""

from __future__ import annotations

from dataclasses import asdict, replace

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from outreach.core.emails import normalise_email
from outreach.core.errors import BadAddress, BadToken
from outreach.core.phones import normalise_phone
from outreach.organisation.settings import organisation
from outreach.replies.forgetting import forget_writer
from outreach.subscriptions.erasing import erase_address
from outreach.subscriptions.joining import Target
from outreach.subscriptions.limits import Scope, count
from outreach.subscriptions.own_data import (
    link_language,
    open_link,
    opened_address,
    own_data,
    send_link,
)
from outreach.subscriptions.wording import topic_names, wording_languages
from outreach.web.access import public, seeing_every_school
from outreach.web.public import challenge
from outreach.web.public.challenge import Verdict
from outreach.web.public.visitor import network_of
from outreach.web.public.words import Words, accepted_languages, asked_language, words_in

_LONGEST_FIELD = 320


@public
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def about_me(request: HttpRequest) -> HttpResponse:
    """The form that asks for a link, and the one answer that it has."""
    words = words_in(asked_language(request), *accepted_languages(request))
    if request.method != "POST":
        return _form(request, words)
    entered = request.POST.get("address", "").strip()[:_LONGEST_FIELD]
    target = _target(entered)
    if target is None:
        return _form(request, words, entered, error=words.about_me["bad"], status=400)
    verdict = challenge.judge(request)
    if verdict is Verdict.AGAIN:
        return _form(request, words, entered, note=words.join["again"])
    with seeing_every_school("POST"):
        network = network_of(request)
        is_calm = not network or count(Scope.NETWORK, network) is None
        if verdict is Verdict.PERSON and is_calm:
            send_link(target, words.language)
        heard = words.about_me["heard"].format(organisation=organisation().name)
    return render(request, "public/heard_about_me.html", {"texts": words, "heard": heard})


@public
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, the first POST opens, later ones carry the code that opening gave."""
    try:
        with seeing_every_school(request.method or ""):
            if request.method != "POST":
                return _ask(request, words_in(asked_language(request), link_language(token)))
            return _posted(request, token)
    except BadToken:
        words = words_in(asked_language(request), *accepted_languages(request))
        return render(request, "public/over.html", {"texts": words}, status=404)


def _posted(request: HttpRequest, token: str) -> HttpResponse:
    code = request.POST.get("code", "")
    if not code:
        words = words_in(link_language(token))
        return _shown(request, words, open_link(token))
    words = words_in(asked_language(request))
    if request.POST.get("do") == "export":
        return _exported(code)
    if request.POST.get("do") == "erase":
        return _erased(request, words, code)
    return _shown(request, words, code)


def _ask(request: HttpRequest, words: Words) -> HttpResponse:
    return render(request, "public/open_own_data.html", {"texts": words})


def _shown(request: HttpRequest, words: Words, code: str, error: str = "") -> HttpResponse:
    data = own_data(code)
    topics = topic_names(words.language)
    page = {
        "texts": words,
        "data": data,
        "consents": [
            replace(each, topic=topics.get(each.topic, each.topic)) for each in data.consents
        ],
        "stops": [replace(each, topic=topics.get(each.topic, each.topic)) for each in data.stops],
        "messages": [
            replace(line, title=words.about_me.get(line.kind, line.title)) for line in data.messages
        ],
        "code": code,
        "error": error,
        "written": words.about_me["written_note"].format(organisation=organisation().name),
    }
    return render(request, "public/own_data.html", page)


def _exported(code: str) -> HttpResponse:
    answer = JsonResponse(
        asdict(own_data(code)), json_dumps_params={"indent": 2, "ensure_ascii": False}
    )
    answer["Content-Disposition"] = 'attachment; filename="what-we-hold.json"'
    return answer


def _erased(request: HttpRequest, words: Words, code: str) -> HttpResponse:
    address = opened_address(code)
    if request.POST.get("sure") != "yes":
        return _shown(request, words, code, error=words.about_me["erase_missing"])
    channel, match_key = address.channel, address.match_key
    erase_address(address)
    kept = forget_writer(channel, match_key)
    return render(request, "public/erased.html", {"texts": words, "kept": kept})


def _form(
    request: HttpRequest,
    words: Words,
    entered: str = "",
    *,
    error: str = "",
    note: str = "",
    status: int = 200,
) -> HttpResponse:
    page = {
        "texts": words,
        "entered": entered,
        "error": error,
        "note": note,
        "stamp": challenge.new_stamp(),
        "others": [each for each in wording_languages().items() if each[0] != words.language],
    }
    return render(request, "public/about_me.html", page, status=status)


def _target(entered: str) -> Target | None:
    """A mail address, or a number with its country code."""
    try:
        if "@" in entered:
            return Target.of_email(normalise_email(entered))
        return Target.of_phone(normalise_phone(entered, "ZZ"))
    except BadAddress:
        return None
